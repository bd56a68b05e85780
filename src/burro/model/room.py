"""What a worker has free and what its pool lends, and what fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .job import Needs


@dataclass(frozen=True)
class Room:
    """Cpus, bytes of memory and gpus; what a worker has, or has left."""

    cpus: int
    mem: int
    gpus: int = 0

    def holds(self, needs: Needs) -> int:
        """How many tasks of these needs fit."""
        count = self.cpus // needs.cpus
        if needs.mem:
            count = min(count, self.mem // needs.mem)
        if needs.gpus:
            count = min(count, self.gpus // needs.gpus)
        return max(0, count)

    def less(self, needs: Needs, count: int = 1) -> Room:
        """What is left once `count` tasks are in; may be below zero."""
        return Room(self.cpus - needs.cpus * count, self.mem - needs.mem * count, self.gpus - needs.gpus * count)

    def times(self, factor: float) -> Room:
        """So many times of it."""
        return Room(int(self.cpus * factor), int(self.mem * factor), int(self.gpus * factor))

    def plus(self, more: Room) -> Room:
        """Both together."""
        return Room(self.cpus + more.cpus, self.mem + more.mem, self.gpus + more.gpus)


@dataclass(frozen=True)
class Places(Room):
    """Room that is counted in tasks, whatever these need; `cpus` is how many of them."""

    def holds(self, _needs: Needs) -> int:
        """How many tasks fit."""
        return max(0, self.cpus)

    def less(self, _needs: Needs, count: int = 1) -> Room:
        """What is left once `count` tasks are in."""
        return Places(self.cpus - count, self.mem, self.gpus)

    def times(self, _factor: float) -> Room:
        """Nothing is handed ahead."""
        return Places(0, 0, 0)


@dataclass(frozen=True)
class Stock:
    """The counters of a pool: how many there are, and how many of them are free."""

    total: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)

    def holds(self, needs: Needs) -> int | None:
        """How many tasks the free ones suffice for; None: as many as you like."""
        return min((max(0, self.left.get(name, 0)) // number for name, number in needs.counters), default=None)

    def can_hold(self, needs: Needs) -> bool:
        """Whether they suffice for a task once all are free."""
        return all(self.total.get(name, 0) >= number for name, number in needs.counters)

    def less(self, needs: Needs, count: int) -> Stock:
        """What is left once `count` tasks have theirs."""
        if not needs.counters:
            return self
        taken = {name: self.left.get(name, 0) - number * count for name, number in needs.counters}
        return Stock(self.total, {**self.left, **taken})
