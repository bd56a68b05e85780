"""Trying again: by itself where that was asked, or because somebody says so; and start times."""

from __future__ import annotations

import datetime
import os
import signal

import pytest

from tests.waiting import until

FAILS = "[ $BURRO_ATTEMPT -gt {} ]"


def attempts(queue, job):
    return [(one["number"], one["outcome"], one["exit_code"]) for one in queue.show(job)["tasks"][0]["attempts"]]


def test_a_task_that_fails_is_tried_again_until_it_is_done(shared):
    job = shared.done("-o", "none", "--retries", "3", "--retry-delay", "0.1s", "--shell", FAILS.format(2))
    assert attempts(shared, job) == [(1, "exited", 1), (2, "exited", 1), (3, "exited", 0)]


def test_the_time_of_a_task_leaves_out_the_pauses_between_its_attempts(shared):
    job = shared.ended("-o", "none", "--retries", "1", "--retry-delay", "2s", "false")
    shown = shared.show(job)
    started, ended = (datetime.datetime.fromisoformat(shown[name]) for name in ("started", "ended"))
    assert shown["elapsed"] + 1.9 < (ended - started).total_seconds()
    assert float(shared.well("status", job, "--format", "time")) == pytest.approx(shown["elapsed"], abs=0.001)
    assert "ran for  " in shared.well("show", job)
    several = shared.done("-a", "0-1", "-o", "none", "true")
    assert "took  " in shared.well("show", several)


def test_and_no_more_often_than_was_asked(shared):
    job = shared.ended("-o", "none", "--retries", "1", "--retry-delay", "0.1s", "false")
    assert (len(attempts(shared, job)), shared.state(job)) == (2, "failed")


def test_only_for_the_causes_that_were_named(shared):
    words = ("-o", "none", "--retries", "2", "--retry-delay", "0.1s", "--retry-on", "exit:75")
    again, at_once = shared.submit(*words, "--shell", "exit 75"), shared.submit(*words, "--shell", "exit 1")
    shared.burro("wait", again, at_once)
    assert [len(attempts(shared, job)) for job in (again, at_once)] == [3, 1]


def test_a_retry_that_waits_can_be_cancelled(shared):
    job = shared.submit("-o", "none", "--retries", "3", "--retry-delay", "1h", "false")
    until(lambda: shared.state(job) == "waiting", within=20)
    shared.well("cancel", job)
    assert shared.state(job) == "cancelled"


def test_a_killed_server_forgets_no_retry(queue):
    job = queue.submit("-o", "none", "--retries", "1", "--retry-delay", "2s", "--shell", FAILS.format(1))
    until(lambda: queue.state(job) == "waiting", within=20)
    os.kill(queue.server(), signal.SIGKILL)
    assert queue.burro("wait", job).code == 0
    assert len(attempts(queue, job)) == 2


def test_an_array_with_too_many_failures_is_not_finished(queue):
    queue.well("up", "-c", "1")
    job = queue.submit("-o", "none", "-a", "0-199", "--max-fails", "2", "--shell", "sleep 0.05; false")
    assert queue.burro("wait", job).code == 1
    counts = queue.show(job)["tasks"]
    failed = sum(task["state"] == "failed" for task in counts)
    assert 3 <= failed < 100
    assert sum(task["state"] == "cancelled" for task in counts) == 200 - failed


def test_what_failed_can_be_asked_for_again_with_its_history_kept(queue):
    shell = "[ -e mended ] || [ $BURRO_TASK_ID = 0 ]"
    job = queue.ended("-o", "none", "-a", "0-2", "--shell", shell)
    queue.write("mended", "")
    answer = queue.well("retry", "--failed", job)
    assert "2 tasks" in answer
    assert queue.burro("wait", job).code == 0
    assert [len(task["attempts"]) for task in queue.show(job)["tasks"]] == [1, 2, 2]


def test_the_environment_is_kept_for_those_who_may_be_asked_for_again(queue):
    job = queue.ended("-o", "none", "--shell", '[ "$TREASURE" = found ] && [ -e mended ]', TREASURE="found")
    queue.write("mended", "")
    queue.well("retry", job)
    assert queue.burro("wait", job).code == 0


def test_children_are_asked_for_again_with_their_parent(queue):
    parent = queue.ended("-o", "none", "--shell", "[ -e mended ]")
    child = queue.submit("-o", "none", "-d", f"afterok:{parent}", "true")
    grandchild = queue.submit("-o", "none", "-d", f"afterok:{child}", "true")
    assert queue.state(grandchild) == "skipped"
    queue.write("mended", "")
    queue.well("retry", "--children", parent)
    assert queue.burro("wait", grandchild).code == 0
    assert queue.state(child) == "done"


def test_what_is_done_is_not_run_again(queue):
    job = queue.done("-o", "none", "true")
    ended = queue.burro("retry", job)
    assert ended.code == 1
    assert "already done" in ended.out + ended.err


def test_nothing_starts_before_its_time(shared):
    moment = datetime.datetime.now(datetime.UTC)
    job = shared.submit("-o", "none", "--begin", "+1s", "true")
    assert shared.state(job) == "waiting"
    assert shared.burro("wait", job).code == 0
    started = datetime.datetime.fromisoformat(shared.show(job)["started"])
    assert started >= moment + datetime.timedelta(seconds=0.9)


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("--begin", "soon"), "--begin takes 18:00"),
        (("--retries", "-1"), "--retries must be"),
        (("--retries", "many"), "--retries takes a whole number"),
        (("--retry-on", "exit:75"), "--retries N"),
        (("--retries", "1", "--retry-on", "weather"), "does not know 'weather'"),
        (("--retries", "1", "--retry-mem", "2G"), "factor"),
        (("--retries", "1", "--retry-on", "exit:0"), "a code from 1 to 255"),
        (("--retries", "1", "--retry-on", "exit:999"), "a code from 1 to 255"),
        (("--retries", "1", "--retry-mem", "x2"), "say that too, or leave it out"),
        (("--retries", "1", "--retry-time", "x2"), "grows what --time asks for"),
        (("--retries", "1", "-m", "5", "--retry-on", "exit,timeout", "--retry-mem", "x2"), "acts after 'memory'"),
        (("--retries", "1", "-t", "5", "--retry-on", "exit", "--retry-time", "x2"), "acts after 'timeout'"),
        (("--max-fails", "x"), "--max-fails takes a whole number"),
        (("-a", "0-9%0"), "must be at least 1"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(shared, words, fact):
    ended = shared.burro("submit", *words, "true")
    assert (ended.code, ended.out) == (2, "")
    assert fact in ended.err
    assert ended.err.count("\n") == 1


def test_what_a_failed_attempt_left_behind_is_dead_before_the_next_one_starts(shared):
    meets = "[ ! -e pid ] || ! kill -0 $(cat pid) || echo met >> met; rm -f pid; "
    leaves = "setsid sh -c 'echo $$ > pid; exec sleep 4711' < /dev/null & until [ -s pid ]; do sleep 0.01; done; "
    job = shared.done(
        "-o", "none", "--retries", "2", "--retry-delay", "0.1s", "--shell", meets + leaves + "[ $BURRO_ATTEMPT = 3 ]"
    )
    assert len(attempts(shared, job)) == 3
    assert not (shared.work / "met").exists()
