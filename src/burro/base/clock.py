"""The only place that reads time.

Wall time is for people and start times; durations, leases and back-off use a clock that nobody can set.
"""

from __future__ import annotations

import datetime
import time

now = time.time
"""Seconds since 1970. May jump."""

steady = time.monotonic
"""Seconds on a clock that never jumps; stands still while the machine sleeps."""


def since_boot() -> float:
    """Seconds since this machine's boot, sleep included: the scale of start times in /proc."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def iso(moment: float | None) -> str | None:
    """ISO 8601 with the local zone, to the millisecond; None stays None."""
    if moment is None:
        return None
    return datetime.datetime.fromtimestamp(moment).astimezone().isoformat(timespec="milliseconds")


def stamp(moment: float) -> str:
    """A moment as it stands in file names: 20261120T204136."""
    return time.strftime("%Y%m%dT%H%M%S", time.localtime(moment))


def time_of_day(moment: float) -> str:
    """`14:03:20` of a moment of this day, `24 Nov 14:03:20` of another."""
    then, today = time.localtime(moment), time.localtime()
    return time.strftime("%H:%M:%S" if then[:3] == today[:3] else "%d %b %H:%M:%S", then)


pause = time.sleep
"""Wait for so many seconds: only where no event can be had."""
