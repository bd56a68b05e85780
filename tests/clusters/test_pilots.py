"""Allocations of a real Slurm that the server asks for, and the work that is done in them."""

from __future__ import annotations

import os
import signal

import pytest

from tests.rig.slurm_fixtures import LONG
from tests.waiting import until


def test_tasks_run_on_four_whole_nodes_that_are_given_back(site):
    site.pool(workers=4, idle="2s", time="10m")

    job = site.submit("-a", "0-63", "--shell", "echo $BURRO_TASK_ID >> ran; sleep 1")
    site.wait(job)

    assert site.ran() == sorted(map(str, range(64)))
    nodes = {node for row in site.allocations() for node in row["nodes"]}
    assert nodes == {"node1", "node2", "node3", "node4"}
    until(lambda: set(site.slurm.nodes().values()) == {"idle"}, within=LONG)
    until(lambda: not site.allocations("running", "waiting", "ending"), within=LONG)
    assert len(site.names()) == 4


def test_fewer_tasks_than_a_node_has_slots_get_one_node(site):
    site.pool(workers=4, idle="2s")
    job = site.submit("-a", "0-2", "--shell", "echo $BURRO_TASK_ID >> ran; sleep 2")
    site.wait(job)
    assert (site.ran(), len(site.names())) == (["0", "1", "2"], 1)


def test_a_cancelled_allocation_puts_its_tasks_back_and_another_is_asked_for(site):
    site.pool(workers=1)
    job = site.submit("--shell", "echo $BURRO_ATTEMPT >> begun; while [ ! -e go ]; do sleep 0.1; done")
    until(lambda: site.ran("begun"), within=LONG)
    [first] = site.becomes("running")

    site.slurm.well("scancel", first["id"])

    until(lambda: len(site.ran("begun")) == 2, within=LONG)
    (site.world.work / "go").touch()
    site.wait(job)
    assert len(site.names()) == 2


def test_requests_that_nobody_needs_any_more_are_taken_back(site):
    site.slurm.well("scontrol", "update", "PartitionName=whole", "State=DOWN")
    site.pool(workers=2)
    job = site.submit("-a", "0-31", "sleep", "1")
    waiting = site.becomes("waiting", 2)
    until(lambda: "the partition is down" in site.pools()["allocations"], within=LONG)
    assert "the partition is down" in site.world.show(job)["reason"]

    site.world.well("cancel", job)

    until(lambda: not site.allocations("waiting", "ending"), within=LONG)
    assert {site.slurm.state(int(row["id"])) for row in waiting} == {"CANCELLED"}


def test_a_partition_that_is_not_there_is_told_in_one_sentence(site):
    site.pool(options=["--partition=nope"])
    job = site.submit("true")
    until(lambda: "Slurm has no partition 'nope'" in (site.world.show(job)["reason"] or ""), within=LONG)
    assert site.allocations() == []

    site.pool()
    site.wait(job)


def test_a_node_that_is_lost_with_its_worker_gives_its_task_to_another(site):
    site.pool(workers=2)
    job = site.submit("--shell", "echo $BURRO_ATTEMPT >> begun; [ $BURRO_ATTEMPT -gt 1 ] || sleep 1000")
    until(lambda: site.ran("begun"), within=LONG)
    [held] = site.becomes("running")
    [node] = held["nodes"]

    site.slurm.kill_node(node)
    site.slurm.well("scancel", "--full", held["id"])
    site.slurm.give_up(node)

    site.wait(job)
    assert site.ran("begun") == ["1", "2"]


def test_work_goes_on_while_the_controller_is_away(site):
    site.pool(workers=1)
    site.wait(site.submit("true"))
    site.slurm.stop_controller()

    job = site.submit("-a", "0-15", "--shell", "echo $BURRO_TASK_ID >> ran; sleep 0.5")
    site.wait(job)
    until(lambda: "controller of Slurm" in (site.pools()["error"] or {}).get("text", ""), within=LONG)

    site.slurm.start_controller()
    until(lambda: site.pools()["error"] is None, within=90)
    assert len(site.names()) == 1


@pytest.mark.parametrize("running", [True, False])
def test_allocations_are_found_again_by_the_next_server(site, running):
    site.pool(workers=2)
    if not running:
        site.slurm.well("scontrol", "update", "PartitionName=whole", "State=DOWN")
    job = site.submit("-a", "0-15", "--shell", "echo $BURRO_TASK_ID >> ran; while [ ! -e go ]; do sleep 0.1; done")
    site.becomes("running" if running else "waiting", 2)
    if running:
        until(lambda: len(site.ran()) == 16, within=LONG)

    os.kill(site.world.server(), signal.SIGKILL)
    site.world.well("up", "-c", "0")
    site.slurm.well("scontrol", "update", "PartitionName=whole", "State=UP")
    (site.world.work / "go").touch()

    site.wait(job)
    assert site.ran() == sorted(map(str, range(16)))
    assert len(site.names()) == 2


def test_down_takes_requests_back(site):
    site.slurm.well("scontrol", "update", "PartitionName=whole", "State=DOWN")
    site.pool()
    site.submit("true")
    [row] = site.becomes("waiting")
    site.world.well("down")
    assert site.slurm.becomes(int(row["id"]), "CANCELLED")


@pytest.mark.timeout(240)
def test_what_had_the_whole_walltime_is_held_and_runs_again_once_it_is_let_go(site):
    site.pool(workers=1, time="1m")
    job = site.submit("--shell", "echo $BURRO_ATTEMPT >> begun; [ $BURRO_ATTEMPT -gt 1 ] || sleep 1000")

    until(lambda: site.world.show(job)["state"] == "held", within=100)
    assert "of the 1:00 of the pool whole" in site.world.show(job)["reason"]
    assert [one["outcome"] for one in site.world.show(job)["tasks"][0]["attempts"]] == ["walltime"]

    site.world.well("release", job)
    site.wait(job)
    assert site.ran("begun") == ["1", "2"]


def test_a_node_whose_worker_leaves_goes_back_while_the_others_go_on(site):
    site.pool(workers=1, nodes=3, idle="2s")
    job = site.submit("-a", "0-2", "-c", "8", "--shell", "while [ ! -e go.$BURRO_TASK_ID ]; do sleep 0.1; done")
    [row] = site.becomes("running")
    until(lambda: site.world.show(job)["tasks"][2]["state"] == "running", within=LONG)
    nodes = {task["attempts"][0]["host"]: task["id"].partition(".")[2] for task in site.world.show(job)["tasks"]}
    first, *others = row["nodes"]

    (site.world.work / f"go.{nodes[others[0]]}").touch()

    until(lambda: site.allocations("running")[0]["nodes"] == [first, others[1]], within=LONG)
    until(lambda: site.slurm.nodes()[others[0]] == "idle", within=LONG)
    for name in (first, others[1]):
        (site.world.work / f"go.{nodes[name]}").touch()
    site.wait(job)
    assert len(site.names()) == 1
