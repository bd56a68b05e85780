"""The circuit breaker: an inbox where too much fails rests for a while, or for good. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..model.inbox import Settings

_PARTS = 60  # of the window


@dataclass(frozen=True)
class Breaker:
    """What has ended lately, (seconds since 1970, how many well, how many not), and what was decided."""

    ends: tuple[tuple[float, int, int], ...] = ()  # together by parts of the window: many cost no more than few
    errors: int = 0  # since it was made or told to go on
    until: float | None = None  # it rests
    stopped: bool = False

    def note(self, ends: list[bool], *, now: float, settings: Settings) -> Breaker:
        """So many have ended, well or not."""
        kept = [end for end in self.ends if end[0] > now - settings.error_window]
        bad = ends.count(False)
        part = now - now % (settings.error_window / _PARTS)
        _, before, before_bad = kept.pop() if kept and kept[-1][0] == part else (part, 0, 0)
        kept.append((part, before + len(ends) - bad, before_bad + bad))
        return replace(self, ends=tuple(kept), errors=self.errors + bad).decide(now=now, settings=settings)

    def decide(self, *, now: float, settings: Settings) -> Breaker:
        """Rest, go on or stop."""
        if settings.max_errors and self.errors > settings.max_errors:
            return replace(self, stopped=True)
        if self.until is not None:
            return replace(self, until=None, ends=()) if now >= self.until else self
        recent = [end for end in self.ends if end[0] > now - settings.error_window]
        good, bad = sum(end[1] for end in recent), sum(end[2] for end in recent)
        much = settings.max_error_percent and 100.0 * bad > settings.max_error_percent * (good + bad)
        if much and bad >= settings.error_min:
            return replace(self, until=now + settings.error_pause)
        return self

    @property
    def is_open(self) -> bool:
        """Whether nothing is taken."""
        return self.stopped or self.until is not None

    @property
    def plain(self) -> dict[str, Any]:
        """As its file has it."""
        return {
            "ends": [list(end) for end in self.ends],
            "errors": self.errors,
            "until": self.until,
            "stopped": self.stopped,
        }


def breaker_of(plain: Mapping[str, Any]) -> Breaker:
    """What a file says. Raises ValueError, TypeError or KeyError for what is no breaker."""
    ends = tuple((float(part), int(good), int(bad)) for part, good, bad in plain["ends"])
    until = plain["until"]
    return Breaker(ends, int(plain["errors"]), None if until is None else float(until), bool(plain["stopped"]))
