"""Fault drills of the link: it is killed at each of its failpoints, and the next link finds all as it should be."""

from __future__ import annotations

import pytest

from burro.base.errors import Unreachable
from burro.base.failpoint import NAMES
from tests.crew import crew_of
from tests.waiting import until

EARLY = [name for name in NAMES if name.startswith("link.") and ".to_" not in name]


def arm(far, name):
    far.there |= {"BURRO_TESTING": "1", "BURRO_FAILPOINT": f"{name}=kill9"}
    far.there |= {"BURRO_FAILPOINT_ONCE": str(far.work / "spent"), "BURRO_FAILPOINT_LOG": str(far.work / "log")}


@pytest.mark.parametrize("name", EARLY)
def test_a_link_that_dies_before_it_answers_leaves_one_place_and_one_worker(fars, name):
    far = fars()
    arm(far, name)
    with pytest.raises((AssertionError, ConnectionResetError, Unreachable)):
        far.link()
    assert far.text("log").split()[0] == name
    linked = far.link()
    assert linked["worker_dirs"] == [linked["worker"]]
    assert not linked["fresh"]
    assert [one.role for one in crew_of(far.queue)].count("worker") == 1
    assert far.end_of(far.run("true"))[:2] == ("exited", 0)


@pytest.mark.parametrize("name", ["link.to_worker", "link.to_server"])
def test_a_link_that_dies_with_words_under_way_loses_none_of_them(fars, name):
    far = fars()
    arm(far, name)
    far.link(hello=False)  # the first words there are
    until(lambda: (far._pump(), far.links[0].poll())[1] is not None, within=20)
    assert far.text("log").split()[0] == name
    far.link()
    assert far.end_of(far.run("echo x >> ran"))[:2] == ("exited", 0)
    assert far.text("ran") == "x"
