"""Locked files in the way of outputs: they give way, come back, and no next attempt builds on what a last one left."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.schedule.lab import Lab
from tests.waiting import until


@pytest.fixture
def lab(queue):
    made = Lab(queue)
    made.annexed("out", "old\n")
    return made


def is_back(lab):
    return (lab.path / "out").is_symlink() and lab.read("out") == "old\n"


def commands_of(lab):
    """The processes that run in its directory, but for burro's."""
    ours = lab.queue.processes()
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if pid not in ours and _is_in(pid, lab)]


def _is_in(pid, lab):
    try:
        return os.readlink(f"/proc/{pid}/cwd") == str(lab.path)
    except OSError:
        return False


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def workers(lab):
    return [pid for pid, line in lab.queue.processes().items() if "__main__.py worker" in line]


@pytest.mark.parametrize("who", ["worker", "server"])
def test_it_comes_back_though_somebody_was_killed_meanwhile(lab, who):
    lab.schedule("-o", "out", "touch begun; until test -e go; do sleep 0.1; done; exit 1")
    until((lab.path / "begun").exists, within=20)
    assert not (lab.path / "out").exists()
    kill(workers(lab) if who == "worker" else [lab.queue.server()])
    (lab.path / "go").touch()
    assert lab.burro("finish", "--wait").code == 1
    assert is_back(lab)


def test_after_everything_was_killed_the_next_attempt_does_not_build_on_the_last(lab):
    lab.schedule("-o", "out", "echo part >> out; test $BURRO_ATTEMPT = 2 && exit 3; exec sleep 1000")
    until(lambda: (lab.path / "out").exists() and lab.read("out") == "part\n", within=20)
    kill([*lab.queue.processes(), *commands_of(lab)])
    assert lab.burro("finish", "--wait").code == 1
    assert is_back(lab)
    for attempt in ("1.1", "1.2"):
        assert (lab.path / ".git/burro/aside" / attempt / "out").read_text() == "part\n"
    lab.schedule("-o", "out", "test ! -e out && exit 4")
    assert "exit 4" in lab.burro("finish", "--wait").out
    assert is_back(lab)


def test_a_program_that_ends_at_no_signal_is_killed_and_the_file_is_back_with_finish(lab):
    lab.schedule("-o", "out", "-t", "1s", "trap '' TERM INT; while :; do sleep 0.2; done")
    done = lab.burro("finish", "--wait")
    assert "1 failed (timeout)" in done.out
    assert is_back(lab)


def test_what_patterns_and_directories_cover_is_back_too(lab):
    (lab.path / "res/d").mkdir(parents=True)
    for name in ("res/d/a.bin", "res/b.bin", "res/c.txt"):
        lab.annexed(name, f"{name}\n")
    (lab.path / "res/plain").write_text("mine\n")
    lab.schedule("--no-requeue", "-o", "res/**/*.bin", "ls res res/d > seen; kill -9 $PPID; exec sleep 1000")
    assert lab.burro("finish", "--wait").code == 1
    assert lab.read("seen").split() == ["res:", "c.txt", "d", "plain", "res/d:"]
    lab.schedule("-o", "res", "find res > seen; rm -r res; exit 1")
    assert lab.burro("finish", "--wait").code == 1
    assert lab.read("seen").split() == ["res", "res/plain", "res/d"]
    assert [lab.read(name) for name in ("res/d/a.bin", "res/b.bin")] == ["res/d/a.bin\n", "res/b.bin\n"]


def test_a_program_that_appends_begins_at_the_old_content_in_every_attempt(lab):
    append = "echo $BURRO_ATTEMPT >> out; test $BURRO_ATTEMPT = 3"
    lab.schedule("--retries", "2", "--retry-delay", "0.1s", "--overwrite", "unlock", "-o", "out", append)
    lab.well("finish", "--wait")
    assert lab.read("out") == "old\n3\n"
    assert (lab.path / ".git/burro/aside/1.1/out").read_text() == "old\n1\n"
    assert lab.git("status", "--porcelain", "out") == ""
    lab.git("annex", "fsck", "-q")


