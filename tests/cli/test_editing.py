"""`burro set`, `signal` and `retry`: what is in the queue is changed, signalled, asked for again."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.waiting import until


def _rows(world, *words):
    ended = world.burro(*words, "--json")
    return ended.code, json.loads(ended.out)["jobs"]


def _tasks(world, job):
    return {task["id"].partition(".")[2]: task for task in world.show(job)["tasks"]}


def test_what_waits_runs_with_what_was_set_last(shared):
    job = shared.submit("--hold", "-J", "first", "-o", "said.txt", "echo", "old")
    out = shared.well(
        "set", job, "-J", "second", "--priority", "5", "--mem", "100M", "--time", "2h", "--", "echo", "a b"
    )
    told = (
        "name first -> second; priority 0 -> 5; mem none -> 100M; time none -> 2:00:00; command echo old -> echo 'a b'"
    )
    assert out == f"{job}: {told}\n"
    shared.well("release", job)
    shared.well("wait", job)
    shown = shared.show(job)
    assert (shown["name"], shown["priority"], shown["command"]) == ("second", 5, "echo 'a b'")
    assert (shown["spec"]["mem"], shown["spec"]["time_limit"]) == (100 * 2**20, 7200)
    assert (shared.work / "said.txt").read_text() == "a b\n"


def test_the_answer_has_old_and_new_for_those_who_script_it(shared):
    job = shared.submit("--hold", "-a", "0-3", "true")
    code, [row] = _rows(shared, "set", job, "--cpus", "1", "--mem", "1G", "--array-limit", "2", "--retries", "3")
    assert (code, row["id"], row["tasks"], row["late"]) == (0, job, 4, [])
    assert row["changed"] == {"mem": [None, 2**30], "array_limit": [None, 2], "retries": [0, 3]}
    code, [row] = _rows(shared, "set", job, "--array-limit", "2")
    assert (code, row["changed"]) == (0, {})
    assert "already so" in row["text"]
    code, [row] = _rows(shared, "set", job, "--mem", "none", "--array-limit", "none", "--retries", "none")
    assert row["changed"] == {"mem": [2**30, None], "array_limit": [2, None], "retries": [3, 0]}


def test_what_is_final_stays_as_it_is(shared):
    job = shared.done("-o", "none", "true")
    before = shared.show(job)
    ended = shared.burro("set", job, "--priority", "5")
    assert (ended.code, ended.out) == (1, f"{job}: already done; nothing changed\n")
    assert shared.show(job) == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cpus", "0"], "--cpus must be at least 1"),
        (["--cpus", "9999"], "needs 9999 cpus and the pool local has"),
        (["--need", "licence=1"], "needs 1 licence and the pool local has none"),
        (["--mem", "x"], "is no size"),
        (["--pool", "elsewhere"], "there is no pool 'elsewhere'"),
        (["--begin", "soon"], "--begin takes 18:00"),
        (["--retry-on", "exit"], "say how often it shall be: --retries N"),
        (["-d", "99999"], "there is no job 99999"),
        (["--output", "x"], "there is no option '--output'"),
        ([], "nothing is to be set"),
        (["--command", "true", "--", "false"], "give exactly one of them"),
        (["--"], "there is no command behind --"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(shared, words, sentence):
    job = shared.submit("--hold", "true")
    before = shared.show(job)
    ended = shared.burro("set", job, "--priority", "7", *words) if words else shared.burro("set", job)
    assert ended.code in (2, 3)
    assert sentence in ended.err
    assert ended.err.count("\n") == 1
    assert shared.show(job) == before


def test_of_several_jobs_all_are_changed_or_none(shared):
    first, second = shared.submit("--hold", "true"), shared.submit("--hold", "-d", shared.done("true"), "true")
    assert (
        shared.burro("set", second, first, "-d", first).code == 2
    )  # the second may wait for the first, it not for itself
    assert shared.burro("set", first, second, "--priority", "2").out.count("priority 0 -> 2") == 2
    assert "0 -> 2" not in shared.well("set", first, second, "--priority", "3")


def test_what_runs_keeps_its_needs_and_what_waits_behind_it_gets_the_new_ones(queue):
    queue.well("up", "-c", "1")
    script = 'while ! test -e go; do sleep 0.02; done; echo "$BURRO_CPUS $BURRO_JOB_NAME"'
    job = queue.submit("-J", "one", "-a", "0-1", "-o", "%a.txt", "--shell", script)
    queue.runs(f"{job}.0")
    assert "for 1 of 2 tasks" in queue.well("set", job, "--command", "echo new $BURRO_JOB_NAME", "--pool", "local")
    queue.well("set", job, "-J", "two")
    queue.write("go", "")
    queue.well("wait", job)
    assert (queue.work / "0.txt").read_text() == "1 one\n"
    assert (queue.work / "1.txt").read_text() == "new two\n"


def test_what_has_begun_says_what_cannot_be_changed_any_more(shared):
    job = shared.submit("-o", "none", "sleep", "600")
    shared.runs(job)
    code, [row] = _rows(shared, "set", job, "--mem", "200M", "--priority", "4")
    assert (code, row["changed"], row["late"]) == (1, {"priority": [0, 4]}, ["mem"])
    assert "mem cannot be changed any more, it has begun" in row["text"]
    shared.well("cancel", job)


def test_the_time_of_what_runs_is_made_shorter_and_longer(shared):
    short = shared.submit("-o", "none", "--time", "10m", "sleep", "600")
    long = shared.submit("-o", "none", "--time", "3s", "sleep", "4")
    shared.runs(short)
    shared.runs(long)
    assert "time 10:00 -> 1s" in shared.well("set", short, "--time", "1s")
    shared.well("set", long, "--time", "none")
    assert shared.burro("wait", short).code == 1
    shared.well("wait", long)
    [attempt] = shared.show(short)["tasks"][0]["attempts"]
    assert attempt["outcome"] == "timeout"


def test_one_task_has_a_time_limit_of_its_own(shared):
    job = shared.submit("--hold", "-a", "0-2", "-o", "none", "sleep", "2")
    shared.well("set", f"{job}.1", "--time", "1s")
    shared.well("release", job)
    assert shared.burro("wait", job).code == 1
    assert {index: task["state"] for index, task in _tasks(shared, job).items()} == {
        "0": "done",
        "1": "failed",
        "2": "done",
    }
    assert _tasks(shared, job)["1"]["attempts"][0]["outcome"] == "timeout"
    held = shared.submit("--hold", "-a", "0-2", "true")
    ended = shared.burro("set", f"{held}.1", "--cpus", "2")
    assert ended.code == 2
    assert f"burro set {held}" in ended.err


def test_a_time_limit_that_is_changed_while_the_worker_is_away_reaches_it(queue):
    job = queue.submit("-o", "none", "--time", "10m", "sleep", "600")
    queue.runs(job)
    os.kill(queue.server(), signal.SIGKILL)
    queue.well("set", job, "--time", "2s")
    assert queue.burro("wait", job).code == 1
    assert queue.show(job)["tasks"][0]["attempts"][0]["outcome"] == "timeout"


def test_each_line_of_a_file_of_commands_can_be_another(shared):
    ids = shared.well("submit", "--hold", "--parsable", "-f", "-", stdin=b"echo a\necho b\n").split()
    job = ids[0].partition(".")[0]
    assert shared.well("set", ids[1], "--command", "echo c") == f"{ids[1]}: command echo b -> echo c\n"
    assert shared.burro("set", job, "--command", "echo d").code == 2
    shared.well("release", job)
    shared.well("wait", job)
    assert shared.well("logs", ids[0], ids[1]).split() == ["==>", ids[0], "<==", "a", "==>", ids[1], "<==", "c"]


def test_a_start_time_is_set_and_taken_away(shared):
    job = shared.submit("--hold", "-o", "none", "true")
    shared.well("set", job, "--begin", "+1h")
    shared.well("release", job)
    assert shared.state(job) == "waiting"
    assert "-> none" in shared.well("set", job, "--begin", "none")
    shared.well("wait", job)
    soon = shared.submit("-o", "none", "--begin", "+1h", "true")
    shared.well("set", soon, "--begin", "+1s")
    shared.well("wait", soon, "--timeout", "30")


def test_dependencies_are_set_and_taken_away_and_circles_refused(shared):
    first = shared.submit("--hold", "-o", "none", "true")
    second = shared.submit("-o", "none", "-d", f"afterok:{first}", "true")
    ended = shared.burro("set", first, "-d", second)
    assert (ended.code, "would wait for itself" in ended.err) == (2, True)
    shared.well("set", second, "-d", "none")
    shared.well("wait", second)
    assert shared.burro("set", second, "-d", first).code == 1
    failed = shared.ended("-o", "none", "false")
    ended = shared.well("set", first, "-d", f"afterok:{failed}")
    assert "skipped now" in ended
    assert shared.state(first) == "skipped"


def test_a_ready_job_that_gets_a_dependency_waits_for_it(queue):
    queue.well("up", "-c", "0")
    first, second = queue.submit("-o", "none", "true"), queue.submit("-o", "none", "true")
    queue.well("set", first, "-d", f"afterany:{second}")
    assert (queue.state(first), queue.state(second)) == ("waiting", "ready")
    queue.well("up", "-c", "1")
    queue.well("wait")
    ends = [queue.show(job)["tasks"][0]["attempts"][0] for job in (first, second)]
    assert ends[0]["started"] >= ends[1]["ended"]


def test_priority_set_late_still_goes_first(queue):
    queue.well("up", "-c", "0")
    jobs = [queue.submit("-o", "none", "true") for _ in range(3)]
    queue.well("set", jobs[2], "--priority", "1")
    queue.well("up", "-c", "1")
    queue.well("wait")
    started = [queue.show(job)["tasks"][0]["attempts"][0]["started"] for job in jobs]
    assert started[2] <= min(started)


def test_too_many_failures_by_a_limit_that_was_set_later_stop_the_rest(queue):
    queue.well("up", "-c", "1")
    lines = "false\nfalse\nsleep 600\ntrue\n"
    job = queue.submit("-f", "-", "-o", "none", stdin=lines.encode()).split()[0].partition(".")[0]
    queue.runs(f"{job}.2")
    queue.well("set", job, "--max-fails", "1")
    assert queue.burro("wait", job).code == 1
    assert [task["state"] for task in queue.show(job)["tasks"]] == ["failed", "failed", "cancelled", "cancelled"]


def test_files_named_after_the_job_keep_their_names_once_it_has_some(queue):
    queue.well("up", "-c", "1")
    script = "while ! test -e go; do sleep 0.02; done; echo $BURRO_TASK_ID"
    job = queue.submit("-J", "one", "-a", "0-1", "-o", "%x-%a.txt", "--shell", script)
    queue.runs(f"{job}.0")
    queue.well("set", job, "-J", "two")
    queue.write("go", "")
    queue.well("wait", job)
    assert queue.show(job)["name"] == "two"
    assert [queue.well("logs", f"{job}.{index}") for index in range(2)] == ["0\n", "1\n"]


def test_edits_survive_the_server_and_its_worker(queue):
    job = queue.submit("--hold", "-o", "said.txt", "echo", "old")
    queue.well("set", job, "--command", "echo new; sleep 0.1", "--time", "5m")
    os.kill(queue.server(), signal.SIGKILL)
    queue.well("release", job)
    queue.well("wait", job)
    assert (queue.work / "said.txt").read_text() == "new\n"
    assert queue.show(job)["spec"]["time_limit"] == 300


def test_a_signal_reaches_what_runs_and_nothing_else(shared):
    script = "trap 'touch got; exit 0' USR1; touch trapped; while :; do sleep 0.02 & wait $!; done"
    job = shared.submit("-o", "none", "--shell", script)
    until((shared.work / "trapped").exists, within=30)
    shared.runs(job)
    assert shared.well("signal", job, "usr1") == f"{job}: USR1 sent\n"
    shared.burro("wait", job)
    until((shared.work / "got").exists, within=30)
    ended = shared.burro("signal", job, "10")
    assert (ended.code, "nothing sent" in ended.out) == (1, True)
    held = shared.submit("--hold", "true")
    code, [row] = _rows(shared, "signal", held, "SIGTERM")
    assert (code, row["asked"], row["other"]) == (1, 0, 1)
    for word in ("NOPE", "0", "999"):
        ended = shared.burro("signal", held, word)
        assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert shared.burro("signal", "99999", "USR1").code == 3


def test_retry_runs_again_just_what_failed_and_keeps_its_history(shared):
    lines = b"true\ntest -e fixed\ntest -e fixed\n"
    job = shared.submit("-f", "-", "-o", "none", stdin=lines).split()[0].partition(".")[0]
    shared.burro("wait", job)
    assert shared.burro("retry", "--cancelled", job).code == 1
    shared.write("fixed", "")
    code, [row] = _rows(shared, "retry", "--failed", job)
    assert (code, row["changed"], row["final"]) == (0, 2, 1)
    shared.well("wait", job)
    assert [len(task["attempts"]) for task in shared.show(job)["tasks"]] == [1, 2, 2]
    ended = shared.burro("retry", job)
    assert (ended.code, ended.out) == (1, f"{job}: already done; nothing changed\n")
    assert shared.burro("retry", "99999").code == 3


def test_retry_takes_what_was_skipped_along_where_asked(shared):
    parent = shared.submit("-o", "none", "test", "-e", "there")
    child = shared.submit("-o", "none", "-d", parent, "true")
    shared.burro("wait", parent, child)
    assert shared.state(child) == "skipped"
    shared.write("there", "")
    assert shared.well("retry", "--children", parent).splitlines() == [
        f"{parent}: to be tried again",
        f"{child}: to be tried again",
    ]
    shared.well("wait", parent, child)


def test_all_means_whatever_can_be_changed(queue):
    done, held = queue.done("-o", "none", "true"), queue.submit("--hold", "true")
    assert queue.well("set", "all", "--priority", "3") == f"{held}: priority 0 -> 3\n"
    assert queue.show(done)["priority"] == 0
    nothing = queue.burro("signal", "all", "USR1")
    assert (nothing.code, nothing.out, nothing.err) == (1, "", "burro: nothing runs, so nothing was sent\n")
    queue.well("cancel", held)
    assert queue.burro("set", "all", "--priority", "1").out == ""


def test_hold_and_release_of_what_waits(shared):
    parent = shared.submit("--hold", "-o", "none", "true")
    child = shared.submit("-o", "none", "-d", parent, "true")
    assert shared.well("hold", child) == f"{child}: held\n"
    shared.well("release", parent)
    shared.well("wait", parent)
    assert shared.state(child) == "held"
    assert shared.well("release", child) == f"{child}: released\n"
    shared.well("wait", child)
    later = shared.submit("-o", "none", "--begin", "+1h", "true")
    assert shared.well("hold", later) == f"{later}: held\n"
    assert shared.well("release", later) == f"{later}: released\n"
    assert shared.state(later) == "waiting"


def test_values_that_look_like_secrets_are_not_told(shared):
    job = shared.submit("--hold", "-o", "secret.txt", "true")
    ended = shared.burro("set", job, "--command", "echo --password=hunter2", "--json")
    assert "hunter2" not in ended.out
    shared.well("release", job)
    shared.well("wait", job)
    assert (shared.work / "secret.txt").read_text() == "--password=hunter2\n"
