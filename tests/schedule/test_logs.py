"""What scheduled jobs print is committed with what they write, wherever it was asked to go."""

from __future__ import annotations

import json

import pytest

from tests.schedule.lab import Lab


@pytest.fixture
def lab(queue):
    return Lab(queue)


def changed(lab, commit="HEAD"):
    return lab.git("show", "--format=", "--name-only", commit).splitlines()


def test_every_attempt_has_its_log_in_the_commit(lab):
    (lab.path / "sub").mkdir()
    job = lab.schedule(
        "--retries", "1", "-o", "x", "echo $BURRO_ATTEMPT; test $BURRO_ATTEMPT = 2 && echo > x", cwd=lab.path / "sub"
    )
    lab.well("finish", "--wait")
    assert changed(lab) == [f"sub/burro-{job}.out", f"sub/burro-{job}.out.2", "sub/x"]
    assert [lab.read(name) for name in changed(lab)[:2]] == ["1\n", "2\n"]
    assert lab.record()["burro"]["logs"] == changed(lab)[:2]
    assert lab.dirt == ""


def test_a_log_goes_where_it_was_asked_to_and_is_reserved(lab):
    lab.schedule("--log", "logs/new/%x-%j.out", "--name", "fit", "-o", "a", "echo hello; echo > a")
    assert "job 1" in lab.burro("schedule", "-o", "logs/new/fit-1.out", "true").err
    array = lab.schedule("-a", "1-2", "--log", "logs/%A-%a.out", "-o", "r/{i}", "echo {i} | tee r/{i}")
    lab.well("finish", "--wait")
    assert changed(lab, "HEAD~2") == ["a", "logs/new/fit-1.out"]
    assert changed(lab) == [f"logs/{array}-2.out", "r/2"]
    assert lab.dirt == ""


def test_a_log_that_is_elsewhere_or_nowhere_keeps_nothing_from_being_finished(lab):
    outside = lab.queue.work / "logs" / "x.out"
    lab.schedule("--log", str(outside), "-o", "a", "echo hello; echo > a")
    lab.schedule("--log", "/dev/null", "-o", "b", "echo hello; echo > b")
    records = json.loads(lab.well("finish", "--wait", "--json"))["records"]
    assert [(one["status"], one["open"]) for one in records] == [("ok", False)] * 2
    assert outside.read_text() == "hello\n"
    assert lab.record("HEAD~1")["burro"]["logs"] == [str(outside)]
    assert "outside of the repository" in records[0]["notes"][0]
    assert changed(lab) == ["b"]
    assert "logs" not in lab.record()["burro"]
    assert lab.dirt == ""


def test_of_what_failed_the_log_alone_can_be_committed(lab):
    lab.datalad("create", "--force", ".")
    job = lab.schedule("-o", "a", "echo what happened; echo > a; exit 3")
    said = lab.burro("finish", "--wait").err
    assert "a and 1 more stay untracked, which datalad run and rerun refuse" in said
    assert "unsaved changes" in str(lab.datalad("rerun", check=False))
    lab.well("finish", "--wait", "--failed", "logs", "--allow-open")
    assert changed(lab) == [f"burro-{job}.out"]
    assert lab.read(f"burro-{job}.out") == "what happened\n"


def test_what_lies_on_a_branch_of_its_own_is_found_there_if_that_is_asked(lab):
    lab.schedule("-o", "a", "echo > a; exit 3")
    lab.burro("finish", "--wait", "--failed", "commit")
    assert "add --branches" in lab.burro("log", "a").err
    assert " on burro/failed/1, job 1: " in lab.well("log", "--branches", "a")
    [one] = json.loads(lab.well("log", "--branches", "--json"))["records"]
    assert one["branch"] == "burro/failed/1"


def test_thousands_of_names_are_one_record(lab):
    """More than a command line takes, and more than a commit message should have."""
    lab.git("config", "annex.largefiles", "nothing")
    names = [f"o/number-{number}" for number in range(5000)]
    line = {"cmd": "mkdir -p o; for i in $(seq 0 4999); do echo $i > o/number-$i; done", "outputs": names}
    lab.well("schedule", "--from", "-", stdin=json.dumps(line).encode())
    lab.well("finish", "--wait")
    assert len(changed(lab)) == 5002  # with the log, and the file that the record is in
    assert lab.dirt == ""
    told = lab.well("log", "o/number-4999")
    assert ", job 1: " in told
    assert "o/number-19 and 4,980 more\n" in told
    assert len(json.loads(lab.well("log", "--json"))["records"][0]["outputs"]) == 5000
