"""Which nodes are not asked for."""

from __future__ import annotations

from burro.model.strikes import Strikes

NOW = 1e9


def test_twice_is_enough_and_a_while_later_it_gets_another_chance():
    found = Strikes({})
    assert not found.strike("node1", "it ended", now=NOW)
    assert found.out(now=NOW) == {}
    assert found.strike("node1", "it ended", now=NOW + 60)
    assert list(found.out(now=NOW + 61)) == ["node1"]
    assert found.out(now=NOW + 61 + 1800) == {}
    assert found.strike("node1", "it ended", now=NOW + 2000)
    assert list(found.out(now=NOW + 2000 + 3599)) == ["node1"]


def test_what_is_certain_counts_at_once_and_a_worker_that_came_ends_it():
    found = Strikes({})
    assert found.strike("node1", "its disk is full", now=NOW, certain=True)
    assert found.out(now=NOW)["node1"]["why"] == "its disk is full"
    assert found.trust("node1")
    assert not found.trust("node1")
    assert found.out(now=NOW) == {}


def test_a_day_later_all_is_forgotten():
    found = Strikes({})
    found.strike("node1", "it ended", now=NOW)
    assert not found.strike("node1", "it ended", now=NOW + 90000)


def test_many_nodes_at_once_are_not_to_blame():
    found = Strikes({})
    for name in ("node1", "node2", "node3"):
        found.strike(name, "it ended", now=NOW)
    assert not found.is_spread
    found.strike("node4", "it ended", now=NOW)
    assert Strikes(found.nodes).is_spread
