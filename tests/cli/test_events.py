"""`burro events` and `burro history`: what has happened, and what it took."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.waiting import until


def _events(world, *words):
    return [json.loads(line) for line in world.well("events", "--json", *words).splitlines()]


def test_events_tell_a_job_from_its_submission_to_its_end(shared):
    job = shared.ended("-a", "0-1", "-o", "none", "false")
    told = [(event["job"], event["what"], event["detail"]) for event in _events(shared, job)]
    assert told == [(int(job), "submitted", "2 tasks"), (int(job), "ended", "2 not done")]
    line = shared.well("events", job).splitlines()[1]
    assert line.endswith(f"{job}  ended: 2 not done")
    assert len(_events(shared, "-n", "1")) == 1
    assert _events(shared, "--since", "2999-01-01") == []
    everything = _events(shared, "--all")
    assert [event["seq"] for event in everything] == sorted(event["seq"] for event in everything)
    assert everything[0]["what"] == "server up"


def test_the_detail_of_an_event_names_its_task_as_people_do_and_says_how_it_ended(queue):
    single = queue.submit("-o", "none", "sleep", "600")
    several = queue.submit("-a", "0,2-3", "-o", "none", "sleep", "600")
    lone = queue.submit("-a", "5", "--hold", "-o", "none", "true")
    for task in (single, f"{several}.0"):
        queue.runs(task)
    queue.well("signal", f"{several}.0", "KILL")
    queue.burro("wait", f"{several}.0")
    queue.well("set", f"{several}.3", "-t", "5")
    queue.well("cancel", f"{several}.2-3", lone)
    queue.well("cancel", single)
    queue.burro("wait")
    told = {(event["what"], event["detail"]) for event in _events(queue, "--all") if event["job"]}
    assert {
        ("submitted", "1 task"),
        ("signalled", f"{several}.0: KILL to 1 running task"),
        ("signalled", f"{several}.0: by signal 9"),
        ("edited", f"{several}.3: time none -> 5:00"),
        ("cancelled", "1 task"),
        ("cancelled", "1 running asked to end"),
        ("cancelled", f"{single}: by signal 15"),
    } <= told


def test_events_are_followed_also_past_the_death_of_the_server(queue, tmp_path):
    queue.well("up")
    told = tmp_path / "told"
    with told.open("wb") as file:
        follower = queue.start("events", "-f", "--json", stdout=file)
    until(lambda: b"server up" in told.read_bytes(), within=30)
    first = queue.done("-o", "none", "true")
    until(lambda: b'"ended"' in told.read_bytes(), within=30)
    os.kill(queue.server(), signal.SIGKILL)
    second = queue.done("-o", "none", "true")
    wanted = [(int(job), what) for job in (first, second) for what in ("submitted", "ended")]
    until(lambda: _of_jobs(told) == wanted, within=30)
    follower.send_signal(signal.SIGINT)
    assert follower.wait(10) == 0


def _of_jobs(path):
    events = [json.loads(line) for line in path.read_bytes().splitlines() if line.endswith(b"}")]
    return [(event["job"], event["what"]) for event in events if event["job"] is not None]


def test_a_follower_of_one_job_hears_of_that_job_only(queue, tmp_path):
    job = queue.submit("--hold", "-o", "none", "true")
    told = tmp_path / "told"
    with told.open("wb") as file:
        queue.start("events", "-f", job, stdout=file)
    until(lambda: b"submitted" in told.read_bytes(), within=30)
    queue.done("-o", "none", "true")
    queue.well("release", job)
    until(lambda: b"ended" in told.read_bytes(), within=30)
    assert {line.split()[2] for line in told.read_text().splitlines()} == {job}


def _attempts(world, *words):
    return json.loads(world.well("history", "--json", *words))["attempts"]


def test_history_has_a_line_for_each_attempt_with_what_it_used(shared):
    code = "import time; a = bytearray(30 << 20); e = time.time() + 0.4\nwhile time.time() < e: pass"
    job = shared.done("-J", "eater", "-m", "200", "-o", "none", "python3", "-c", code)
    [row] = _attempts(shared, job)
    assert (row["id"], row["name"], row["state"], row["outcome"], row["exit_code"]) == (
        job,
        "eater",
        "done",
        "exited",
        0,
    )
    assert row["mem"] == 200 << 20
    assert 15 < row["mem_percent"] < 60
    assert row["mem_percent"] == pytest.approx(100 * row["max_rss"] / row["mem"])
    assert 0 < row["cpu_percent"] <= 120
    assert row["elapsed"] > 0.4
    assert row["submitted"] <= row["started"] <= row["ended"]
    head, line = shared.well("history", job).splitlines()
    assert head.split()[:5] == ["ID", "NAME", "HOST", "STATE", "OUTCOME"]
    assert "200M" in line


def test_history_keeps_what_was_tried_again(queue):
    job = queue.ended("--retries", "1", "--retry-delay", "1s", "-o", "none", "false")
    assert [(row["number"], row["outcome"], row["state"]) for row in _attempts(queue, job)] == [
        (1, "exited", "failed"),
        (2, "exited", "failed"),
    ]


def test_history_shows_what_was_tried_however_much_waits(queue):
    tried = [queue.done("-o", "none", "true") for _ in range(3)]
    queue.submit("-a", "0-149", "--hold", "true")
    assert [row["id"] for row in json.loads(queue.well("history", "--json"))["attempts"]] == tried
    assert [row["id"] for row in json.loads(queue.well("history", "-n", "2", "--json"))["attempts"]] == tried[1:]


def test_history_is_chosen_from(shared):
    good = shared.done("-J", "pick-1", "-a", "0-2", "-o", "none", "true")
    late = shared.ended("-J", "pick-2", "-o", "none", "-t", "1s", "sleep", "60")
    never = shared.submit("-J", "pick-3", "--hold", "true")
    shared.well("cancel", never)
    ids = [row["id"] for row in _attempts(shared, "--name", "pick-*")]
    assert ids == [f"{good}.0", f"{good}.1", f"{good}.2", late, never]
    assert [row["id"] for row in _attempts(shared, f"{good}.1-2", late)] == [f"{good}.1", f"{good}.2", late]
    assert [row["id"] for row in _attempts(shared, "--name", "pick-*", "--state", "timeout")] == [late]
    assert [row["id"] for row in _attempts(shared, "--name", "pick-*", "--state", "cancelled")] == [never]
    assert _attempts(shared, never)[0]["number"] is None
    assert [row["id"] for row in _attempts(shared, "-n", "2")] == [late, never]
    tsv = shared.well("history", "--tsv", "--columns", "id,state", "--sort", "-id", good).splitlines()
    assert tsv == ["id\tstate", f"{good}.2\tdone", f"{good}.1\tdone", f"{good}.0\tdone"]


def test_a_history_of_several_pages_is_whole(queue):
    job = queue.submit("-a", "0-1199", "--hold", "true")
    queue.well("cancel", job)
    other = queue.ended("-o", "none", "false")
    ids = [row["id"] for row in _attempts(queue, "--all")]
    assert ids == [*(f"{job}.{index}" for index in range(1200)), other]
    assert [row["id"] for row in _attempts(queue, job)] == ids[:-1]
    assert [row["id"] for row in _attempts(queue, f"{job}.600-1150")] == ids[600:1151]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["history", "999"], 3, "there is no job 999"),
        (["history", "--state", "bad"], 2, "there is no state 'bad'"),
        (["history", "-n", "0"], 2, "a number from 1"),
        (["events", "999"], 3, "there is no job 999"),
        (["events", "-f", "999"], 3, "there is no job 999"),
        (["events", "--since", "soon"], 2, "--since takes"),
        (["events", "-n", "-1"], 2, "a number from 0"),
    ],
)
def test_trouble_is_one_sentence(shared, words, code, said):
    ended = shared.burro(*words)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1
