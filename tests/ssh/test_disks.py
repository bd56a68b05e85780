"""Disks that are full or take nothing, there and here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig.programs import can_unshare, program
from tests.waiting import until

LONG = 40  # seconds: far more than anything here needs

pytestmark = pytest.mark.skipif(
    not can_unshare("--mount"), reason="only root can mount small disks, and not in most containers"
)


def mount_small_home(fleet, name, options):
    """A disk of its own under a machine's home. What is on it can be seen at the path that is returned."""
    machine = fleet.machines[name]
    fleet.inside(name, "mount", "-t", "tmpfs", "-o", options, "small", str(machine.home))
    return Path(f"/proc/{machine.pid}/root{machine.home}")


def fill(directory):
    """Leave no byte on its disk. What fills it."""
    path = directory / "fill"
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return path


def test_with_a_full_home_the_worker_lives_in_tmp_and_tasks_run_elsewhere(far_fleet):
    home = mount_small_home(far_fleet, "m1", "size=64k")
    fill(home)
    far_fleet.up("m1", root="/tmp")
    job = far_fleet.world.done("-p", "m1", "--shell", "pwd; ls /tmp/burro-*/*.pyz | wc -l")
    assert far_fleet.output(job) == "/tmp\n1\n"


def test_without_room_anywhere_the_machine_is_down_and_says_why(far_fleet):
    m1 = far_fleet.machines["m1"]
    home = mount_small_home(far_fleet, "m1", "size=64k")
    far_fleet.inside("m1", "mount", "-t", "tmpfs", "-o", "size=64k", "small", "/tmp")
    full = [fill(home), fill(Path(f"/proc/{m1.pid}/root/tmp"))]
    far_fleet.up("m2")
    trouble = far_fleet.add("m1")["trouble"]
    assert trouble.startswith("the worker's file (300 KB) can be kept nowhere: ")
    assert trouble.count("No space left on device") == 2
    far_fleet.world.well("wait", far_fleet.world.submit("true"))
    for path in full:
        path.unlink()
    far_fleet.inside("m1", "mount", "-o", "remount,size=2m", str(m1.home))
    assert far_fleet.check("m1")["state"] == "up"


def test_a_home_that_is_only_read_does_for_tasks_elsewhere_and_says_so_for_those_in_it(far_fleet):
    for name in ("m1", "m2"):
        mount_small_home(far_fleet, name, "size=64k,ro")
    far_fleet.up("m1", root="/tmp")
    assert far_fleet.output(far_fleet.world.done("-p", "m1", "echo", "all well")) == "all well\n"
    assert far_fleet.add("m2")["state"] == "up"
    job = far_fleet.world.ended("-p", "m2", "true")
    [attempt] = far_fleet.attempts(job)
    assert far_fleet.world.state(job) == "failed"
    home = far_fleet.machines["m2"].home
    assert attempt["reason"] == f"the output burro-{job}.out cannot be written in {home}"


def test_a_disk_that_fills_while_tasks_run_loses_no_end_and_starts_nothing_twice(far_fleet):
    home = mount_small_home(far_fleet, "m1", "size=4m")
    far_fleet.up("m1")
    job = far_fleet.submit_bound("m1", "-a", "0-5")
    far_fleet.have_started(job, 2)
    full = fill(home)
    far_fleet.let_go()
    far_fleet.have_ended(job, 2)
    far_fleet.world.well("wait", far_fleet.world.submit("true"))
    full.unlink()
    far_fleet.world.burro("wait", job)
    starts = [(line.idx, line.attempt) for line in far_fleet.written(job)]
    assert sorted(starts) == [(idx, 1) for idx in range(6)]
    assert len(far_fleet.attempts(job)) == 6


def test_output_that_finds_no_room_here_comes_home_when_there_is_some(fleet):
    world = fleet.world
    fleet.declare("m1")
    script = 'mount -t tmpfs -o size=1m small "$1" && exec "$2" up -c 1'
    words = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        script,
        "sh",
        str(world.work),
        str(Path(sys.executable).parent / "burro"),
    ]
    subprocess.run([program(words[0]), *words[1:]], env=world.env, check=True, capture_output=True)
    here = Path(f"/proc/{world.server()}/root{world.work}")
    fleet.is_up("m1")
    full = fill(here)
    small = world.done("-p", "m1", "echo", "all of it")
    large = world.done("-p", "m1", "--shell", "head -c 300000 /dev/urandom | tee copy")
    assert world.well("logs", small) == "all of it\n"  # read there
    assert not list(here.glob("burro-*.out"))
    full.unlink()
    fleet.machines["m1"].cut()
    until((here / f"burro-{small}.out").exists, within=LONG)
    until((here / f"burro-{large}.out").exists, within=LONG)
    assert (here / f"burro-{small}.out").read_text() == "all of it\n"
    assert (here / f"burro-{large}.out").read_bytes() == (fleet.machines["m1"].home / "copy").read_bytes()
