"""What a scheduler said of a job lies beside its log; where it cannot, it stands in the record."""

from __future__ import annotations

import json

import pytest

from burro.provenance.record import read
from burro.provenance.snapshots import snapshots

SAID = {"JobId": "4711", "Partition": "gpu", "JobState": "COMPLETED"}
FILE = "logs/slurm-job-4711.env.json"


def attempt(log, *, number="4711", task=None, **said):
    return {"stdout": log, "stderr": None, "scheduler_id": number, "task": task, "said": {**SAID, **said}}


def record(repository, commit="HEAD"):
    return read(repository.git("log", "-1", "--format=%B", commit))


def test_the_file_is_named_after_the_job_and_lies_where_its_log_does(tmp_path):
    root = str(tmp_path)
    assert snapshots([attempt(f"{root}/a/x.out")], root) == {"a/slurm-job-4711.env.json": SAID}
    assert list(snapshots([attempt(f"{root}/x.out", number="4711_3")], root)) == ["slurm-job-4711_3.env.json"]
    assert snapshots([attempt(None)], root) == {"": SAID}
    assert snapshots([attempt("/dev/x.out")], root) == {"": SAID}
    assert snapshots([{**attempt(f"{root}/x.out"), "said": None}], root) == {}


def test_tasks_that_are_recorded_together_share_a_file(tmp_path):
    log = f"{tmp_path}/x.out"
    tasks = [attempt(log, number=f"4711_{task}", task=task, ArrayTaskId=str(task)) for task in (1, 2)]
    assert snapshots(tasks, str(tmp_path)) == {
        "slurm-job-4711.env.json": {**SAID, "Tasks": [{"ArrayTaskId": "1"}, {"ArrayTaskId": "2"}]}
    }
    pilots = [attempt(log, task=task) for task in (1, 2)]  # of one allocation
    assert snapshots(pilots, str(tmp_path)) == {"slurm-job-4711.env.json": SAID}


def test_it_is_committed_and_named_among_the_logs(annexed):
    annexed.well(annexed.made(1, "out", said={FILE: SAID}))
    assert sorted(annexed.files()) == ["logs/1.out", FILE, "out"]
    assert json.loads((annexed.path / FILE).read_text()) == SAID
    assert record(annexed).logs == ("logs/1.out", FILE)
    annexed.sound()


@pytest.mark.parametrize("style", ["slurm", "pair"])
def test_records_of_datalad_slurm_have_it_among_its_outputs(plain, style):
    plain.well(plain.made(1, "out", said={FILE: SAID}), style=style)
    found = record(plain)
    assert FILE in found.logs
    assert found.outputs == ("out",)
    assert FILE in found.fields["outputs"]


def test_jobs_of_one_allocation_share_it(plain):
    """The second finds it as it is, also as a file of git-annex's, and has only the rest to commit."""
    plain.run("git-annex", "init", "--quiet", "here")
    plain.well(plain.made(1, "a", said={FILE: SAID}))
    plain.well(plain.made(2, "b", said={FILE: SAID}))
    assert sorted(plain.files()) == ["b", "logs/2.out"]
    plain.well(plain.made(3, "c", said={FILE: {**SAID, "Restarts": "1"}}))
    assert sorted(plain.files()) == ["c", "logs/3.out", FILE]
    plain.sound()
    plain.run("git-annex", "fsck", "--quiet")


@pytest.mark.parametrize("path", ["", "link/slurm-job-4711.env.json", "taken/slurm-job-4711.env.json"])
def test_where_it_has_no_place_it_stands_in_the_record(plain, tmp_path, path):
    (plain.path / "link").symlink_to(tmp_path)
    plain.write("taken", "a file where a directory should be\n")
    plain.well(plain.made(1, "out", said={path: SAID}))
    assert record(plain).ours["scheduler"] == SAID
    assert sorted(plain.files()) == ["logs/1.out", "out"]
    assert not list(tmp_path.glob("slurm-job*"))


def test_of_a_job_that_is_not_recorded_nothing_is_written(plain):
    failed = plain.made(1, "out", said={FILE: SAID}, state="failed", exit=3)
    missing = plain.job(2, "absent", said={FILE: SAID})
    assert [result.status for result in plain.finish(failed, missing)] == ["impossible"] * 2
    assert not (plain.path / FILE).exists()
    plain.well(failed, failed="logs")
    assert sorted(plain.files()) == ["logs/1.out", FILE]
