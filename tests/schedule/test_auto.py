"""Records that are written by themselves (`[provenance] auto = true`)."""

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
    queue.env["BURRO_RECORDS_EVERY"] = "0.3"
    queue.queue.mkdir(mode=0o700)
    (queue.queue / "burro.toml").write_text("[provenance]\nauto = true\n")
    return Lab(queue)


def told(lab):
    """What the log of it says."""
    log = lab.queue.queue / "finish.log"
    return log.read_text() if log.exists() else ""


def commits(path):
    done = subprocess.run(["git", "log", "--format=%s"], cwd=path, capture_output=True, text=True, check=True)
    return done.stdout.count("RUNCMD")


def test_what_has_ended_meanwhile_is_written_together(lab):
    lab.schedule("-o", "{k}", "--sweep", "k=1..30", "echo {k} > {k}")
    until(lambda: commits(lab.path) == 30, within=30)
    batches = lab.git("log", "-g", "--format=%gs").count("burro finish")
    assert batches < 15
    assert lab.burro("finish", "-l").out == ""


def test_what_cannot_be_written_is_not_tried_for_ever(lab):
    bad = lab.schedule("-o", "missing", "true")
    until(lambda: "not there" in told(lab), within=20)
    lab.queue.done("sleep", "2")
    assert told(lab).count(f"{bad}: the output missing") == 1
    lab.schedule("-o", "good", "echo > good")
    until(lambda: commits(lab.path) == 1, within=20)
    lab.queue.done("sleep", "1")
    assert told(lab).count(f"{bad}: the output missing") <= 4
    lab.well("finish", bad, "--failed", "drop")
    lab.schedule("-o", "other", "echo > other")  # one open as before, and another
    until(lambda: commits(lab.path) == 2, within=20)


def test_each_repository_has_its_turn(lab):
    other = lab.path.parent / "other"
    lab.git("clone", "-q", ".", str(other))
    lab.schedule("-o", "missing", "true")
    lab.schedule("-o", "a", "echo > a")
    lab.well("schedule", "-o", "b", "echo > b", cwd=other)
    until(lambda: (commits(lab.path), commits(other)) == (1, 1), within=30)


@pytest.fixture
def stopped(lab):
    """The pid of one that has stopped while it holds the index."""
    lab.env |= {"BURRO_TESTING": "1", "BURRO_FAILPOINT": "finish.after_index=stop"}
    lab.env |= {
        "BURRO_FAILPOINT_LOG": str(lab.path.parent / "hits"),
        "BURRO_FAILPOINT_ONCE": str(lab.path / ".git/once"),
    }
    lab.schedule("-o", "a", "echo > a")
    hits = lab.path.parent / "hits"
    until(lambda: hits.exists() and hits.read_text().endswith("\n"), within=20)
    return int(hits.read_text().split()[1])


def test_a_user_who_finishes_at_the_same_time_waits_and_nothing_is_written_twice(lab, stopped):
    mine = lab.queue.start("finish", "--dataset", str(lab.path))
    until(lambda: _waits_for_a_lock(mine.pid), within=20)
    os.kill(stopped, signal.SIGCONT)
    assert b"recorded already" in mine.communicate(timeout=30)[0]
    assert mine.returncode == 0
    assert commits(lab.path) == 1
    assert lab.dirt == ""


def test_a_server_that_has_left_is_not_started_for_it_and_the_next_knows(lab, stopped):
    lab.well("down")
    os.kill(stopped, signal.SIGCONT)
    until(lambda: not os.path.exists(f"/proc/{stopped}"), within=20)
    assert lab.queue.processes() == {}
    assert commits(lab.path) == 1
    assert "recorded already" in lab.well("finish")
    assert lab.burro("finish", "-l").out == ""


def _waits_for_a_lock(pid):
    return any("->" in line and f" {pid} " in line for line in Path("/proc/locks").read_text().splitlines())
