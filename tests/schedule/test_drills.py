"""What is reserved and recorded, when the server or a command is killed at the worst moment (docs/faults.md)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import apsw
import pytest

from burro.api.caller import Caller
from tests.schedule.lab import Lab


@pytest.fixture
def lab(queue):
    return Lab(queue)


def armed(lab, name):
    """The environment in which whoever comes by that failpoint dies, once; and who did."""
    log = lab.queue.work / "hits"
    env = {
        "BURRO_TESTING": "1",
        "BURRO_FAILPOINT": f"{name}=kill9",
        "BURRO_FAILPOINT_ONCE": str(lab.queue.work / "spent"),
        "BURRO_FAILPOINT_LOG": str(log),
    }
    return env, lambda: [line.split()[0] for line in log.read_text().splitlines()]


def open_jobs(lab):
    return [row["id"] for row in json.loads(lab.well("finish", "-l", "--json"))["records"]]


@pytest.mark.parametrize("name", ["submit.before_commit", "turn.before_commit", "turn.after_commit"])
def test_a_server_that_dies_while_jobs_are_scheduled_keeps_all_of_them_once_or_none(lab, name):
    env, hits = armed(lab, name)
    lines = b"".join(b'{"cmd": "echo %d > {outputs}", "outputs": "o/%d"}\n' % (one, one) for one in range(3))
    jobs = lab.schedule("--hold", "--from", "-", stdin=lines, **env).split()

    assert hits() == [name]
    assert len(jobs) == 3
    assert open_jobs(lab) == jobs
    refused = lab.burro("schedule", "-o", "o", "true")
    assert refused.code == 2
    assert f"job {jobs[0]}" in refused.err
    lab.well("release", *jobs)
    lab.well("finish", "--wait")
    assert lab.git("log", "--format=%s").count("RUNCMD") == 3
    lab.schedule("--hold", "-o", "o", "true")


def test_a_server_that_dies_when_it_hears_of_commits_hears_of_them_again(lab):
    env, hits = armed(lab, "recorded.before_commit")
    lab.well("up", **env)
    lab.schedule("-o", "a", "echo > a")
    assert "1 done" in lab.well("finish", "--wait")

    assert hits() == ["recorded.before_commit"]
    assert open_jobs(lab) == []
    assert lab.git("log", "--format=%s").count("RUNCMD") == 1
    lab.schedule("--hold", "-o", "a", "true")


def test_a_finish_that_dies_between_its_commits_and_the_queue_is_gone_on_with(lab):
    job = lab.schedule("-o", "a", "echo > a")
    lab.burro("wait", job)
    env, hits = armed(lab, "finish.after_move")
    assert lab.burro("finish", **env).code == -signal.SIGKILL

    assert hits() == ["finish.after_move"]
    assert "finish 1" in lab.burro("schedule", "-o", "a", "true").err
    assert "recorded already" in lab.well("finish")
    assert lab.git("log", "--format=%s").count("RUNCMD") == 1
    assert (lab.dirt, open_jobs(lab)) == ("", [])
    lab.schedule("--hold", "-o", "a", "true")


def test_two_finishes_at_once_make_one_commit_of_each(lab):
    job = lab.schedule("-a", "1-20", "-o", "res/{i}", "echo {i} > res/{i}")
    lab.burro("wait", job)
    with ThreadPoolExecutor(2) as pool:
        codes = [ended.code for ended in pool.map(lambda _: lab.burro("finish"), range(2))]

    assert codes == [0, 0]
    subjects = lab.git("log", "--format=%s").splitlines()
    assert len(subjects) == 21
    assert (lab.dirt, open_jobs(lab)) == ("", [])


def attempt(lab, number, command, **env):
    """The process around an attempt at a task that writes `out`, as a worker starts it."""
    wish = json.dumps({"index": False, "own": True, "paths": ["out"], "overwrite": "replace", "root": "."})
    marks = {"BURRO_TASK": "1", "BURRO_ATTEMPT": str(number)}
    words = [sys.executable, "-m", "burro.worker", "scheduled", wish, "sh", "-c", command]
    return subprocess.run(words, cwd=lab.path, env={**lab.env, **marks, **env}, check=False).returncode


@pytest.mark.parametrize("name", ["aside.before_note", "aside.after_move"])
def test_what_a_failed_attempt_left_is_aside_though_it_was_killed_while_it_saw_to_that(lab, name):
    lab.annexed("out", "old\n")
    env, hits = armed(lab, name)
    assert attempt(lab, 1, "echo half > out; exit 3", **env) == -signal.SIGKILL
    assert hits() == [name]

    assert attempt(lab, 2, "exit 4") == 4

    assert (lab.path / ".git/burro/aside/1.1/out").read_text() == "half\n"
    assert lab.dirt == ""
    assert list((lab.path / ".git/burro/left").iterdir()) == []


def test_a_finish_that_dies_while_it_sets_aside_what_an_array_left_is_as_none(lab):
    lab.annexed("out", "old\n")
    lab.schedule("-a", "1-2", "-o", "out", "echo half > out; exit 3")
    lab.burro("wait", "1")
    env, hits = armed(lab, "aside.in_finish")
    assert lab.burro("finish", **env).code == -signal.SIGKILL
    assert hits() == ["aside.in_finish"]

    assert "is in .git/burro/aside/1.1" in lab.burro("finish").err
    assert lab.git("status", "--porcelain", "out") == ""


def test_what_good_tasks_of_an_array_had_made_is_recorded_when_the_bad_one_is_tried_again(lab):
    """The finish in between had set it aside, for the array had failed; the one behind dies while it brings it back."""
    (lab.path / "d").mkdir()
    for name in ("1", "2"):
        lab.annexed(f"d/{name}", "old\n")
    lab.schedule("-a", "1-2", "-o", "d", "echo new > d/$BURRO_TASK_ID; test $BURRO_TASK_ID = 1 || test -e go")
    assert lab.burro("finish", "--wait").code == 1
    assert (lab.read("d/1"), lab.git("status", "--porcelain", "d")) == ("old\n", "")
    (lab.path / "go").touch()
    lab.well("retry", "1.2")
    lab.burro("wait", "1")
    env, hits = armed(lab, "aside.back_in_finish")
    assert lab.burro("finish", **env).code == -signal.SIGKILL
    assert hits() == ["aside.back_in_finish"]

    lab.well("finish")

    assert (lab.read("d/1"), lab.read("d/2")) == ("new\n", "new\n")
    assert lab.git("status", "--porcelain", "d") == ""


def test_what_a_failed_array_left_is_aside_before_something_else_is_scheduled_there(lab):
    (lab.path / "d").mkdir()
    (lab.path / "d/known").write_text("to git\n")
    lab.git("add", "d/known")
    lab.schedule("-a", "1-3", "-o", "d", "echo half > d/$BURRO_TASK_ID; exit 3")
    lab.burro("finish", "--wait")
    env, hits = armed(lab, "schedule.in_aside")
    assert lab.burro("schedule", "-a", "1-2", "-o", "d", "true", **env).code == -signal.SIGKILL
    assert hits() == ["schedule.in_aside"]
    assert open_jobs(lab) == ["1"]

    said = lab.burro("schedule", "-a", "1-2", "-o", "d", "test ! -e d/3 && echo whole > d/$BURRO_TASK_ID").err

    assert "what job 1 left is in .git/burro/aside/1.1: d/" in said
    assert sorted(path.name for path in (lab.path / ".git/burro/aside/1.1/d").iterdir()) == ["1", "2", "3"]
    lab.well("finish", "--wait")
    assert {path.name for path in (lab.path / "d").iterdir()} == {"1", "2", "known"}


def test_a_server_that_dies_when_it_hears_how_slurm_ended_a_job_hears_it_again(lab):
    with closing(apsw.Connection(str(lab.path / ".git" / "theirs.db"))) as link:
        link.execute("create table open_jobs (slurm_job_id, cmd, outputs, pwd)")
        link.execute("""insert into open_jobs values (7, 'sbatch x.sh', '["a"]', '.')""")
    env, hits = armed(lab, "over.before_commit")
    lab.well("up", **env)
    assert "Slurm's job 7 of datalad-slurm is job 1 here" in lab.well("finish", "--import-slurm-db", "-l")
    waiting = lab.queue.submit("-d", "afterok:1", "true")

    end = {"job": 1, "outcome": "exited", "code": 0, "host": "node1", "started": 1.0, "ended": 3.0}
    with closing(Caller(str(lab.queue.queue))) as caller:
        answers = [caller.ask({"op": "over", "jobs": [end]}) for _ in range(2)]

    assert hits() == ["over.before_commit"]
    assert answers == [{"changed": 1}, {"changed": 0}]
    assert lab.burro("wait", waiting).code == 0
    shown = lab.well("show", "1", "--json")
    assert all(said in shown for said in ('"state": "done"', '"exit_code": 0', '"host": "node1"'))
    assert open_jobs(lab) == ["1"]
