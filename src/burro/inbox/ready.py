"""When a folder is whole: it says so, it was moved in, or nothing in it has changed for a while. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.inbox import Settings
from .sight import Sight

WORK = ("job.sh", "tasks.txt")


@dataclass(frozen=True)
class Waiting:
    """Not yet: why, and in how many seconds it may be; None: nobody knows."""

    why: str
    seconds: float | None = None


@dataclass(frozen=True)
class Moment:
    """Times as they are now: here, and at the file server where its stamps can be believed."""

    steady: float
    there: float | None


@dataclass(frozen=True)
class Earlier:
    """How a folder was seen before, and since when nothing has changed."""

    mark: tuple[float, ...]
    since: float  # steady time


def waits(sight: Sight, earlier: Earlier, now: Moment, settings: Settings, *, moved_in: bool) -> Waiting | None:
    """Why a folder is not taken yet; None: it may be."""
    if settings.ready is not None:
        if settings.ready not in sight.names:
            return Waiting(f"there is no {settings.ready} in it yet")
    elif not moved_in:
        left = settings.quiet - _quiet_for(sight, earlier, now, settings.quiet)
        if left > 0:
            return Waiting(f"it changed less than {settings.quiet:g} s ago", left)
    if not sight.names.intersection(WORK):
        return Waiting("there is no job.sh and no tasks.txt in it")
    return None


def archive_waits(sight: Sight, earlier: Earlier, now: Moment, settings: Settings, *, moved_in: bool) -> Waiting | None:
    """The same of an archive, which has no room for a file that says so."""
    left = 0.0 if moved_in else settings.quiet - _quiet_for(sight, earlier, now, settings.quiet)
    return Waiting(f"it changed less than {settings.quiet:g} s ago", left) if left > 0 else None


def _quiet_for(sight: Sight, earlier: Earlier, now: Moment, quiet: float) -> float:
    """Seconds without a change: as we have seen it, or as the stamps say, which also know what was before us.

    A folder whose own stamp is that much younger than anything in it was renamed: it was whole then.
    """
    seen = now.steady - earlier.since
    if now.there is None:
        return seen
    stamped = now.there - max(sight.top, sight.inside, sight.latest)
    renamed = sight.top - sight.inside >= max(quiet, 0.5) and sight.inside > 0
    return max(seen, stamped, quiet if renamed else 0.0)
