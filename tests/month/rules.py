"""Burro's own decisions, as the server makes them, and those of two others that also fill whole nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from burro.model.growth import WORTH, Work, nodes_for, to_ask
from burro.model.job import Needs
from burro.model.placement import Free, Waiting, place
from burro.model.room import Room
from burro.model.walltime import LAST, Stay
from burro.server.pace import Pace
from tests.month.site import Node, Run, Site
from tests.month.work import Campaign

_IDLE = 300.0  # seconds, of burro and of HyperQueue
_MEM = 2**50
_POOL = "whole"


class Burro:
    """model/growth.py, placement.py and walltime.py, and server/pace.py; server/grow.py and idling.py in short."""

    every = 15.0

    def __init__(self) -> None:
        self._pace = Pace()
        self._surplus_since: float | None = None

    def ask(self, site: Site) -> int:
        most, coming = site.place.workers, len(site.coming)
        spell, stays = min(WORTH, site.place.walltime), [self._stay(site, node).left for node in site.nodes]
        wanted = nodes_for(map(self._work, site.line), _room(site.place.cores), most=most, spell=spell, stays=stays)
        live = len(site.nodes) + coming
        limits = {"workers": most}
        count = to_ask(wanted=wanted, live=live, coming=coming, pending=coming, limits=limits, last_hour=0)
        return count or -self._needless(site, coming - wanted)

    def _needless(self, site: Site, surplus: int) -> int:
        """What nobody has needed at two looks in a row."""
        if surplus <= 0:
            self._surplus_since = None
            return 0
        if self._surplus_since is None:
            self._surplus_since = site.now
        return surplus if site.now >= self._surplus_since + 2 * self.every else 0

    def hand(self, site: Site) -> Iterator[tuple[Campaign, Node, int]]:
        nodes = {str(node.number): node for node in site.nodes if node.left > 0}
        if not nodes or not site.line:
            return
        line = {one.number: one for one in site.line}
        waiting = (self._waiting(one) for one in site.line)
        free = [
            Free(name, _POOL, _room(node.cores), _room(node.left), self._stay(site, node), not node.tasks)
            for name, node in nodes.items()
        ]
        for hand in place(waiting, free, blocked={}):
            yield line[hand.job], nodes[hand.worker], hand.count

    def leaves(self, site: Site, node: Node) -> float | None:
        if node.idle_since is None:
            return None
        stay = self._stay(site, node)
        works = [self._work(one) for one in site.line]
        if not stay.fits(None) or (works and not any(stay.fits(work.need, work.takes) for work in works)):
            return site.now
        return node.idle_since + _IDLE

    def ended(self, run: Run) -> None:
        self._pace.saw(run.campaign.number, [run.seconds])

    def _waiting(self, one: Campaign) -> Waiting:
        seen = self._pace.mean(one.number)
        return Waiting(one.number, _needs(one), len(one.left), _POOL, time_min=one.limit, seen=seen)

    def _work(self, one: Campaign) -> Work:
        return Work(_needs(one), len(one.left), one.limit, self._pace.mean(one.number) or one.limit)

    def _stay(self, site: Site, node: Node) -> Stay:
        return Stay(max(0.0, node.ends - LAST - site.now), site.place.walltime)


class SlurmHog:
    """Nodes of 24 h that take no more in the last 4, as its defaults of 72 and 12 stand to each other.

    It looks once a minute: then a node takes what fits, and one node is started where more waits than that has slots.
    Fewer tasks would wait for ever; here they get a node. It knows no cpus of tasks; here it does.
    """

    every = 60.0
    moratorium = 1 / 6  # of the walltime

    def __init__(self) -> None:
        self._next = 0.0

    def ask(self, site: Site) -> int:
        live = len(site.nodes) + len(site.coming)
        waiting = sum(len(one.left) for one in site.line)
        return int(live < site.place.workers and (waiting > site.place.cores or (waiting > 0 and not live)))

    def hand(self, site: Site) -> Iterator[tuple[Campaign, Node, int]]:
        if site.now < self._next:
            return
        self._next = site.now + self.every
        left = {one.number: len(one.left) for one in site.line}
        for node in site.nodes:
            if node.ends - site.now >= self.moratorium * site.place.walltime:
                yield from _fill(site.line, left, node)

    def leaves(self, site: Site, node: Node) -> float | None:
        return None if node.idle_since is None else max(node.idle_since, node.began + self.every)

    def ended(self, run: Run) -> None:
        pass


class HyperQueue:
    """Its automatic allocation: `backlog` requests wait at a time, workers leave after 5 idle minutes.

    What -t says is its time request.
    """

    every = 15.0

    def __init__(self, backlog: int = 1) -> None:
        self._backlog = backlog

    def ask(self, site: Site) -> int:
        node, most = _room(site.place.cores), site.place.workers
        wanted = nodes_for((Work(_needs(one), len(one.left)) for one in site.line), node, most=most)
        live, coming = len(site.nodes) + len(site.coming), len(site.coming)
        return max(0, min(wanted - coming, self._backlog - coming, most - live))

    def hand(self, site: Site) -> Iterator[tuple[Campaign, Node, int]]:
        left = {one.number: len(one.left) for one in site.line}
        for node in sorted(site.nodes, key=lambda node: -node.left):
            lasts = node.ends - site.now
            yield from _fill([one for one in site.line if (one.limit or 0.0) <= lasts], left, node)

    def leaves(self, site: Site, node: Node) -> float | None:
        return None if node.idle_since is None else node.idle_since + _IDLE

    def ended(self, run: Run) -> None:
        pass


def _fill(line: Iterable[Campaign], left: dict[int, int], node: Node) -> Iterator[tuple[Campaign, Node, int]]:
    """What fits, in the order of its coming."""
    room = node.left
    for one in line:
        number = min(left[one.number], room // one.cpus)
        if number:
            left[one.number] -= number
            room -= number * one.cpus
            yield one, node, number
        if not room:
            return


def _needs(campaign: Campaign) -> Needs:
    return Needs(campaign.cpus, 0)


def _room(cores: int) -> Room:
    return Room(cores, _MEM)
