"""Scheduling again keeps how a thing was scheduled, and what records and refusals call it is readable."""

from __future__ import annotations

import subprocess

import pytest

from tests.schedule.lab import Lab


@pytest.fixture
def lab(queue):
    return Lab(queue)


def test_a_job_of_another_repository_is_scheduled_again_there_only(lab):
    other = lab.path.parent / "other"
    other.mkdir()
    for words in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "x")):
        subprocess.run(["git", *words], cwd=other, env=lab.env, check=True)
    job = lab.schedule("-o", "x", "echo 1 > x")
    lab.well("finish", "--wait")
    refused = lab.burro("reschedule", job, cwd=other)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert f"scheduled in {lab.path}; schedule it again there" in refused.err
    assert "Scheduled job 2" in lab.well("reschedule", job)


def test_what_appends_still_appends_when_it_is_scheduled_again(lab):
    lab.annexed("sums", "0\n")
    lab.schedule("--overwrite", "unlock", "-o", "sums", "echo 1 >> sums; test -e ok")
    assert lab.burro("finish", "--wait").code == 1
    (lab.path / "ok").touch()
    lab.well("reschedule", "--failed")
    lab.well("finish", "--wait")
    assert lab.record()["burro"]["overwrite"] == "unlock"
    lab.well("reschedule", "sums")
    lab.well("finish", "--wait")
    assert lab.read("sums") == "0\n1\n1\n"


def test_a_failed_job_runs_again_in_the_directory_that_was_chosen_for_it(lab):
    away = lab.path.parent / "away"
    away.mkdir()
    lab.schedule("--alt-dir", str(away), "-o", "x", f"pwd > x; test -e {away}/ok")
    assert lab.burro("finish", "--wait").code == 1
    (away / "ok").touch()
    lab.well("reschedule", "--failed")
    lab.well("finish", "--wait")
    assert lab.read("x").startswith(f"{away}/burro-2-")


def test_a_record_is_called_as_the_command_ran_and_a_range_is_told_as_one(lab):
    lab.schedule("--sweep", "k=1..2", "-i", "in", "-o", "fit/{k}", "printf '{{%s}}\\n' {k} {inputs} > {outputs}")
    lab.well("finish", "--wait")
    said = "[DATALAD RUNCMD] printf '{%s}\\n' 2 in > fit/2"
    assert lab.git("log", "-1", "--format=%s") == said
    told = lab.burro("reschedule", "--since", "")
    assert told.out == "Scheduled jobs 3-4\n"
    again = lab.burro("schedule", "-i", "fit/1", "-o", "x", "true")
    assert "afterok:3" in again.err
    lab.well("finish", "--wait", "3", "4", "--unchanged")
    assert lab.git("log", "-1", "--format=%s") == said


def test_which_tasks_of_a_common_record_failed_is_said_and_recorded(lab):
    lab.schedule("-a", "0-3", "-o", "s", "mkdir -p s; echo {i} > s/{i}; test {i} != 2")
    assert "1 failed (task 2: exit 1); nothing" in lab.burro("finish", "--wait").out
    lab.well("finish", "--failed", "inline")
    tried = {one["task"]: one["outcome"] for one in lab.record()["burro"]["attempts"]}
    assert tried == {0: "done", 1: "done", 2: "exit 1", 3: "done"}
    assert "task 2, attempt 1: exit 1 on" in lab.well("log", "s/0")


def test_a_script_goes_on_behind_a_command_that_exits(lab):
    for name in ("a", "b"):
        lab.schedule("-o", name, f"echo {name} > {name}; exit 0")
    lab.well("finish", "--wait")
    lab.well("reschedule", "--since", "", "--script", "../again.sh")
    (lab.path / "b").unlink()
    subprocess.run(["../again.sh"], cwd=lab.path, check=True)
    assert lab.read("b") == "b\n"


def test_a_job_without_its_outputs_is_not_called_done_and_commits_are_named_once(lab):
    job = lab.schedule("-o", "x", "-o", "y", "echo > x")
    assert lab.burro("finish", "--wait").code == 1
    assert lab.well("finish", "--failed", "inline").startswith(f"{job} failed (without all of its outputs) (")
    commit = lab.git("rev-parse", "HEAD")[:10]
    assert lab.well("finish", job) == f"{job} is recorded in {commit}\n"


def test_why_jobs_stay_in_line_is_said_once(lab):
    lab.git("checkout", "-q", "--orphan", "fresh")
    lab.schedule("--sweep", "k=1..3", "-o", "{k}", "echo > {k}")
    told = lab.burro("finish", "--wait", "--octopus").err
    assert told.count("in line and not side by side, since there is no commit yet") == 1
