"""What an attempt takes of this machine, and what is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Optional

from .gpus import Gpus


class Needs:
    """What one attempt takes. `mem`: bytes; `limit`: seconds, None: no limit; `text`: as the journal has it."""

    __slots__ = ("cpus", "gpus", "limit", "mem", "text")

    def __init__(self, cpus: int, mem: int = 0, limit: Optional[float] = None, gpus: int = 0) -> None:
        self.cpus, self.mem, self.limit, self.gpus = cpus, mem, limit, gpus
        self.text = f"{cpus} {mem} {'-' if limit is None else limit}"

    def but(self, extra: Mapping[str, Any]) -> Needs:
        """The same with another `mem` (bytes) or `time` (seconds), where `extra` has them."""
        mem, limit = extra.get("mem"), extra.get("time")
        limit = self.limit if limit is None else limit
        return Needs(self.cpus, self.mem if mem is None else int(mem), limit, self.gpus)

    def within(self, limit: Optional[float]) -> Needs:
        """The same with another time limit; None: with none."""
        return Needs(self.cpus, self.mem, limit, self.gpus)


class Found(NamedTuple):
    """What this machine has. `mem`: bytes."""

    cpus: int
    mem: int
    gpus: Gpus

    def room(self) -> Room:
        """All of it, free."""
        return Room(cpus=self.cpus, mem=self.mem, gpus=self.gpus.ids)

    @property
    def text(self) -> str:
        """For a log."""
        return f"{self.cpus} cpus" + (f", gpus {','.join(self.gpus.ids)}" if self.gpus.ids else "")


class Room:
    """What attempts may use here; `gpus`: ids, `cpus` 0: paused. What an empty worker was handed fits, but for gpus."""

    def __init__(self, *, cpus: int, mem: int, gpus: Iterable[str] = ()) -> None:
        self.cpus, self.mem, self.gpus = cpus, mem, tuple(gpus)
        self._cpus = self._mem = self._count = 0
        self._gpus: set[str] = set()

    def fits(self, needs: Needs) -> bool:
        """Whether there is room for an attempt now."""
        if needs.gpus and needs.gpus > len(self._free_gpus()):
            return False
        if not self._count:
            return self.cpus > 0  # whatever else it needs, there is no more room to wait for
        return self._cpus + needs.cpus <= self.cpus and self._mem + needs.mem <= self.mem

    def pick(self, count: int) -> tuple[str, ...]:
        """Ids of so many free gpus, the first in the machine's order; they are taken with the attempt."""
        return tuple(self._free_gpus()[:count])

    def _free_gpus(self) -> list[str]:
        return [gpu for gpu in self.gpus if gpu not in self._gpus]

    def take(self, needs: Needs, gpus: tuple[str, ...]) -> None:
        """An attempt uses room from now on."""
        self._count += 1
        self._cpus += needs.cpus
        self._mem += needs.mem
        self._gpus.update(gpus)

    def free(self, needs: Needs, gpus: tuple[str, ...]) -> None:
        """Its room is free again."""
        self._count -= 1
        self._cpus -= needs.cpus
        self._mem -= needs.mem
        self._gpus.difference_update(gpus)
