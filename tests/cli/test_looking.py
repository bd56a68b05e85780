"""`burro status`, `show` and `workers`: what they print, and the contract of what they print with --json."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime

JOB = {
    "id", "name", "state", "tasks", "command", "pool", "submitted", "reason",
    "priority", "cpus", "started", "ended", "elapsed", "user",
}  # fmt: skip
WORKER = {
    "name", "pool", "host", "pid", "state", "cpus", "cpus_free", "mem", "mem_free", "running", "claimed", "since",
}  # fmt: skip
TASK = {"id", "state", "reason", "command", "attempts"}
ATTEMPT = {
    "number", "outcome", "exit_code", "signal", "host", "pool", "worker", "started", "ended",
    "max_rss", "cpu_time", "stdout", "stderr", "reason",
}  # fmt: skip


def test_an_empty_queue_says_so(queue):
    assert queue.well("status").startswith("the queue is empty; put something in with: burro submit\n")
    assert json.loads(queue.well("status", "--json"))["jobs"] == []


def test_status_is_a_table_with_room_in_its_last_line(queue):
    queue.well("up", "-c", "1")
    job = queue.submit("-J", "long", "sleep", "600")
    queue.runs(job)
    queue.submit("-J", "x" * 150, "echo", "y" * 300)
    lines = queue.well("status").splitlines()
    assert lines[0].split() == ["ID", "NAME", "STATE", "TASKS", "TIME", "POOL", "COMMAND", "REASON"]
    assert any("x" * 150 in line and "y" * 300 in line for line in lines)
    assert lines[-1] == "1 worker: 1 running, 0 of 1 cpus free"
    widths = {line.find("running") for line in lines if "running" in line and "worker" not in line}
    assert widths == {lines[0].find("STATE")}


def test_status_in_json_keeps_its_contract(shared):
    job = shared.done("-a", "0-1", "-J", "two", "-o", "none", "true")
    answer = json.loads(shared.well("status", "--json", job))
    assert set(answer) == {"jobs", "workers"}
    [row] = answer["jobs"]
    assert set(row) >= JOB
    assert (str(row["id"]), row["name"], row["state"], row["tasks"]) == (job, "two", "done", {"done": 2})
    assert (row["command"], row["user"]) == ("true", "ann")
    assert datetime.fromisoformat(row["submitted"]).tzinfo is not None
    assert datetime.fromisoformat(row["started"]) <= datetime.fromisoformat(row["ended"])


def test_show_in_json_keeps_its_contract(shared):
    job = shared.ended("-o", "shown.txt", "sh", "-c", "exit 3")
    shown = shared.show(job)
    assert set(shown) >= JOB | {"tasks", "spec"}
    [task] = shown["tasks"]
    assert set(task) >= TASK
    [attempt] = task["attempts"]
    assert set(attempt) >= ATTEMPT
    assert (task["id"], task["state"]) == (job, "failed")
    assert (attempt["number"], attempt["outcome"], attempt["exit_code"], attempt["signal"]) == (1, "exited", 3, None)
    assert attempt["stdout"] == str(shared.work / "shown.txt")
    assert attempt["max_rss"] > 0
    assert attempt["cpu_time"] >= 0


def test_a_single_task_is_shown_by_itself(shared):
    job = shared.done("-a", "3-4", "-o", "none", "true")
    task = shared.show(f"{job}.3")
    assert set(task) >= TASK
    assert (task["id"], task["state"]) == (f"{job}.3", "done")
    both = json.loads(shared.well("show", f"{job}.3-4", "--json"))
    assert [task["id"] for task in both["tasks"]] == [f"{job}.3", f"{job}.4"]


def test_show_gives_all_tasks_unless_limited(shared):
    job = shared.done("-a", "0-29", "-o", "none", "true")
    assert len(shared.show(job)["tasks"]) == 30
    assert len(json.loads(shared.well("show", job, "--json", "--limit", "4"))["tasks"]) == 4
    assert "10 more tasks" in shared.well("show", job)


def test_a_job_of_many_tasks_is_shown_whole_also_with_gaps(queue):
    job = queue.submit("--hold", "-a", "0-12000:2,900000,8000000", "true")
    ids = [task["id"] for task in queue.show(job)["tasks"]]
    assert ids == [f"{job}.{index}" for index in (*range(0, 12001, 2), 900000, 8000000)]
    for limit in (10, 5000, 5001, 6002):
        assert len(json.loads(queue.well("show", job, "--json", "--limit", str(limit)))["tasks"]) == limit
    both = json.loads(queue.well("show", job, queue.submit("--hold", "true"), "--json"))
    assert [len(row["tasks"]) for row in both["jobs"]] == [6003, 1]
    queue.well("cancel", "all")


def test_show_is_readable(shared):
    job = shared.ended("-J", "pretty", "-m", "100", "-t", "2h", "sh", "-c", "exit 3")
    out = shared.well("show", job)
    for text in (f"job {job}  pretty  failed", "sh -c 'exit 3'", "exited 3", str(shared.work), "2:00:00", "100M"):
        assert text in out, out


def test_the_environment_is_never_shown(shared):
    job = shared.done("-o", "none", "true", SECRET="hush-hush")
    for words in (["show", job], ["show", job, "--json"], ["status", "--json"]):
        assert "hush-hush" not in shared.well(*words)


def test_jobs_are_chosen_by_id_name_range_and_state(shared):
    good = shared.done("-J", "chosen", "-o", "none", "true")
    bad = shared.ended("-J", "chosen", "-o", "none", "false")
    assert _ids(shared, "chosen") == {good, bad}
    assert _ids(shared, f"{good}-{bad}") == {good, bad}
    assert _ids(shared, "last") == {bad}
    assert bad in _ids(shared, "--state", "failed")
    assert good not in _ids(shared, "--state", "failed")
    assert {good, bad} <= _ids(shared, "--all")


def _ids(world, *words):
    return {str(job["id"]) for job in json.loads(world.well("status", "--json", *words))["jobs"]}


def test_a_waiting_job_says_why(queue):
    queue.well("up", "-c", "1")
    queue.runs(queue.submit("sleep", "600"))
    job = queue.submit("true")
    [row] = json.loads(queue.well("status", job, "--json"))["jobs"]
    assert row["reason"]
    assert row["reason"] in queue.well("status", job)


def test_workers_are_listed(shared):
    shared.done("-o", "none", "true")
    [worker] = json.loads(shared.well("workers", "--json"))["workers"]
    assert set(worker) >= WORKER
    assert worker["pool"] == "local"
    assert shared.well("workers").splitlines()[0].split()[:3] == ["NAME", "POOL", "HOST"]


def test_a_reader_that_leaves_ends_the_writer_quietly(shared):
    shared.done("-a", "0-99", "-o", "none", "true")
    for words in ("status --all", "show last --limit 100", "show last --json"):
        command = f'for n in 1 2 3; do burro {words} | true; echo "${{PIPESTATUS[0]}}"; done'
        done = subprocess.run(["bash", "-c", command], env=shared.env, capture_output=True, check=True)
        assert done.stderr == b""
        assert set(done.stdout.split()) <= {b"0", b"141"}
