"""How many nodes waiting work can use, and how many allocations are asked for."""

from __future__ import annotations

import pytest

from burro.base.errors import UsageError
from burro.model.growth import GROWTH, Work, nodes_for, to_ask
from burro.model.job import Needs
from burro.model.room import Room

NODE = Room(8, 16 * 2**30, 2)


@pytest.mark.parametrize(
    ("waiting", "nodes"),
    [
        ([], 0),
        ([(Needs(1), 1)], 1),
        ([(Needs(1), 8)], 1),
        ([(Needs(1), 9)], 2),
        ([(Needs(1), 4), (Needs(2), 2)], 1),
        ([(Needs(1, 8 * 2**30), 4)], 2),
        ([(Needs(1, 0, 1), 5)], 3),
        ([(Needs(16), 100)], 0),
        ([(Needs(1), 10**6)], 20),
    ],
)
def test_no_more_nodes_than_the_tasks_can_use(waiting, nodes):
    assert nodes_for([Work(*one) for one in waiting], NODE, most=20) == nodes


@pytest.mark.parametrize(
    ("tasks", "takes", "stays", "nodes"),
    [
        (1000, 60.0, [], 3),  # 16.7 hours of a cpu
        (1000, 60.0, [7200.0], 2),
        (1000, 60.0, [7200.0, 7200.0, 7200.0], 0),
        (1000, 60.0, [600.0], 2),
        (9, 1.0, [], 1),
        (16, 36000.0, [], 2),  # not more than they are
        (16, 36000.0, [7200.0] * 4, 2),  # these are busy for longer
        (8, 1.0, [7200.0], 0),
    ],
)
def test_each_node_is_to_have_an_hour_of_work(tasks, takes, stays, nodes):
    assert nodes_for([Work(Needs(), tasks, None, takes)], NODE, most=20, stays=stays) == nodes


@pytest.mark.parametrize(
    ("limits", "counts", "asked"),
    [
        ({}, {"wanted": 5}, 1),
        ({"workers": 4}, {"wanted": 5}, 4),
        ({"workers": 4}, {"wanted": 2}, 2),
        ({"workers": 4}, {"wanted": 2, "live": 2, "coming": 2, "pending": 1}, 0),
        ({"workers": 4}, {"wanted": 2, "live": 3, "coming": 1}, 1),
        ({"workers": 4, "min": 2}, {"wanted": 0}, 2),
        ({"workers": 4, "backlog": 2}, {"wanted": 9, "live": 1, "coming": 1, "pending": 1}, 1),
        ({"workers": 4, "max_per_hour": 3}, {"wanted": 9, "last_hour": 2}, 1),
        ({"workers": 0}, {"wanted": 9, "live": 1}, 0),
    ],
)
def test_as_many_allocations_as_may_be(limits, counts, asked):
    none = {"wanted": 0, "live": 0, "coming": 0, "pending": 0, "last_hour": 0}
    assert to_ask(**{**none, **counts}, limits=limits) == asked


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("workers", "4", 4),
        ("time", "8h", 28800.0),
        ("time", "1-0", 86400.0),
        ("idle", "90s", 90.0),
        ("drain", "2h", 7200.0),
        ("drain", 0, 0.0),
        ("options", ["-p", "x"], None),
        ("options", ["--partition=x"], ["--partition=x"]),
        ("nodes", 0, None),
        ("time", "5s", None),
        ("idle", True, None),
        ("max_per_hour", "many", None),
    ],
)
def test_entries_are_read_or_refused(name, value, read):
    if read is None:
        with pytest.raises(UsageError, match=name):
            GROWTH[name](name, value)
    else:
        assert GROWTH[name](name, value) == read
