"""A cluster whose commands are at a login node, reached by a real ssh: this machine has none of them."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.clusters.conftest import Site
from tests.rig.fixtures import machines
from tests.rig.slurm_fixtures import LONG
from tests.waiting import until

__all__ = ["machines"]

COMMANDS = ("sbatch", "scancel", "scontrol", "sinfo", "squeue", "sacct", "srun")


def without_slurm(folder):
    """A PATH that has everything else."""
    folder.mkdir()
    for place in ("/usr/bin", "/bin", "/usr/local/bin"):
        for command in Path(place).iterdir():
            if command.name not in COMMANDS and not os.path.lexists(folder / command.name):
                (folder / command.name).symlink_to(command)
    return str(folder)


@pytest.fixture
def login(slurm, machines):
    """Slurm's commands are found after a login, and by nobody else; the profile says things, and filters."""
    machine = machines["m1"]
    machine.login.hide(*COMMANDS)
    tools = machine.home / "slurm"
    tools.mkdir()
    for command in COMMANDS:
        (tools / command).symlink_to(shutil.which(command))
    profile = f"export PATH={tools}:{machine.directory}/visible SLURM_CONF={slurm.conf} SQUEUE_STATES=CD"
    (machine.home / ".bash_profile").write_text(f"echo Welcome; echo 42; echo careful >&2\n{profile}\n")
    machines.start()
    return machines


@pytest.fixture
def far(slurm, login, queue, tmp_path):
    site = Site(slurm, queue)
    del queue.env["SLURM_CONF"]
    queue.env["PATH"] = without_slurm(tmp_path / "path")
    login.serve(queue)
    return site


def test_nodes_are_had_through_a_login_node(far, login):
    far.pool(ssh="m1", workers=2, idle="2s")

    job = far.submit("-a", "0-11", "--shell", "echo $BURRO_TASK_ID >> ran; sleep 0.5")
    far.wait(job)

    assert far.ran() == sorted(map(str, range(12)))
    until(lambda: not far.allocations("running", "waiting", "ending"), within=LONG)
    assert len(far.names()) == 2
    assert far.pools()["host"] == "m1"


def test_a_login_node_that_is_away_proves_nothing(far, login):
    far.pool(ssh="m1")
    job = far.submit("--shell", "echo $BURRO_ATTEMPT >> begun; while [ ! -e go ]; do sleep 0.1; done")
    until(lambda: far.ran("begun"), within=LONG)

    login["m1"].stop()
    until(lambda: "nothing answers at m1: connection refused" in str(far.pools()["error"]), within=LONG)
    login["m1"].start()
    until(lambda: not far.pools()["error"], within=LONG)

    (far.world.work / "go").touch()
    far.wait(job)
    assert (far.ran("begun"), len(far.names())) == (["1"], 1)


def test_who_has_to_log_in_first_is_told_so_and_it_goes_on_then(far, login):
    login["m1"].refuse_key()
    far.pool(ssh="m1")
    job = far.submit("--shell", "echo $BURRO_TASK_ID >> ran")
    until(lambda: "burro pool login whole" in (far.world.show(job)["reason"] or ""), within=LONG)

    login["m1"].accept_key()
    far.world.well("pool", "login", "whole")
    far.wait(job)
    login["m1"].stop()  # the connection of the login stays
    again = far.submit("true")
    far.wait(again)
    far.world.well("pool", "login", "--end", "whole")


def test_a_command_that_is_not_there_is_named_with_its_machine(far, login):
    (login["m1"].home / "slurm" / "scontrol").unlink()
    far.pool(ssh="m1")
    far.submit("true")
    until(lambda: "there is no scontrol on the PATH of a login at m1" in str(far.pools()["error"]), within=LONG)


def test_what_was_asked_for_is_taken_back_there_although_its_pool_is_gone(far):
    far.slurm.well("scontrol", "update", "PartitionName=whole", "State=DOWN")
    far.pool(ssh="m1")
    far.submit("true")
    [row] = far.becomes("waiting")

    os.kill(far.world.server(), signal.SIGKILL)
    (far.world.queue / "burro.toml").write_text("")
    far.world.well("up", "-c", "0")

    until(lambda: not far.allocations("waiting", "ending"), within=LONG)
    assert far.slurm.state(int(row["id"])) == "CANCELLED"
