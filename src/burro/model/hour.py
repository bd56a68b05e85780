"""How many cores were busy over the last hour, kept by minute."""

from __future__ import annotations

from collections.abc import Mapping

HOUR, _MINUTE = 3600.0, 60.0  # seconds


class Hour:
    """Core-seconds of each minute, by its number since 1970. What is older than an hour is forgotten."""

    def __init__(self, minutes: Mapping[int, float]) -> None:
        self.minutes = dict(minutes)

    def add(self, began: float, ended: float, cpus: int, *, now: float) -> None:
        """So many cores were busy from then to then."""
        moment = max(began, (now - HOUR) // _MINUTE * _MINUTE)
        while moment < ended:
            minute = int(moment // _MINUTE)
            until = min(ended, (minute + 1) * _MINUTE)
            self.minutes[minute] = self.minutes.get(minute, 0.0) + cpus * (until - moment)
            moment = until

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
