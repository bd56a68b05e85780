"""The end of what a worker is in, an allocation mostly: as it was told at the start, by the server, or by a signal."""

from __future__ import annotations

from math import inf
from typing import Optional

from ..base.clock import now, steady
from ..model.walltime import LAST, usable

_NEAR = 60.0  # seconds: who is told to go so shortly before the end, is told for that
_WARNING = 180.0  # seconds before the end that an allocation's script passes SIGUSR1 on
_EARLY = 90.0  # seconds by which that may come too soon


class Walltime:
    """How much of it is left. `until`: seconds since 1970; None: nobody knows of an end."""

    def __init__(self, until: Optional[float]) -> None:
        self.until = until
        self._began = now()

    @property
    def left(self) -> float:
        """Seconds that tasks may still run."""
        return inf if self.until is None else self.until - LAST - now()

    @property
    def is_near(self) -> bool:
        """Whether somebody who ends us does so for the end of the walltime."""
        return self.left < _NEAR

    def suffices(self, need: Optional[float]) -> bool:
        """Whether what waited here may still begin, that needs so many seconds."""
        return need is None or self.until is None or min(need, usable(self.until - self._began)) <= self.left

    def at(self) -> float:
        """The steady time at which nothing is left."""
        return steady() + self.left

    def warned(self) -> None:
        """Whoever knows the end says that it is near; believed where it would be news."""
        if self.left > _WARNING + _EARLY:
            self.until = now() + _WARNING
