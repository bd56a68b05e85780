"""Folders whose jobs run on a real Slurm: in allocations, or as its own jobs."""

from __future__ import annotations

from tests.inbox.conftest import Drop


def test_a_folder_runs_on_a_node_that_was_asked_for(site):
    site.pool(workers=1, idle="2s")
    drop = Drop(site.world)
    drop.add("--quiet", "0.1s", "--pool", "whole")
    drop.put("a", "echo $SLURMD_NODENAME; cat input", input="hello\n")
    found = drop.result("a", within=50)
    assert (found["state"], found["pool"]) == ("done", "whole")
    assert found["host"].startswith("node")
    assert (drop.complete("a") / "job_output.txt").read_text().endswith("hello\n")
    assert drop.runs == ["a"]


def test_a_folder_is_a_job_of_the_schedulers_own(site):
    site.pool(mode="direct", cpus=None)
    drop = Drop(site.world)
    drop.add("--quiet", "0.1s", "--pool", "whole")
    drop.put("a", "cat input; exit 3", input="hello\n")
    found = drop.result("a", within=50)
    assert (found["state"], found["exit_code"], found["pool"]) == ("failed", 3, "whole")
    assert (drop.complete("a") / "job_output.txt").read_text() == "hello\n"
    assert "exited with code 3" in (drop.complete("a") / "job_error.txt").read_text()
    assert drop.runs == ["a"]
