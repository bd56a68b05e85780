"""A project goes to a machine and its results come back by a real rsync; output is followed while it is there."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.waiting import until

LONG = 40  # seconds: far more than anything here needs


def test_a_project_is_synced_built_there_once_and_its_results_come_back(fleet):
    world, home = fleet.world, fleet.machines["m1"].home
    world.write("params.txt", "3\n")
    world.write("run.sh", "#!/bin/sh\nmkdir -p results; cat built params.txt > results/out.txt\n", mode=0o755)
    fleet.up("m1", root="~/proj", project=str(world.work), before="echo built >> built")
    world.well("pool", "sync", "m1")
    assert (home / "proj/built").read_text() == "built\n"
    world.write("params.txt", "4\n")
    job = world.submit("-p", "m1", "--stage-in", "params.txt", "--stage-out", "results", "./run.sh").split()[0]
    world.well("wait", "all")
    assert world.state(job) == "done"
    assert (world.work / "results/out.txt").read_text().splitlines()[-1] == "4"


def test_a_sync_that_is_cut_off_says_so_and_the_next_one_completes_it(fleet):
    world, relay = fleet.world, fleet.machines.relay("m1")
    fleet.up("m1", root="~/proj", project=str(world.work))
    with open("/dev/urandom", "rb") as noise:
        world.write("large", noise.read(3_000_000))
    relay.cut(after=1_000_000)
    assert world.burro("pool", "sync", "m1").code == 1
    world.well("pool", "sync", "m1")
    assert (fleet.machines["m1"].home / "proj/large").read_bytes() == (world.work / "large").read_bytes()


def test_output_is_followed_through_a_line_that_breaks(fleet):
    relay = fleet.machines.relay("m1")
    fleet.up("m1")
    job = fleet.submit_bound("m1")
    fleet.have_started(job)
    with (fleet.world.home / "heard").open("wb") as heard:
        logs = fleet.world.start("logs", "-f", job, stdout=heard)
    until(lambda: (fleet.world.home / "heard").read_text() == "begun\n", within=LONG)
    relay.cut()
    fleet.let_go()
    assert logs.wait(timeout=LONG) == 0
    assert (fleet.world.home / "heard").read_text() == "begun\nover\n"


def test_a_queue_at_another_machine_is_used_from_here(fleet):
    machine = fleet.machines["m1"]
    machine.bashrc(f"export PATH={Path(sys.executable).parent}:$PATH; echo Welcome\n")
    there = "ssh://m1/~/q"
    job = fleet.world.well("--queue", there, "submit", "--parsable", "--shell", "echo $RIG_MACHINE > where").strip()
    try:
        fleet.world.well("--queue", there, "wait", job)
        assert (machine.home / "where").read_text() == "m1\n"
    finally:
        fleet.world.well("--queue", there, "down", "--now")
