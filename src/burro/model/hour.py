"""How many cores were busy over the last hour, kept by minute."""

from __future__ import annotations

from collections.abc import Mapping

HOUR, _MINUTE = 3600.0, 60.0  # seconds


class Hour:
    """Core-seconds of each minute, by its number since 1970. What is older than an hour is forgotten."""

    def __init__(self, minutes: Mapping[int, float]) -> None:
        self.minutes = dict(minutes)

    def add(self, began: float, ended: float, cpus: int, *, now: float) -> float:
        """So many cores were busy from then to then; the core-seconds that these are, however long ago."""
        minute = began // _MINUTE
        if minute == ended // _MINUTE and began > now - HOUR:  # nearly always
            spent = cpus * max(0.0, ended - began)
            self._put(minute, spent)
            return spent
        moment = max(began, (now - HOUR) // _MINUTE * _MINUTE)
        while moment < ended:
            until = min(ended, (moment // _MINUTE + 1) * _MINUTE)
            self._put(moment // _MINUTE, cpus * (until - moment))
            moment = until
        return cpus * max(0.0, ended - began)

    def _put(self, minute: float, spent: float) -> None:
        number = int(minute)
        self.minutes[number] = self.minutes.get(number, 0.0) + spent

    def forget(self, *, now: float) -> None:
        """Keep what is of the last hour."""
        first = int((now - HOUR) // _MINUTE)
        self.minutes = {minute: spent for minute, spent in self.minutes.items() if minute >= first}

    def average(self, *, now: float) -> float:
        """Cores that were busy in the last hour, on average."""
        self.forget(now=now)
        first, over = divmod(now - HOUR, _MINUTE)
        cut = self.minutes.get(int(first), 0.0) * over / _MINUTE
        return (sum(self.minutes.values()) - cut) / HOUR
