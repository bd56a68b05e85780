"""sbatch commands, as users of datalad-slurm type them: jobs of a real Slurm's own, and their records."""

from __future__ import annotations

import json

import pytest

from burro.base.errors import UsageError
from burro.provenance.sbatch import is_sbatch, parse, repeatable
from tests.clusters.conftest import Site
from tests.direct.conftest import Desk
from tests.rig.slurm import running
from tests.rig.slurm_fixtures import slurm
from tests.rig.slurm_settings import Cluster
from tests.schedule.lab import Lab

__all__ = ["slurm"]

SCRIPT = "#!/bin/sh\n#SBATCH --time=5\n#SBATCH -J mine\n"
SCRIPT += "mkdir -p res\necho $1 $SLURM_JOB_NAME > res/${SLURM_ARRAY_TASK_ID:-one}\n"


@pytest.fixture
def script(tmp_path):
    (tmp_path / "job.sh").write_text(SCRIPT)
    return tmp_path


def test_the_options_of_the_command_line_stand_behind_those_of_the_script(script):
    batch = parse("sbatch --parsable -p short --time 10 --array=1-3%2 -c2 --exclusive job.sh 'a b' --time", str(script))
    lines = batch.text.split("\n")
    assert lines[:3] == SCRIPT.split("\n")[:3]
    assert lines[3:8] == [f"#SBATCH {one}" for one in ("-p short", "--time=10", "--array=1-3%2", "-c2", "--exclusive")]
    assert (batch.path, batch.args, batch.array) == ("job.sh", ("a b", "--time"), "1-3%2")
    assert parse("sbatch --wrap 'echo 1'", "/").text == "#!/bin/sh\necho 1\n"


def test_a_record_says_a_command_that_waits(script):
    assert repeatable("sbatch -p x job.sh {inputs}", apart=False) == "sbatch --wait -p x job.sh {inputs}"
    assert repeatable("sbatch --array=1-3 job.sh", apart=True) == "sbatch --wait --array=1-3 --array={i} job.sh"
    assert repeatable("sbatch --wait job.sh", apart=False) == "sbatch --wait job.sh"
    assert not is_sbatch("sbatchx")


@pytest.mark.parametrize("command", ["sbatch", "sbatch -p", "sbatch nothing.sh"])
def test_what_submits_nothing_is_refused(script, command):
    with pytest.raises(UsageError):
        parse(command, str(script))


def test_without_a_pool_for_it_the_refusal_says_how_to_get_one(queue):
    lab = Lab(queue)
    (lab.path / "job.sh").write_text(SCRIPT)
    assert "--mode direct" in lab.burro("schedule", "-o", "x", "sbatch job.sh").err


def test_a_script_is_submitted_as_it_is_and_recorded(slurm, queue):
    desk = Desk(slurm, queue)
    desk.pool()
    lab = Lab(queue)
    (lab.path / "job.sh").write_text(SCRIPT)
    lab.git("add", "job.sh")
    lab.git("commit", "-q", "-m", "script")
    job = lab.schedule("-i", "job.sh", "-o", "res/one", "sbatch", "--partition=shared", "job.sh", "hello")
    array = lab.schedule("-o", "res/{i}", "sbatch --array=1-2 job.sh task")
    lab.well("finish", "--wait")
    assert lab.read("res/one") == "hello mine\n"
    assert lab.read("res/2") == "task mine\n"
    record = lab.record("HEAD~2")
    assert record["cmd"] == "sbatch --wait --partition=shared job.sh hello"
    assert record["burro"]["submit_command"] == "sbatch --partition=shared job.sh hello"
    assert record["burro"]["scheduler_id"]
    assert lab.record()["cmd"] == "sbatch --wait --array=1-2 --array=2 job.sh task"
    assert lab.record()["burro"]["job"] == f"{array}.2"
    assert job != array
    assert lab.dirt == ""
    said = json.loads(lab.read(f"burro-{array}/slurm-job-{lab.record()['burro']['scheduler_id']}.env.json"))
    assert (said["ArrayTaskId"], said["JobState"], said["ExitCode"]) == ("2", "COMPLETED", "0:0")


def test_what_slurm_said_of_a_job_is_committed_with_its_log_and_nobody_else_writes_it(slurm, queue):
    """Slurm may forget the job meanwhile: nobody asks it."""
    desk = Desk(slurm, queue)
    desk.pool()
    lab = Lab(queue)
    queue.env["MY_TOKEN"] = "s3cr3t"
    wrapped = "sbatch --partition=shared --mem=200 --gres=gpu:2 --output={log} --wrap 'touch {out}; exit {code}'"
    lab.schedule("-o", "a", wrapped.format(log="logs/a.out", out="a", code=0))
    lab.schedule("-o", "b", wrapped.format(log="/dev/null", out="b", code=0))
    lab.schedule("-o", "c", wrapped.format(log=f"{queue.work}/else/c.out", out="c", code=3))
    queue.burro("wait", "1-3")
    name = f"logs/slurm-job-{desk.attempt('1')['scheduler_id']}.env.json"
    for path in (name, "logs/*.json"):
        assert "job 1" in lab.burro("schedule", "-o", path, "true").err

    desk.slurm.stop_controller()
    lab.burro("finish", "--failed", "inline", "--record-style", "slurm")

    said = json.loads(lab.read(name))
    known = {"Partition": "shared", "MinMemoryNode": "200M", "TresPerNode": "gres:gpu:2", "JobState": "COMPLETED"}
    assert known.items() <= said.items()
    assert {"JobId", "NodeList", "NumCPUs", "SubmitTime", "StartTime", "EndTime", "Restarts"} <= set(said)
    assert lab.record("HEAD~2")["slurm_outputs"] == ["logs/a.out", name]
    elsewhere = [lab.record(commit)["burro"]["scheduler"] for commit in ("HEAD~1", "HEAD")]
    assert [one["JobState"] for one in elsewhere] == ["COMPLETED", "FAILED"]
    assert elsewhere[1]["ExitCode"] == "3:0"
    assert not [path for path in queue.work.rglob("*.json") if path != lab.path / name and ".git" not in path.parts]
    assert "s3cr3t" not in lab.git("log", "-p")
    assert lab.dirt == ""


def test_a_pilot_tells_what_slurm_said_of_its_allocation(queue):
    with running(Cluster(nodes=1, accounting=True)) as slurm:
        site = Site(slurm, queue)
        site.pool()
        lab = Lab(queue)
        lab.well("schedule", "-p", "whole", "-o", "{k}", "--sweep", "k=1..3", "echo {k} > {k}")
        lab.well("finish", "--wait")
        (allocation,) = site.allocations()
        name = f"slurm-job-{allocation['id']}.env.json"
        said = json.loads(lab.read(name))
        assert {"Partition": "whole", "QOS": "normal", "NodeList": "node1", "NumNodes": "1"}.items() <= said.items()
        assert said["Account"]
        assert "JobState" not in said  # it was running, and goes on
        assert name in lab.record()["burro"]["logs"]
        assert lab.git("log", "--format=%H", "--", name).count("\n") == 0
        assert lab.dirt == ""
