"""The rigs as fixtures: machines that are new for every test, since to boot is quicker than to tidy up.

A test directory that wants them imports them in its conftest.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig.hosts import Hosts, hosts
from tests.rig.programs import Unavailable
from tests.rig.sshd import Machines, loopback


@pytest.fixture
def machines() -> Iterator[Machines]:
    """m1 to m4 on loopback addresses: everywhere, also without root."""
    yield from _running(loopback(4))


@pytest.fixture
def netns_machines() -> Iterator[Hosts]:
    """m1 and m2 with networks, processes and boots of their own: where we are a root who may make them."""
    try:
        made = hosts(2)
    except Unavailable as why:
        pytest.skip(str(why))
    yield from _running(made)


def _running(made: Machines) -> Iterator[Machines]:
    try:
        made.start()
        yield made
    finally:
        made.close()
