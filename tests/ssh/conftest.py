"""Queues with machines that are reached by ssh: real sshd, real links, real workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import World
from tests.rig.fixtures import machines, netns_machines
from tests.rig.hosts import Hosts
from tests.rig.sshd import Machines
from tests.ssh.fleet import Fleet

__all__ = ["machines", "netns_machines"]


@pytest.fixture
def fleet(machines: Machines, queue: World) -> Iterator[Fleet]:
    """A queue's user and m1 to m4 on loopback addresses."""
    yield from _served(Fleet(queue, machines))


@pytest.fixture
def far_fleet(netns_machines: Hosts, queue: World) -> Iterator[Fleet]:
    """A queue's user and m1 and m2, each with a network, processes and boots of its own."""
    yield from _served(Fleet(queue, netns_machines))


def _served(made: Fleet) -> Iterator[Fleet]:
    try:
        yield made
    finally:
        made.leave()
