"""Folders for a machine by ssh that has other files: all of the folder goes there, and comes back."""

from __future__ import annotations

import shutil

import pytest

from tests.elsewhere import Machine
from tests.waiting import until

pytestmark = pytest.mark.skipif(shutil.which("rsync") is None, reason="there is no rsync here")


@pytest.fixture
def far(drop, tmp_path):
    """An inbox in a project, and a pool `far` at another machine where that is ~/proj."""
    world = drop.world
    machine = Machine(tmp_path / "far", world)
    world.well("up", "-c", "1")
    (machine.home / "proj").mkdir()
    world.well("pool", "add", "far", "--ssh", "far", "--project", ".", "--root", "~/proj", "--cpus", "2")
    yield machine
    world.burro("down", "--now")
    machine.end()


def test_all_of_a_folder_travels_there_and_back(drop, far):
    drop.add("--quiet", "0.1s")
    drop.put("here", "pwd")
    go = far.home / "go"
    script = f"until test -e {go}; do sleep 0.02; done; pwd; cat sub.txt > made; exit 4"
    drop.put("there", script, job__toml='pool = "far"\n', sub__txt="in\n")
    assert drop.result("here")["pool"] == "local"
    until((far.home / "proj" / "drop" / "pending" / "there" / "sub.txt").exists, within=40)
    assert drop.names("pending") == ["there"]
    go.write_text("")
    found = drop.result("there", within=60)
    assert (found["state"], found["exit_code"], found["pool"]) == ("failed", 4, "far")
    folder = drop.complete("there")
    assert (folder / "made").read_text() == "in\n"
    assert (folder / "job_output.txt").read_text() == f"{far.home}/proj/drop/pending/there\n"


def test_a_machine_to_which_it_cannot_be_brought_is_said(drop, far):
    drop.root = drop.world.home / "elsewhere"
    drop.add("--quiet", "0.1s", "--pool", "far")
    drop.put("a")
    assert drop.result("a")["state"] == "refused"
    assert "this inbox is not in the project" in (drop.complete("a") / "job_error.txt").read_text()
