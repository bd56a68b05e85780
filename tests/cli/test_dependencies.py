"""Jobs that wait for others: what follows from every way in which those can end."""

from __future__ import annotations

import os
import signal

import pytest


def states(queue, *jobs):
    return [queue.state(job) for job in jobs]


def held(queue, *words):
    """A job that others can be put behind before it starts."""
    return queue.submit("--hold", "-o", "none", *words)


def behind(queue, kind, *parents):
    return queue.submit("-o", "none", "-d", ":".join([kind, *parents]), "true")


@pytest.mark.parametrize(
    ("command", "ends"),
    [
        ("true", {"afterok": "done", "afterany": "done", "afternotok": "skipped", "aftercorr": "done"}),
        ("false", {"afterok": "skipped", "afterany": "done", "afternotok": "done", "aftercorr": "skipped"}),
    ],
)
def test_each_kind_follows_the_way_the_other_job_ended(shared, command, ends):
    parent = held(shared, command)
    children = {kind: behind(shared, kind, parent) for kind in ends}
    assert states(shared, *children.values()) == ["waiting"] * 4
    shared.well("release", parent)
    shared.burro("wait", *children.values())
    assert {kind: shared.state(job) for kind, job in children.items()} == ends


def test_a_job_that_is_put_behind_one_that_has_ended_knows_it_at_once(shared):
    good, bad = shared.done("-o", "none", "true"), shared.ended("-o", "none", "false")
    assert shared.state(behind(shared, "afterok", bad)) == "skipped"
    late = behind(shared, "afterok", good)
    assert shared.burro("wait", late).code == 0


def test_skipping_goes_down_the_whole_line_at_once_also_what_is_held(shared):
    first = held(shared, "false")
    second = behind(shared, "afterok", first)
    third = behind(shared, "afterok", second)
    fourth = shared.submit("--hold", "-d", f"afterok:{third}", "true")
    other = behind(shared, "afterany", third)
    shared.well("release", first)
    shared.burro("wait", fourth, other)
    assert states(shared, first, second, third, fourth, other) == ["failed", "skipped", "skipped", "skipped", "done"]


def test_cancelling_what_others_need_skips_them(shared):
    parent = held(shared, "true")
    child = behind(shared, "afterok", parent)
    shared.well("cancel", parent)
    assert shared.state(child) == "skipped"
    assert shared.burro("wait", child).code == 1


def test_given_twice_both_must_be_met(shared):
    good, bad = shared.done("-o", "none", "true"), held(shared, "false")
    child = shared.submit("-o", "none", "-d", f"afterok:{good}", "-d", f"afterok:{bad}", "true")
    assert shared.state(child) == "waiting"
    shared.well("release", bad)
    shared.burro("wait", child)
    assert shared.state(child) == "skipped"


def test_a_part_of_an_array_is_enough_for_those_who_asked_for_that_part(shared):
    array = shared.submit("-o", "none", "-a", "0-3", "--shell", "[ $BURRO_TASK_ID -lt 2 ]")
    part, rest = behind(shared, "afterok", f"{array}.0-1"), behind(shared, "afterok", f"{array}.2-3")
    shared.burro("wait", array, part, rest)
    assert states(shared, part, rest) == ["done", "skipped"]


def test_pairs_go_on_one_by_one(shared):
    array = shared.submit("-o", "none", "-a", "0-2", "--shell", "[ $BURRO_TASK_ID != 1 ]")
    pairs = shared.submit("-o", "none", "-a", "0-2", "-d", f"aftercorr:{array}", "true")
    shared.burro("wait", pairs)
    assert [task["state"] for task in shared.show(pairs)["tasks"]] == ["done", "skipped", "done"]


