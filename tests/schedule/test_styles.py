"""In which style a repository has its records, said once for all who work in it; and what a repetition keeps."""

from __future__ import annotations

import json

import pytest

from tests.schedule.lab import Lab


@pytest.fixture
def lab(queue):
    return Lab(queue)


def titles(lab, count):
    return lab.git("log", f"-{count}", "--format=%s", "--reverse").splitlines()


def test_where_records_are_pairs_the_first_commit_is_there_when_the_job_is_scheduled_and_names_it(lab):
    lab.git("config", "burro.record-style", "pair")
    job = lab.schedule("-m", "count", "-o", "a", "echo 1 > a")
    assert titles(lab, 1) == [f"[DATALAD SCHEDULE] Submitted batch job {job}: Pending"]
    named = lab.git("rev-parse", "HEAD")

    lab.well("wait", job)
    lab.well("finish", named[:12])
    assert titles(lab, 2)[1] == f"[DATALAD FINISH] Processed batch job {job}: Completed"
    assert lab.git("show", "--format=", "--name-only", "HEAD").split()[0] == "a"

    again = lab.well("reschedule", named).split()[-1]
    assert titles(lab, 1) == [f"[DATALAD RESCHEDULE] Submitted batch job {again}: Pending"]
    lab.well("finish", "--wait")
    assert lab.dirt == ""
    lab.git("fsck", "--strict")


def test_the_style_of_a_dataset_goes_with_it_and_an_option_goes_before(lab):
    lab.datalad("create", "--force", ".")
    lab.git("config", "--file", ".datalad/config", "burro.record-style", "slurm")
    lab.git("commit", "-qam", "as colleagues have it")
    for name in ("a", "b"):
        lab.schedule("-o", name, f"echo 1 > {name}")
    lab.well("wait", "1", "2")
    lab.datalad("finish", "1")
    lab.well("finish", "--record-style", "run", "2")
    assert titles(lab, 2) == ["[DATALAD SLURM RUN] Slurm job 1: Completed", "[DATALAD RUNCMD] echo 1 > b"]


def test_a_style_that_there_is_not_is_told_before_anything_is_done(lab):
    lab.git("config", "burro.record-style", "pairs")
    said = "burro.record-style can be run, slurm, pair, not 'pairs'; mend it: git config burro.record-style run"
    ended = lab.burro("schedule", "-o", "a", "true")
    assert (ended.code, said in ended.err) == (2, True)
    assert lab.burro("show", "1").code == 3
    [told] = [json.loads(line) for line in lab.datalad("-f", "json", "finish", check=False).stdout.splitlines()]
    assert (told["status"], told["message"]) == ("impossible", said)


def test_a_repetition_overwrites_as_its_first_time_did_and_runs_where_that_ran(lab, tmp_path):
    lab.annexed("log", "one\n")
    away = tmp_path / "scratch"
    away.mkdir()
    lab.schedule("--overwrite", "unlock", "-o", "log", "echo two >> log")
    lab.schedule("--alt-dir", str(away), "-o", "where", "pwd > where")
    lab.well("finish", "--wait")
    lab.well("reschedule", "log")
    lab.well("reschedule", "where")
    lab.well("finish", "--wait")
    assert lab.read("log") == "one\ntwo\ntwo\n"
    assert lab.read("where").startswith(str(away))
    assert lab.record()["burro"]["alternative"] == str(away)
