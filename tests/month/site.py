"""A site that runs a month's work in allocations, with a clock of its own; `Rules` decide, and nothing else.

Held cores are those of allocations from their start to their end; busy ones those of tasks that came to their end
there. What a walltime cut off is run again, and was for nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from tests.month.work import Campaign, Month, campaigns, queue_wait

_STEP = 1.0  # seconds: what happens within one is seen together


@dataclass(frozen=True)
class Place:
    """What the pool may have. `walltime` in seconds."""

    workers: int = 5
    cores: int = 32
    walltime: float = 24 * 3600.0


@dataclass(eq=False)
class Node:
    """An allocation of one node, with a worker that is there at once. `number`: of its request."""

    number: int
    cores: int
    ends: float
    began: float
    left: int = field(init=False)
    tasks: dict[int, Run] = field(default_factory=dict)
    idle_since: float | None = None
    looked: float = 0.0  # for rules that look now and then

    def __post_init__(self) -> None:
        self.left = self.cores
        self.idle_since = self.began


@dataclass(frozen=True)
class Run:
    """A task that runs."""

    campaign: Campaign
    began: float
    seconds: float


class Rules(Protocol):
    """Who decides. All they know is what the site shows them."""

    every: float  # seconds between two looks at what to ask for

    def ask(self, site: Site) -> int:
        """How many allocations to ask for now; fewer than none: to take back so many requests that wait."""

    def hand(self, site: Site) -> Iterable[tuple[Campaign, Node, int]]:
        """Which tasks begin where."""

    def leaves(self, site: Site, node: Node) -> float | None:
        """When a node that has no task is given back, if nothing changes; None: at its end."""

    def ended(self, run: Run) -> None:
        """A task came to its end."""


@dataclass
class Figures:
    """What came of it; in core-seconds and seconds."""

    held: float = 0.0
    busy: float = 0.0
    cut: float = 0.0  # of tasks that a walltime ended
    tasks: int = 0
    repeated: int = 0
    requests: int = 0
    waited: float = 0.0  # of all campaigns together, from their coming to the end of their last task
    over: float = 0.0  # the end of the last task

    @property
    def utilisation(self) -> float:
        """Of the held cores, those that were busy."""
        return self.busy / self.held


class Site:
    """The world: what waits, what is asked for, and nodes."""

    def __init__(self, rules: Rules, *, month: Month, place: Place, seed: int) -> None:
        self.rules, self.month, self.place, self.seed = rules, month, place, seed
        self.now = 0.0
        self.line: list[Campaign] = []
        self.nodes: list[Node] = []
        self.coming: dict[int, float] = {}  # requests that wait, and when they start
        self.figures = Figures()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._open: dict[int, int] = {}  # campaign -> tasks that are not over
        self._look_at = 0.0
        self._next_look: float | None = None

    def run(self) -> Figures:
        """From the first campaign until all is done and given back."""
        for campaign in campaigns(self.month, self.seed):
            self._at(campaign.at, lambda campaign=campaign: self._comes(campaign))
        while self._events:
            self.now = self._events[0][0]
            while self._events and self._events[0][0] < self.now + _STEP:
                heapq.heappop(self._events)[2]()
            self._settle()
        return self.figures

    @property
    def has_work(self) -> bool:
        """Whether anything is to be done."""
        return bool(self._open)

    def _at(self, moment: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), what))

    def _comes(self, campaign: Campaign) -> None:
        self.line.append(campaign)
        self._open[campaign.number] = campaign.tasks

    def _settle(self) -> None:
        """After what happened: begin tasks, give nodes back, ask for more."""
        for campaign, node, number in list(self.rules.hand(self)):
            for _ in range(number):
                self._begin(campaign, node)
        self.line = [campaign for campaign in self.line if campaign.left]
        for node in [node for node in self.nodes if not node.tasks]:
            self._maybe_leave(node)
        if self.now >= self._look_at:
            self._look()
        elif self._next_look is None and (self.has_work or self.coming):
            self._next_look = self._look_at
            self._at(self._look_at, self._tick)

    def _tick(self) -> None:
        self._next_look = None

    def _look(self) -> None:
        self._look_at = self.now + self.rules.every
        wanted = self.rules.ask(self)
        for _ in range(wanted):
            self._ask()
        for number in sorted(self.coming, reverse=True)[: max(0, -wanted)]:
            del self.coming[number]
        if self.has_work and self._next_look is None:
            self._next_look = self._look_at
            self._at(self._look_at, self._tick)

    def _ask(self) -> None:
        self.figures.requests += 1
        number = self.figures.requests
        self.coming[number] = self.now + queue_wait(self.month, self.seed, number)
        self._at(self.coming[number], lambda: self._starts(number))

    def _starts(self, number: int) -> None:
        if self.coming.pop(number, None) is None:
            return  # it was taken back
        node = Node(number, self.place.cores, self.now + self.place.walltime, self.now)
        self.nodes.append(node)
        self._at(node.ends, lambda: self._give_back(node))

    def _begin(self, campaign: Campaign, node: Node) -> None:
        run = Run(campaign, self.now, campaign.left.pop())
        key = next(self._order)
        node.tasks[key], node.idle_since = run, None
        node.left -= campaign.cpus
        self._at(self.now + run.seconds, lambda: self._end(node, key))

    def _end(self, node: Node, key: int) -> None:
        run = node.tasks.pop(key, None)
        if run is None:
            return  # it was cut off
        node.left += run.campaign.cpus
        node.idle_since = None if node.tasks else self.now
        self.figures.tasks += 1
        self.figures.busy += run.seconds * run.campaign.cpus
        self.figures.over = self.now
        self.rules.ended(run)
        self._open[run.campaign.number] -= 1
        if not self._open[run.campaign.number]:
            del self._open[run.campaign.number]
            self.figures.waited += self.now - run.campaign.at

    def _maybe_leave(self, node: Node) -> None:
        moment = self.rules.leaves(self, node)
        if moment is not None and moment <= self.now:
            self._give_back(node)
        elif moment is not None and moment != node.looked:
            node.looked = moment
            self._at(moment, lambda: None)

    def _give_back(self, node: Node) -> None:
        if node not in self.nodes:
            return
        self.nodes.remove(node)
        self.figures.held += (self.now - node.began) * node.cores
        for run in node.tasks.values():
            self._cut(run)
        node.tasks.clear()

    def _cut(self, run: Run) -> None:
        self.figures.repeated += 1
        self.figures.cut += (self.now - run.began) * run.campaign.cpus
        run.campaign.left.append(run.seconds)
        if run.campaign not in self.line:
            self.line.append(run.campaign)
            self.line.sort(key=lambda campaign: campaign.number)
