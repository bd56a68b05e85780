"""A week of a small site, in seconds: how well held cores are used. The month is in `make bench`."""

from __future__ import annotations

import pytest

from tests.month.rules import Burro, HyperQueue, SlurmHog
from tests.month.site import Place, Site
from tests.month.work import Month, campaigns

WEEK = Month(days=7, tasks=(600.0, 1.0))
SMALL = Place(workers=5, cores=16)


def figures(rules, *, month=WEEK):
    return Site(rules, month=month, place=SMALL, seed=1).run()


@pytest.fixture(scope="module")
def ours():
    return figures(Burro())


@pytest.fixture(scope="module")
def theirs():
    return [figures(HyperQueue()), figures(HyperQueue(backlog=SMALL.workers)), figures(SlurmHog())]


def test_every_task_comes_to_its_end(ours):
    asked = campaigns(WEEK, 1)
    assert ours.tasks == sum(one.tasks for one in asked)
    assert ours.busy == pytest.approx(sum(sum(one.left) * one.cpus for one in asked))


def test_the_same_seed_gives_the_same_days():
    short = Month(days=1)
    assert figures(Burro(), month=short) == figures(Burro(), month=short)


def test_held_cores_are_busy_and_more_so_than_by_the_rules_of_others(ours, theirs):
    assert ours.utilisation >= 0.97
    assert all(ours.utilisation > other.utilisation for other in theirs)


def test_nobody_waits_longer_for_that_and_less_is_begun_in_vain(ours, theirs):
    assert all(ours.waited < other.waited for other in theirs)
    assert all(ours.repeated < other.repeated for other in theirs if other.repeated)