def test_a_program_that_appends_and_is_lost_begins_at_the_old_content_again(lab):
    lab.schedule("--overwrite", "unlock", "-o", "out", "echo new >> out; test -e begun || exec sleep 1000")
    until(lambda: lab.read("out") == "old\nnew\n", within=20)
    (lab.path / "begun").touch()
    kill([*lab.queue.processes(), *commands_of(lab)])
    lab.well("finish", "--wait")
    assert lab.read("out") == "old\nnew\n"
    assert len(lab.record()["burro"]["attempts"]) == 2


@pytest.mark.parametrize("made", ["echo 1 >> new", "mkdir -p new && echo 1 >> new/part"])
def test_what_a_lost_attempt_made_anew_is_aside_too_though_others_began_meanwhile(lab, made):
    lab.schedule("-o", "new", f"{made}; touch begun; test $BURRO_ATTEMPT = 2 || exec sleep 1000")
    until((lab.path / "begun").exists, within=20)
    lab.schedule("-o", "other", "echo > other")
    lab.well("wait", "2")
    kill([*lab.queue.processes(), *commands_of(lab)])
    lab.well("finish", "--wait")
    [part] = [path for path in (lab.path / "new", lab.path / "new/part") if path.is_file()]
    assert part.read_text() == "1\n"
    assert os.listdir(lab.path / ".git/burro/aside") == ["1.1"]
    assert os.listdir(lab.path / ".git/burro/left") == []


def test_what_a_lost_job_left_is_aside_when_another_is_scheduled_there(lab):
    lab.schedule("--no-requeue", "-o", "out", "-o", "new", "echo part > out; echo part > new; exec sleep 1000")
    until(lambda: (lab.path / "new").exists() and lab.read("new"), within=20)
    kill([*lab.queue.processes(), *commands_of(lab)])
    lab.burro("wait", "1")
    lab.schedule("-o", "out", "-o", "new", "test ! -e out && test ! -e new && touch out new")
    lab.well("finish", "--wait", "2")
    assert sorted(os.listdir(lab.path / ".git/burro/aside/1.1")) == ["new", "out"]


def test_a_program_that_goes_on_from_what_it_has_left_says_keep(lab):
    go_on = "echo $BURRO_ATTEMPT >> steps; test $BURRO_ATTEMPT = 3"
    lab.schedule("--retries", "2", "--retry-delay", "0.1s", "--overwrite", "keep", "-o", "steps", go_on)
    lab.well("finish", "--wait")
    assert lab.read("steps") == "1\n2\n3\n"


@pytest.mark.parametrize("how", ["replace", "unlock"])
def test_what_a_failed_program_made_of_a_locked_file_is_set_aside_and_the_file_is_back(lab, how):
    job = lab.schedule("--overwrite", how, "-o", "out", "echo half >> out; exit 3")
    lab.burro("wait", job)
    assert is_back(lab)
    assert lab.git("status", "--porcelain", "out") == ""
    half = lab.path / f".git/burro/aside/{job}.1/out"
    assert half.read_text() == ("old\nhalf\n" if how == "unlock" else "half\n")
    ended = lab.burro("finish")
    assert f"in the place of out is in .git/burro/aside/{job}.1" in ended.err
    lab.well("finish", "--failed", "drop")
    assert is_back(lab)
    assert half.exists()
    lab.git("annex", "fsck", "-q")


@pytest.mark.parametrize("how", ["replace", "unlock"])
def test_what_a_killed_program_made_of_a_locked_file_is_set_aside_by_finish(lab, how):
    lab.schedule("--no-requeue", "--overwrite", how, "-o", "out", "echo half >> out; kill -9 $PPID; exec sleep 1000")
    assert "aside/1.1" in lab.burro("finish", "--wait").err
    assert is_back(lab)
    assert lab.read(".git/burro/aside/1.1/out").endswith("half\n")
    assert lab.well("schedule", "-i", "out", "-o", "new", "cat out > new")


