"""Stopping tasks, whatever they do against it; and what they leave behind when they end by themselves."""

from __future__ import annotations

import os

import pytest

from tests.crew import is_alive, marks_of, pids
from tests.waiting import until


def written(queue, name):
    """The numbers in a file that a task writes, once they are there."""
    path = queue.work / name
    return [
        int(word)
        for word in until(lambda: path.exists() and path.read_text().endswith("\n") and path.read_text(), 20).split()
    ]


def outcome(queue, job):
    (task,) = queue.show(job)["tasks"]
    return task["attempts"][-1]["outcome"] if task["attempts"] else None


def test_what_waits_is_cancelled_at_once_and_never_starts(queue):
    queue.well("up", "-c", "1")
    queue.submit("-o", "none", "--shell", "echo $$ > first; sleep 600")
    written(queue, "first")
    ready = queue.submit("-o", "none", "touch", "ran")
    held = queue.submit("-o", "none", "--hold", "touch", "ran")
    for job in (ready, held):
        queue.well("cancel", job)
        assert queue.state(job) == "cancelled"
    queue.well("cancel", "1")
    assert queue.done("-o", "none", "true")
    assert not (queue.work / "ran").exists()
    assert queue.burro("cancel", ready).code == 1


def test_what_runs_is_stopped_with_its_whole_tree(queue):
    job = queue.submit(
        "-o", "none", "--shell", "sleep 600 & echo $! > a; (setsid sleep 600 & echo $! > b); echo $$ > c; sleep 600"
    )
    tree = [pid for name in "abc" for pid in written(queue, name)]
    queue.well("cancel", job)
    queue.burro("wait", job)
    assert (queue.state(job), outcome(queue, job)) == ("cancelled", "cancelled")
    until(lambda: not any(map(is_alive, tree)), within=10)


def test_what_ignores_the_signal_is_killed_after_a_grace(queue):
    job = queue.submit("-o", "none", "--shell", "trap '' TERM; echo $$ > pid; while :; do sleep 0.2; done")
    (pid,) = written(queue, "pid")
    queue.well("cancel", job)
    queue.burro("wait", job)
    assert queue.state(job) == "cancelled"
    assert not is_alive(pid)


def test_a_bomb_that_hides_in_sessions_without_a_name_is_gone_too(queue):
    hidden = "setsid env -i sh -c 'echo $$ >> pids; exec sleep 600' &"
    bomb = f"trap '' TERM; for i in 1 2 3 4 5 6 7 8; do {hidden} done; sleep 600"
    job = queue.submit("-o", "none", "--shell", bomb)
    until(lambda: (queue.work / "pids").exists() and len((queue.work / "pids").read_text().split()) == 8, within=20)
    hiding = written(queue, "pids")
    queue.well("cancel", job)
    queue.burro("wait", job)
    until(lambda: not any(map(is_alive, hiding)), within=15)


def test_the_time_limit_stops_a_task_and_says_so(queue):
    job = queue.ended("-o", "none", "-t", "1s", "--shell", "echo $$ > pid; sleep 600")
    assert (queue.state(job), outcome(queue, job)) == ("failed", "timeout")
    assert "1 s" in queue.show(job)["tasks"][0]["attempts"][0]["reason"]
    assert not is_alive(written(queue, "pid")[0])


def test_a_task_that_was_stopped_by_a_signal_from_outside_wakes_up_to_be_cancelled(queue):
    job = queue.submit("-o", "none", "--shell", "echo $$ > pid; kill -STOP $$")
    written(queue, "pid")
    queue.well("cancel", job)
    queue.burro("wait", job)
    assert queue.state(job) == "cancelled"


@pytest.mark.parametrize("how", ["sleep 600 &", "setsid sleep 600 &", "(setsid sh -c 'sleep 600 & wait' &)"])
def test_what_a_task_leaves_running_is_ended_with_it(queue, how):
    job = queue.submit("-o", "none", "--shell", f"{how}\ntrue")
    assert queue.burro("wait", job).code == 0
    until(lambda: not _marked(queue), within=10)


def test_leave_keeps_what_a_task_leaves_running_until_somebody_ends_it(queue):
    job = queue.done("-o", "none", "--leave", "--shell", "setsid sleep 600 & echo $! > left")
    (left,) = written(queue, "left")
    queue.done("-o", "none", "true")  # a later task's end looks for strays too
    queue.well("down", "--now")
    assert is_alive(left)
    assert job == "1"
    os.kill(left, 9)


def test_a_background_child_that_holds_the_output_delays_nothing(queue):
    job = queue.submit("--shell", "sleep 600 & echo said")
    assert queue.burro("wait", job).code == 0
    assert queue.well("logs", job) == "said\n"


def _marked(queue):
    found = [(pid, marks_of(pid)) for pid in pids()]
    return [pid for pid, marks in found if marks.get("BURRO_QUEUE") == str(queue.queue) and "BURRO_JOB_ID" in marks]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["/no/such/program"], "/no/such/program"),
        (["no-such-command"], "no-such-command"),
        (["./text"], "text"),
        (["./lost"], "lost"),
        (["-D", "gone", "true"], "gone"),
        (["-i", "nothing", "true"], "nothing"),
        (["-o", "text/x", "true"], "text"),
    ],
)
def test_what_cannot_be_started_fails_once_and_says_why(queue, words, why):
    queue.write("text", "no program", mode=0o644)
    queue.write("lost", "#!/no/such/interpreter\n", mode=0o755)
    options = [] if "-o" in words else ["-o", "none"]
    job = queue.ended(*options, *words)
    (task,) = queue.show(job)["tasks"]
    assert [one["outcome"] for one in task["attempts"]] == ["not-started"]
    assert why in task["reason"]


def test_output_of_an_earlier_job_or_attempt_is_never_overwritten(queue):
    queue.write("burro-1.out", "somebody's\n")
    job = queue.done("--shell", "echo first")
    assert (queue.work / "burro-1.out").read_text() == "somebody's\n"
    assert queue.well("logs", job) == "first\n"
    assert (queue.work / "burro-1-1.out").read_text() == "first\n"
