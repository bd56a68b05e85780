"""`burro doctor --pool P`: a real node tries which ways lead to the server."""

from __future__ import annotations

import json

from tests.rig.slurm_fixtures import LONG
from tests.waiting import until


def test_a_node_tries_all_ways_and_what_to_write_is_told(site):
    site.pool(workers=2, link="folder", time="10m")

    ended = site.world.burro("doctor", "--pool", "whole", "--json")

    told = json.loads(ended.out)
    works = {one["link"]: one["ok"] for one in told["tried"]}
    assert works == {"directory": True, "tls": True, "folder": True, "ssh": False}, told
    assert (ended.code, told["link"], told["use"]) == (0, "folder", "tls")
    assert told["node"].startswith("node")
    until(lambda: set(site.slurm.nodes().values()) == {"idle"}, within=LONG)
    assert site.allocations() == []


def test_a_link_that_does_not_work_is_told_with_one_that_does(site):
    site.pool(link="ssh")
    ended = site.world.burro("doctor", "--pool", "whole")
    assert ended.code == 1
    assert 'write to burro.toml: [pools.whole] link = "tls"' in ended.out


def test_on_a_node_one_can_try_by_hand(queue):
    queue.well("up", "-c", "0")
    queue.well("pool", "add", "mine", "--join")
    ended = queue.burro("doctor", "--pool", "mine")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "burro doctor --pool mine --here" in ended.err
    assert "ok   folder" in queue.well("doctor", "--pool", "mine", "--here")


def test_a_pool_that_is_reached_by_ssh_has_its_own_check(queue):
    queue.well("up", "-c", "0")
    ended = queue.burro("doctor", "--pool", "local")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