@pytest.mark.parametrize("failed", ["inline", "commit"])
def test_what_was_set_aside_of_a_locked_file_is_committed_where_that_is_asked_for(lab, failed):
    job = lab.schedule("--overwrite", "unlock", "-o", "out", "echo half >> out; exit 3")
    assert lab.burro("finish", "--wait").code == 1
    assert is_back(lab)
    lab.well("finish", "--failed", failed)
    commit = "HEAD" if failed == "inline" else f"burro/failed/{job}"
    assert lab.record(commit)["exit"] == 3
    lab.git("checkout", "-q", "--detach", commit)
    assert lab.read("out") == "old\nhalf\n"
    lab.git("annex", "fsck", "-q")


def test_a_copy_that_nobody_wrote_to_is_locked_again(lab):
    lab.schedule("--overwrite", "unlock", "-o", "out", "test -w out && exit 3")
    assert "exit 3" in lab.burro("finish", "--wait").out
    assert is_back(lab)
    assert lab.git("status", "--porcelain", "out") == ""


def test_mend_and_try_again_needs_no_rm(lab):
    (lab.path / "job.sh").write_text("mkdir d && echo 1 > d/new && ln -s new d/link && echo part > out && exit 1\n")
    first = lab.schedule("-o", "d", "-o", "out", "sh job.sh")
    assert lab.burro("finish", "--wait").code == 1
    (lab.path / "job.sh").write_text("rmdir d; mkdir d && echo 2 > d/good && test ! -e out && echo new > out\n")
    lab.well("reschedule", "--failed")
    lab.well("finish", "--wait")
    assert os.listdir(lab.path / "d") == ["good"]
    assert lab.read("out") == "new\n"
    aside = lab.path / f".git/burro/aside/{first}.1"
    assert sorted(path.name for path in aside.rglob("*")) == ["d", "link", "new", "out"]
    assert lab.git("show", "--format=", "--name-only").split() == ["burro-2.out", "d/good", "out"]


def test_the_index_is_not_touched_by_jobs(lab):
    before = Path(lab.path / ".git/index").read_bytes()
    lab.schedule("-o", "out", "exit 1")
    lab.well("schedule", "--overwrite", "unlock", "-o", "x", "echo > x")
    lab.burro("wait", "1-2")
    assert Path(lab.path / ".git/index").read_bytes() == before
    subprocess.run(["git", "commit", "-q", "-a", "-m", "all of mine"], cwd=lab.path, env=lab.env, check=False)
    assert lab.git("log", "--format=%s").splitlines() == ["add out", "begin"]


@pytest.mark.parametrize("how", ["replace", "unlock"])
def test_tasks_that_share_locked_outputs_make_way_without_meeting(lab, how):
    (lab.path / "all").mkdir()
    for number in range(8):
        lab.annexed(f"all/{number}", f"old {number}\n")
    turn = "test {i} = 3 && exit 1; echo new >> all/{i}"
    lab.schedule("-a", "0-7", "--overwrite", how, "-o", "all", turn)
    ended = lab.burro("finish", "--wait")
    assert "1 failed (task 3: exit 1)" in ended.out
    assert "is in .git/burro/aside/1.1" in ended.err
    assert lab.git("status", "--porcelain", "all") == ""
    assert [lab.read(f"all/{number}") for number in range(8)] == [f"old {number}\n" for number in range(8)]
    lab.well("finish", "--failed", "inline")
    first = {number: f"old {number}\n" if how == "unlock" else "" for number in range(8)}
    assert all(lab.read(f"all/{number}") == first[number] + "new\n" for number in range(8) if number != 3)
    lab.git("annex", "fsck", "-q")
