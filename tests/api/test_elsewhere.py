"""`burro.Queue("ssh://...")`: the same calls, the work and its files at another machine."""

from __future__ import annotations

import os

import pytest

import burro
from burro.base.errors import UsageError
from tests.elsewhere import Machine


@pytest.fixture
def machine(queue, tmp_path, monkeypatch):
    """Another machine, and a user here whose process is this one."""
    machine = Machine(tmp_path / "far", queue)
    queue.queue = machine.queue
    queue.env["BURRO_QUEUE"] = machine.address
    monkeypatch.setenv("PATH", queue.env["PATH"])
    monkeypatch.setenv("TOKEN", "of here")
    return machine


def test_jobs_run_there_and_their_output_is_read_from_there(machine):
    with burro.Queue(machine.address) as queue:
        job = queue.submit(shell="pwd; echo ${TOKEN-none} $A; echo err >&2", error="%j.err", env={"A": "1"})
        result = job.result(timeout=60)
        assert (result.state, result.output()) == ("done", f"{machine.home}\nnone 1\n")
        assert (result.output(err=True), job.output()) == ("err\n", result.output())
        assert result.stdout == str(machine.home / f"burro-{job.id}.out")
        assert not os.path.exists(f"burro-{job.id}.out")
        named = queue.submit(shell="echo $TOKEN", env="all,TOKEN")
        assert named.result(timeout=60).output() == "of here\n"


def test_several_at_once_and_a_look_at_them(machine):
    with burro.Queue(machine.address) as queue:
        jobs = queue.submit_many([["echo", "1"], {"shell": "exit 3"}])
        assert sorted(result.exit_code for result in queue.as_completed(jobs, timeout=60)) == [0, 3]
        assert queue.status(jobs[1]).jobs[0].state == "failed"
        assert [worker.pool for worker in queue.status().workers] == ["local"]


def test_a_wrong_address_is_told_when_it_is_used():
    with pytest.raises(UsageError, match="no address of a queue"):
        burro.Queue("ssh://-x/").status()
