"""Nodes where nothing comes of what is started are left out; the pool goes on with the others."""

from __future__ import annotations

import json

from tests.clusters.conftest import Site
from tests.rig.slurm import running
from tests.rig.slurm_fixtures import LONG
from tests.rig.slurm_settings import Cluster
from tests.waiting import until


def events(site, what):
    text = site.world.well("events", "--json", "--last", "200")
    return [row["detail"] for row in map(json.loads, text.splitlines()) if row["what"] == what]


def test_a_node_where_workers_end_at_once_is_left_out_and_the_others_do_the_work(site):
    site.slurm.well("scontrol", "update", "NodeName=node1", "Weight=1")
    site.pool(workers=1, before="test $SLURMD_NODENAME != node1")

    site.wait(site.submit("--shell", "echo $SLURMD_NODENAME > ran"))

    assert site.ran() == ["node2"]
    [left] = site.pools()["left_out"]
    assert (left["node"], "ended before a worker of it came" in left["why"]) == ("node1", True)
    assert "node1 until " in site.world.well("pools")
    assert site.pools()["error"] is None
    assert len(site.names()) == 3
    assert "#SBATCH --exclude=node1\n" in site.world.well("pool", "dry-run", "whole")
    site.world.well("pool", "resume", "whole")
    assert site.pools()["left_out"] == []


def test_a_node_is_left_out_also_where_an_allocation_takes_long_to_end(queue, tmp_path):
    """Slurm shows it as ending meanwhile, and the next one is asked for already."""
    epilog = tmp_path / "epilog"
    epilog.write_text("#!/bin/sh\nsleep 3\n")
    epilog.chmod(0o755)
    with running(Cluster(nodes=2, extra=f"Epilog={epilog}")) as slurm:
        site = Site(slurm, queue)
        slurm.well("scontrol", "update", "NodeName=node2", "Weight=9")
        site.pool(workers=1, idle="1s", before="test $SLURMD_NODENAME != node1")
        site.wait(site.submit("true"))
        until(lambda: not [row for row in site.allocations() if row["state"] != "ended"], within=LONG)
        site.wait(site.submit("true"))
        assert [row["node"] for row in site.pools()["left_out"]] == ["node1"]
        assert site.pools()["error"] is None
        nodes = [node for row in site.allocations() for node in row["nodes"]]
    assert nodes.count("node1") == 2


def test_where_no_worker_comes_from_any_node_the_pool_is_to_blame_and_rests(site):
    site.pool(workers=4, before="false")
    job = site.submit("-a", "0-31", "true")
    until(lambda: "ended before a worker of it came" in (site.world.show(job)["reason"] or ""), within=LONG)
    assert site.pools()["left_out"] == []


MEET = """echo $SLURM_NODELIST >> came
until test $(wc -l < came) -eq 2; do sleep 0.1; done"""
HOLE = """echo $SLURM_NODELIST >> ran
sleep 0.3
test $SLURM_NODELIST != node1"""


def test_a_node_that_eats_tasks_is_left_out_after_ten(site):
    site.pool(workers=2)
    site.wait(site.submit("-a", "0-1", "-c", "8", "--shell", MEET))  # no node can eat all before the other is there
    job = site.submit("-a", "0-99", "--shell", HOLE)
    until(lambda: site.pools()["left_out"], within=LONG)
    [left] = site.pools()["left_out"]
    assert left["node"] == "node1"
    assert left["why"] == "10 tasks in a row ended at once there, and not elsewhere: exit code 1"
    site.world.burro("wait", job)
    assert site.ran().count("node1") < 50


def test_a_node_that_is_the_only_one_is_not_left_out_for_long_and_the_pool_says_why(site):
    site.pool(workers=1, before="false", options=["--nodelist=node1"])
    job = site.submit("true")
    until(lambda: "without node1 " in (site.world.show(job)["reason"] or ""), within=LONG)
    assert "ended before a worker of it came" in site.world.show(job)["reason"]
    until(lambda: not site.pools()["left_out"], within=LONG)