def test_each_of_a_pair_says_what_became_of_the_other(shared):
    array = held(shared, "-a", "0-3", "--shell", "[ $BURRO_TASK_ID != 2 ]")
    pairs = shared.submit("-o", "none", "-a", "0-3", "-d", f"aftercorr:{array}", "true")
    shared.well("cancel", f"{array}.1")
    needed = f"and aftercorr:{array} needed it to be done"
    assert shared.show(f"{pairs}.1")["reason"] == f"task {array}.1 was cancelled, {needed}"
    shared.well("release", array)
    shared.burro("wait", pairs)
    assert shared.show(f"{pairs}.2")["reason"] == f"task {array}.2 failed, {needed}"
    reason = f"2 of 4 tasks skipped: those of the same index in job {array} did not succeed"
    assert shared.show(pairs)["reason"] == reason
    assert shared.well("status", pairs, "--format", "tasks") == "4/4, 2 skipped\n"
    assert shared.well("status", array, "--format", "tasks") == "4/4, 1 failed, 1 cancelled\n"


def test_a_pair_of_single_tasks_says_so_too(shared):
    first = held(shared, "true")
    second = behind(shared, "aftercorr", first)
    shared.well("cancel", first)
    assert shared.show(second)["reason"] == f"job {first} was cancelled, and aftercorr:{first} needed it to be done"


def test_jobs_are_named_by_name_too_and_all_of_that_name_count(shared):
    first, second = (shared.submit("--hold", "-o", "none", "-J", "prepare", "true") for _ in range(2))
    child = behind(shared, "afterok", "prepare")
    shared.well("release", first)
    shared.burro("wait", first)
    assert shared.state(child) == "waiting"
    shared.well("release", second)
    assert shared.burro("wait", child).code == 0


@pytest.mark.parametrize(
    ("words", "code", "fact"),
    [
        (("-d", "afterok:4711"), 3, "no job 4711"),
        (("-d", "afterok:nobody"), 3, "no job nobody"),
        (("-d", "later:1"), 3, "no job later"),
        (("-d", "after:1"), 2, "no dependency 'after'"),
        (("-d", "afterok:"), 2, "names no job"),
        (("-d", "afterok:all"), 2, "depend on itself"),
        (("-a", "0-5", "-d", "aftercorr:1"), 2, "has no task 1"),
    ],
)
def test_what_cannot_be_waited_for_is_refused_and_nothing_is_left_of_it(queue, words, code, fact):
    queue.submit("--hold", "true")
    ended = queue.burro("submit", *words, "true")
    assert (ended.code, ended.out) == (code, "")
    assert fact in ended.err
    assert ended.err.count("\n") == 1
    assert queue.submit("true") == "2"


def test_a_job_that_will_be_tried_again_keeps_its_children_waiting(queue):
    parent = queue.submit("-o", "none", "--retries", "1", "--retry-delay", "1s", "--shell", "[ $BURRO_ATTEMPT = 2 ]")
    child = behind(queue, "afterok", parent)
    assert queue.burro("wait", child).code == 0
    first, second = queue.show(parent)["tasks"][0]["attempts"]
    [of_child] = queue.show(child)["tasks"][0]["attempts"]
    assert first["ended"] < second["ended"] <= of_child["started"]


def test_held_work_that_depends_on_something_waits_after_its_release(queue):
    parent = held(queue, "true")
    child = queue.submit("--hold", "-o", "none", "-d", f"afterok:{parent}", "true")
    queue.well("release", child)
    assert queue.state(child) == "waiting"
    queue.well("hold", child)
    assert queue.state(child) == "held"
    queue.well("release", child, parent)
    assert queue.burro("wait", child).code == 0


def test_a_killed_server_forgets_no_dependency(queue):
    parent = queue.submit("-o", "none", "sleep", "1")
    child = behind(queue, "afterok", parent)
    queue.runs(parent)
    os.kill(queue.server(), signal.SIGKILL)
    assert queue.burro("wait", child).code == 0
    times = [queue.show(job)["tasks"][0]["attempts"][0] for job in (parent, child)]
    assert times[0]["ended"] <= times[1]["started"]
