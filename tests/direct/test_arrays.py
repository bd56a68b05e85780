"""Arrays are Slurm's arrays: asked for together, each task with its own end."""

from __future__ import annotations

from itertools import pairwise

from tests.rig.slurm_fixtures import LONG
from tests.waiting import until

COUNTING = """#!/bin/sh
echo "$(date +%s.%N) {name}" >> {log}
exec /usr/bin/{name} "$@"
"""


def counted(desk, tmp_path, *names):
    """How often, and when, each of Slurm's commands was run from now on."""
    log = tmp_path / "calls"
    (tmp_path / "bin").mkdir()
    for name in names:
        path = tmp_path / "bin" / name
        path.write_text(COUNTING.format(name=name, log=log))
        path.chmod(0o755)
    desk.world.env["PATH"] = f"{tmp_path / 'bin'}:{desk.world.env['PATH']}"
    return lambda name: [line.split()[0] for line in lines(log) if line.split()[1] == name]


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


def test_each_task_of_an_array_has_its_index_its_end_and_its_files(desk):
    desk.pool()
    line = "echo $SLURM_ARRAY_TASK_ID $BURRO_TASK_ID $SLURM_ARRAY_JOB_ID; exit $((BURRO_TASK_ID % 3))"
    job = desk.submit("-a", "3-8", "--retries", "1", "--retry-delay", "1s", "--retry-on", "exit:2", "--shell", line)

    assert desk.wait(job) == {"done": 2, "failed": 4}

    tasks = desk.world.show(job)["tasks"]
    assert [len(task["attempts"]) for task in tasks] == [1, 1, 2, 1, 1, 2]
    assert [task["attempts"][-1]["exit_code"] for task in tasks] == [0, 1, 2, 0, 1, 2]
    array = tasks[0]["attempts"][0]["scheduler_id"].partition("_")[0]
    assert [task["attempts"][0]["scheduler_id"] for task in tasks] == [f"{array}_{idx}" for idx in range(3, 9)]
    out = desk.world.work / f"burro-{job}"
    assert [(out / f"{idx}.out").read_text() for idx in range(3, 9)] == [
        f"{idx} {idx} {array}\n" for idx in range(3, 9)
    ]
    assert (out / "5.out.2").exists()
    assert len(set(desk.ever())) in (2, 3)  # tasks that are tried again go together where they are due together


def test_lines_are_an_array_and_no_more_are_with_slurm_than_may_be(desk, tmp_path):
    calls = counted(desk, tmp_path, "sbatch")
    desk.pool(max_jobs=4)
    (desk.world.work / "lines").write_text("".join(f"echo {line} >> ran; sleep 1\n" for line in range(6)))
    job = desk.submit("-f", "lines").partition(".")[0]
    until(lambda: len(desk.queue()) == 4, within=LONG)
    assert "4 tasks with its scheduler" in desk.world.show(job)["reason"]
    assert desk.wait(job) == {"done": 6}
    assert desk.ran() == list("012345")
    assert 2 <= len(calls("sbatch")) <= 3


def test_a_thousand_tasks_are_asked_for_at_once_and_asked_about_together(desk, tmp_path):
    calls = counted(desk, tmp_path, "sbatch", "squeue")
    desk.slurm.well("scontrol", "update", "PartitionName=shared", "State=DOWN")
    desk.pool()
    job = desk.submit("-a", "0-999", "true")
    until(lambda: len(desk.queue("%T")) == 1000, within=LONG)
    assert len(calls("sbatch")) == 1
    until(lambda: len(calls("squeue")) >= 5, within=LONG)
    moments = [float(moment) for moment in calls("squeue")]
    assert min(later - sooner for sooner, later in pairwise(moments)) > 0.4  # BURRO_SCHEDULER_EVERY is 0.5 s
    desk.world.well("cancel", job)
    until(lambda: desk.states(job) == {"cancelled": 1000}, within=LONG)
    until(lambda: not desk.queue(), within=LONG)
