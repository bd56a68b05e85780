"""What a worker has free, and what fits."""

from __future__ import annotations

from dataclasses import dataclass

from .job import Needs


@dataclass(frozen=True)
class Room:
    """Cpus and bytes of memory; what a worker has, or has left."""

    cpus: int
    mem: int

    def holds(self, needs: Needs) -> int:
        """How many tasks of these needs fit."""
        by_cpu = self.cpus // needs.cpus
        return max(0, min(by_cpu, self.mem // needs.mem) if needs.mem else by_cpu)

    def less(self, needs: Needs, count: int = 1) -> Room:
        """What is left once `count` tasks are in; may be below zero."""
        return Room(self.cpus - needs.cpus * count, self.mem - needs.mem * count)
