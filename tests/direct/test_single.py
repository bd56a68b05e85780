"""Single tasks as Slurm's own jobs, from the submit to the end."""

from __future__ import annotations

from tests.rig.slurm_fixtures import LONG
from tests.waiting import until

MPI = """#!/bin/bash
#SBATCH --nodes=2 --ntasks=2
#SBATCH -J wide
#SBATCH --comment="whose"
#SBATCH -p shared
#SBATCH -o wide.%j
srun sh -c 'echo $SLURM_PROCID $SLURMD_NODENAME'
echo $SLURM_JOB_NUM_NODES $SLURM_JOB_NAME $BURRO_TASK
"""


def test_a_task_is_a_job_of_slurms_and_its_exit_code_is_its_own(desk):
    desk.pool()
    job = desk.submit(
        "-J", "mine", "-c", "2", "-m", "100M", "--shell", "echo $SLURM_JOB_NAME $SLURM_CPUS_PER_TASK; exit 200"
    )

    assert desk.wait(job) == {"failed": 1}

    attempt = desk.attempt(job)
    assert (attempt["outcome"], attempt["exit_code"]) == ("exited", 200)
    assert attempt["host"].startswith("node")
    assert desk.world.well("history", job, "--tsv", "--columns", "host").split()[-1] == attempt["host"]
    assert desk.slurm.state(attempt["scheduler_id"]) == "FAILED"
    assert desk.slurm.field(attempt["scheduler_id"], "MinMemoryNode") == "100M"
    assert (desk.world.work / f"burro-{job}.out").read_text() == "mine 2\n"
    assert desk.world.well("logs", job) == "mine 2\n"
    assert not list((desk.world.queue / "direct").glob("burro-*"))


def test_the_lines_of_a_script_are_kept_and_several_nodes_just_work(desk):
    desk.pool(options=["--partition=short"])
    (desk.world.work / "wide.sh").write_text(MPI)
    done = desk.world.burro("submit", "-p", "each", "wide.sh")
    assert done.err == ""
    job = "1"
    assert desk.wait(job) == {"done": 1}
    lines = sorted((desk.world.work / f"wide.{job}").read_text().split("\n"))
    assert lines == ["", "0 node1", "1 node2", "2 wide 1"]
    number = desk.attempt(job)["scheduler_id"]
    assert desk.slurm.field(number, "Partition") == "shared"
    assert desk.slurm.field(number, "Comment") == "whose"


def test_what_waits_says_why_and_is_taken_back_when_it_is_cancelled(desk):
    desk.slurm.well("scontrol", "update", "PartitionName=shared", "State=DOWN")
    desk.pool()
    job = desk.submit("true")
    until(lambda: "the partition is down" in desk.reason(job), within=LONG)
    assert desk.reason(job).endswith(f"its scheduler calls it {desk.queue()[0]}")
    assert "the partition is down" in desk.pools()["allocations"]
    array = desk.submit("-J", "several", "-a", "0-1", "true")
    until(lambda: "the partition is down" in desk.world.well("status", array), within=LONG)
    assert "place        each-desk (each): it may run there" in desk.world.well("show", array)
    desk.world.well("cancel", array)
    late = desk.world.burro("set", job, "--time", "20")
    assert (late.code, late.out) == (
        1,
        f"{job}: time cannot be changed any more, its scheduler has it; nothing changed\n",
    )
    assert desk.world.well("hold", job) == f"{job}: held at its scheduler\n"
    until(lambda: "its user holds it" in desk.reason(job), within=LONG)
    assert desk.world.well("release", job) == f"{job}: let go at its scheduler\n"
    until(lambda: "the partition is down" in desk.reason(job), within=LONG)

    desk.world.well("cancel", job)

    until(lambda: desk.states(job) == {"cancelled": 1}, within=LONG)
    until(lambda: not desk.queue(), within=LONG)
    assert desk.world.show(job)["tasks"][0]["attempts"] == []


def test_what_runs_is_stopped_when_it_is_cancelled(desk):
    desk.pool()
    job = desk.submit("--shell", "trap 'echo told > told; exit 3' TERM; touch begun; while :; do sleep 0.1; done")
    until((desk.world.work / "begun").exists, within=LONG)
    desk.becomes(job, "running")

    desk.world.well("cancel", job)

    assert desk.wait(job) == {"cancelled": 1}
    assert desk.attempt(job)["outcome"] == "cancelled"
    assert desk.ran("told") == ["told"], desk.attempt(job)


def test_somebody_who_cancels_it_in_slurm_has_cancelled_it(desk):
    desk.pool()
    runs, waits = desk.submit("sleep", "60"), desk.submit("--begin", "now", "sleep", "61")
    desk.becomes(runs, "running")
    desk.becomes(waits, "running")

    desk.slurm.well("scancel", desk.attempt(runs)["scheduler_id"])

    assert desk.wait(runs) == {"cancelled": 1}
    assert "cancelled" in desk.reason(runs)
    desk.world.well("cancel", waits)
    assert desk.wait(waits) == {"cancelled": 1}


def test_a_task_that_names_no_pool_stays_here(desk):
    desk.pool()
    desk.world.well("pool", "set", "local", "--cpus", "1")
    job = desk.world.submit("--shell", "echo ${SLURM_JOB_ID:-none} > where")
    assert desk.wait(job) == {"done": 1}
    assert desk.ran("where") == ["none"]


def test_a_partition_that_is_not_there_is_one_sentence_and_holds_up_nobody_else(desk):
    desk.pool()
    (desk.world.work / "bad.sh").write_text("#!/bin/sh\n#SBATCH -p nowhere\ntrue\n")
    bad, good = desk.submit("bad.sh"), desk.submit("true")
    assert desk.wait(good) == {"done": 1}
    until(
        lambda: "no partition 'nowhere'; see: sinfo -s, and correct it in the script" in desk.reason(bad), within=LONG
    )
    assert desk.states(bad) == {"claimed": 1}

    desk.pool(options=["--partition=nowhere"])
    other = desk.submit("true")
    until(lambda: "Slurm has no partition 'nowhere'" in (desk.pools()["error"] or {}).get("text", ""), within=LONG)
    desk.pool()
    assert desk.wait(other) == {"done": 1}
