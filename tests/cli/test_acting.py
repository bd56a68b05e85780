"""`burro cancel`, `hold` and `release`: each says what it did to which."""

from __future__ import annotations

import json


def test_cancel_keeps_what_waits_from_starting(shared):
    job = shared.submit("--hold", "touch", "never")
    out = shared.well("cancel", job)
    assert job in out
    assert out.count("\n") == 1
    assert shared.state(job) == "cancelled"
    assert not (shared.work / "never").exists()


def test_cancel_stops_what_runs(shared):
    job = shared.submit("-o", "none", "sleep", "600")
    shared.runs(job)
    assert shared.burro("cancel", job).code == 0
    assert shared.burro("wait", job).code == 1
    [attempt] = shared.show(job)["tasks"][0]["attempts"]
    assert attempt["outcome"] == "cancelled"


def test_cancel_of_something_final_says_so_and_changes_nothing(shared):
    job = shared.done("-o", "none", "true")
    before = shared.show(job)
    ended = shared.burro("cancel", job)
    assert ended.code == 1
    assert job in ended.out
    assert shared.show(job) == before


def test_single_tasks_of_an_array_can_be_cancelled(shared):
    job = shared.submit("--hold", "-a", "0-9", "-o", "none", "true")
    shared.well("cancel", f"{job}.2-4")
    states = {task["id"]: task["state"] for task in shared.show(job)["tasks"]}
    assert [index for index in range(10) if states[f"{job}.{index}"] == "cancelled"] == [2, 3, 4]
    shared.well("release", job)
    assert shared.burro("wait", job).code == 1
    assert shared.show(job)["state"] == "cancelled"


def test_hold_and_release(queue):
    queue.well("up", "-c", "0")
    job = queue.submit("-o", "none", "true")
    queue.well("hold", job)
    assert queue.state(job) == "held"
    queue.well("up", "-c", "1")
    again = queue.burro("hold", job)
    assert queue.state(job) == "held", again
    queue.well("release", job)
    assert queue.burro("wait", job).code == 0
    assert queue.burro("release", job).code == 1


def test_several_jobs_get_a_line_each(shared):
    jobs = [shared.submit("--hold", "-J", "several", "true") for _ in range(3)]
    assert len(shared.well("cancel", *jobs).splitlines()) == 3
    mixed = shared.burro("cancel", jobs[0], shared.submit("--hold", "true"))
    assert mixed.code == 1
    assert len(mixed.out.splitlines()) == 2


def test_all_means_whatever_can_be_changed(queue):
    done = queue.done("-o", "none", "true")
    held = queue.submit("--hold", "true")
    out = queue.well("cancel", "all")
    assert len(out.splitlines()) == 1
    assert (queue.state(done), queue.state(held)) == ("done", "cancelled")
    nothing = queue.burro("cancel", "all")
    assert (nothing.code, nothing.out) == (0, "")
    assert "nothing to cancel" in nothing.err


def test_json_counts(shared):
    job = shared.submit("--hold", "-a", "0-4", "true")
    [row] = json.loads(shared.well("cancel", job, "--json"))["jobs"]
    assert (row["id"], row["changed"]) == (job, 5)
