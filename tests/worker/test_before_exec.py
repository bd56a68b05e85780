"""The worker is killed while its child is between vfork and exec: it looks like the worker and becomes the task."""

from __future__ import annotations

import json
import os

import pytest

from tests.crew import children_of, crew_of, kill, marks_of, pids
from tests.waiting import until

# A pipe that nobody reads keeps the child in open(2), where any slow file system keeps it for a while.


@pytest.fixture
def stuck(queue):
    """A queue whose worker is starting a task and cannot get on."""
    pipe = queue.work / "pipe"
    os.mkfifo(pipe)
    queue.well("up", "-c", "1")
    (worker,) = [one for one in crew_of(queue.queue) if one.role == "worker"]
    queue.submit("-o", str(pipe), "--shell", "echo $BURRO_ATTEMPT >> ran; sleep 1")
    until(lambda: children_of(worker.pid), within=20)
    yield queue
    pipe.unlink()


def _worker_that_answers(queue):
    rows = json.loads(queue.well("workers", "--json"))["workers"]
    return next((row["pid"] for row in rows if row["state"] == "up"), None)


def _tasks_of(queue):
    found = [(pid, marks_of(pid)) for pid in pids()]
    return [pid for pid, marks in found if marks.get("BURRO_QUEUE") == str(queue.queue) and "BURRO_JOB_ID" in marks]


def test_the_keeper_adopts_it_and_the_task_runs_once(stuck):
    old = {one.pid for one in crew_of(stuck.queue)}
    kill(next(one.pid for one in crew_of(stuck.queue) if one.role == "worker"))
    until(lambda: _worker_that_answers(stuck) not in {*old, None}, within=20)
    assert _ran_to_the_end(stuck) == ["1"]


def test_without_a_keeper_it_is_stopped_before_another_attempt_starts(stuck):
    for one in crew_of(stuck.queue):
        kill(one.pid)
    assert _ran_to_the_end(stuck) in (["2"], ["1", "2"])
    assert [one["outcome"] for one in stuck.show("1")["tasks"][0]["attempts"]] == ["lost", "exited"]


def _ran_to_the_end(queue):
    """The attempts that wrote, once somebody reads the pipe and the job is done."""
    reader = os.open(queue.work / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert queue.burro("wait", "1").code == 0, queue.show("1")["tasks"]
    os.close(reader)
    assert not _tasks_of(queue)
    return (queue.work / "ran").read_text().split()
