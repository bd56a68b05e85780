"""The circuit breaker: an inbox where too much fails rests for a while, or for good. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..model.inbox import Settings


@dataclass(frozen=True)
class Breaker:
    """What has ended lately, (seconds since 1970, well), and what was decided."""

    ends: tuple[tuple[float, bool], ...] = ()
    errors: int = 0  # since it was made or told to go on
    until: float | None = None  # it rests
    stopped: bool = False

    def note(self, ends: list[bool], *, now: float, settings: Settings) -> Breaker:
        """So many have ended, well or not."""
        kept = tuple(end for end in self.ends if end[0] > now - settings.error_window)
        bad = sum(not well for well in ends)
        return replace(self, ends=(*kept, *((now, well) for well in ends)), errors=self.errors + bad).decide(
            now=now, settings=settings
        )

    def decide(self, *, now: float, settings: Settings) -> Breaker:
        """Rest, go on or stop."""
        if settings.max_errors and self.errors > settings.max_errors:
            return replace(self, stopped=True)
        if self.until is not None:
            return replace(self, until=None, ends=()) if now >= self.until else self
        recent = [well for moment, well in self.ends if moment > now - settings.error_window]
        bad = recent.count(False)
        much = settings.max_error_percent and 100.0 * bad > settings.max_error_percent * len(recent)
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
    ends = tuple((float(moment), bool(well)) for moment, well in plain["ends"])
    until = plain["until"]
    return Breaker(ends, int(plain["errors"]), None if until is None else float(until), bool(plain["stopped"]))
