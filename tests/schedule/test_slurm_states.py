"""Whatever Slurm says of a job: what lives is never closed, what has ended is recorded or says why not."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.crew import kill, words_of
from tests.direct.conftest import Desk
from tests.rig.slurm import running
from tests.rig.slurm_fixtures import LONG, slurm
from tests.rig.slurm_settings import Cluster
from tests.schedule.lab import Lab
from tests.waiting import until

__all__ = ["slurm"]

STAYS = "#!/bin/sh\necho x >> ../begun; while [ ! -e ../go ]; do sleep 0.1; done; echo $1 > $1\n"


class Bench(Lab):
    """A repository, and a pool of Slurm's own jobs."""

    def __init__(self, slurm, queue):
        self.desk = Desk(slurm, queue)
        self.desk.pool()
        super().__init__(queue)
        self.script("stays.sh", STAYS)

    def script(self, name, text):
        (self.path / name).write_text(text)
        self.git("add", name)
        self.git("commit", "-q", "-m", name)

    def finish(self, *words):
        """Its exit code, and what became of each record, by its id."""
        ended = self.burro("finish", "--json", *words)
        return ended.code, {row["id"]: row for row in json.loads(ended.out)["records"]}

    def begun(self, job, times=1):
        until(lambda: self.desk.ran("begun") == ["x"] * times, within=LONG)
        self.desk.becomes(job, "running")

    def said(self, name):
        return json.loads(self.read(name))


@pytest.fixture
def bench(slurm, queue):
    return Bench(slurm, queue)


def test_what_is_suspended_or_put_back_is_open_and_is_never_closed(bench, tmp_path):
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / "sbatch"
    wrapper.write_text('#!/bin/sh\nexec /usr/bin/sbatch "$@" --requeue\n')
    wrapper.chmod(0o755)
    bench.queue.env["PATH"] = f"{wrapper.parent}:{bench.queue.env['PATH']}"
    bench.well("down")
    bench.desk.pool()
    job = bench.schedule("-o", "out", "sbatch stays.sh out")
    bench.begun(job)
    first = bench.desk.attempt(job)["scheduler_id"]

    bench.desk.slurm.well("scontrol", "suspend", first)
    until(lambda: "suspended" in bench.desk.reason(job), within=LONG)
    code, found = bench.finish("--failed", "drop")
    assert (code, found[job]["status"], found[job]["open"]) == (1, "impossible", True)
    assert "job 1" in bench.burro("schedule", "-o", "out", "true").err

    bench.desk.slurm.well("scontrol", "resume", first)
    until(lambda: not bench.desk.reason(job), within=LONG)
    bench.desk.slurm.well("scontrol", "requeue", first)
    code, found = bench.finish("--failed", "drop")
    assert (code, found[job]["status"]) == (1, "impossible")
    bench.begun(job, 2)
    (bench.queue.work / "go").touch()
    bench.well("finish", "--wait")
    attempts = bench.record()["burro"]["attempts"]
    assert [one["outcome"] for one in attempts] == ["walltime", "done"]
    assert bench.read("out") == "out\n"
    assert bench.dirt == ""


EACH = """#!/bin/sh
case $SLURM_ARRAY_TASK_ID in 1) ;; 2) exit 3 ;; *) while [ ! -e ../go ]; do sleep 0.1; done ;; esac
echo > r$SLURM_ARRAY_TASK_ID
"""


def test_of_an_array_the_good_are_finished_while_one_failed_one_runs_and_one_waits(bench):
    bench.script("each.sh", EACH)
    bench.schedule("-o", "r{i}", "sbatch --array=1-4%1 each.sh")
    until(lambda: bench.desk.states("1") == {"done": 1, "failed": 1, "running": 1, "ready": 1}, within=LONG)
    code, found = bench.finish()
    assert code == 1
    assert found.keys() == {"1.1", "1.2", "1.3", "1.4"}
    assert [task for task, row in found.items() if (row["status"], row["open"]) == ("ok", False)] == ["1.1"]
    assert "1.2 failed (exit 3)" in found["1.2"]["text"]
    assert "1.3 is running" in found["1.3"]["text"]
    bench.finish("--failed", "logs")
    assert (
        bench.said("burro-1/" + bench.git("show", "--format=", "--name-only").split("burro-1/")[2])["ExitCode"] == "3:0"
    )
    (bench.queue.work / "go").touch()
    bench.well("finish", "--wait")
    assert (bench.path / "r4").exists()
    assert bench.dirt == ""


def test_how_a_job_ended_is_told_in_the_words_of_slurm(bench):
    """Too late, cancelled behind our back, failed."""
    late = bench.schedule("-o", "late", "sbatch --time=0:02 stays.sh late")
    gone = bench.schedule("-o", "gone", "sbatch stays.sh gone")
    bad = bench.schedule("-o", "bad", "sbatch --wrap 'exit 7'")
    bench.desk.becomes(gone, "running")
    until(lambda: len(bench.desk.ran("begun")) == 2, within=LONG)
    bench.desk.slurm.well("scancel", bench.desk.attempt(gone)["scheduler_id"])
    bench.queue.burro("wait", late, gone, bad)
    code, found = bench.finish()
    assert code == 1
    for job, why in ((late, "failed (timeout)"), (gone, "was cancelled"), (bad, "failed (exit 7)")):
        assert why in found[job]["text"]
        assert (found[job]["status"], found[job]["open"]) == ("impossible", True)
    code, found = bench.finish("--failed", "logs")
    names = [bench.record(found[job]["commit"])["burro"]["logs"][-1] for job in (late, gone, bad)]
    said = [bench.said(name) for name in names]
    assert [one["JobState"] for one in said][1:] == ["CANCELLED", "FAILED"]
    assert said[2]["ExitCode"] == "7:0"
    assert bench.dirt == ""


def test_a_job_that_slurm_does_not_know_any_more_keeps_nobody_from_being_finished(queue):
    with running(Cluster(nodes=1, min_job_age=2)) as slurm:
        bench = Bench(slurm, queue)
        lost = bench.schedule("-o", "lost", "sbatch stays.sh lost")
        bench.begun(lost)
        server = queue.server()
        os.kill(server, signal.SIGSTOP)
        try:
            for pid in slurm.processes("node1"):
                if "slurm" not in Path((words_of(pid) or ["slurm"])[0]).name:  # no slip tells of its end
                    kill(pid)
            until(lambda: not bench.desk.ever(), within=LONG)
        finally:
            os.kill(server, signal.SIGCONT)
        bench.schedule("-o", "fine", "sbatch --wrap 'echo > fine'")
        queue.burro("wait", "2")
        code, found = bench.finish("--failed", "drop")
        assert code == 1
        assert (found["1"]["status"], found["2"]["status"]) == ("impossible", "ok")
        assert bench.record()["burro"]["job"] == "2"


def test_what_ran_on_a_lost_node_is_open_until_it_has_shown_no_life_for_its_lease(bench):
    job = bench.schedule("-o", "out", "sbatch stays.sh out")
    bench.begun(job)
    node = bench.desk.attempt(job)["host"]
    bench.desk.slurm.kill_node(node)
    bench.desk.slurm.give_up(node)
    until(
        lambda: "NODE_FAIL" in bench.desk.slurm.well("squeue", "--states=all", "--noheader", "--format=%T"), within=LONG
    )
    code, found = bench.finish("--failed", "drop")
    assert (code, found[job]["status"], found[job]["open"]) == (1, "impossible", True)
    assert "job 1" in bench.burro("schedule", "-o", "out", "true").err
