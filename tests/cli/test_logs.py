"""`burro logs`: what tasks wrote, byte for byte."""

from __future__ import annotations

import json
import os
import signal
import sys

from tests.waiting import until


def test_the_output_of_a_task_is_printed_as_it_is(shared):
    code = "import sys; sys.stdout.buffer.write(bytes(range(256)) + b'no newline')"
    job = shared.done(sys.executable, "-c", code)
    assert shared.burro("logs", job).raw == bytes(range(256)) + b"no newline"
    assert shared.burro("logs", "last").raw == bytes(range(256)) + b"no newline"


def test_standard_error_is_apart_if_it_was_asked_to_be(shared):
    job = shared.done("-e", "%j.err", "--shell", "echo out; echo err >&2")
    assert shared.well("logs", job) == "out\n"
    assert shared.well("logs", job, "--err") == "err\n"
    joined = shared.done("--shell", "echo out; echo err >&2")
    assert shared.well("logs", joined) == "out\nerr\n"
    assert "joins standard output" in shared.burro("logs", joined, "--err").err


def test_several_tasks_come_under_a_head_each(shared):
    job = shared.done("-a", "0-2", "--shell", "echo $BURRO_TASK_ID")
    assert shared.well("logs", job) == f"==> {job}.0 <==\n0\n\n==> {job}.1 <==\n1\n\n==> {job}.2 <==\n2\n"
    assert shared.well("logs", f"{job}.1") == "1\n"


def test_only_the_last_lines_if_asked(shared):
    job = shared.done("seq", "1000")
    assert shared.well("logs", job, "--lines", "2") == "999\n1000\n"
    assert shared.well("logs", "-n", "0", job) == ""


def test_a_task_that_has_not_started_has_no_output_yet(shared):
    job = shared.submit("--hold", "true")
    ended = shared.burro("logs", job)
    assert (ended.code, ended.out) == (0, "")
    assert "has not started" in ended.err
    shared.well("cancel", job)


def test_a_task_without_a_file_says_so(shared):
    job = shared.done("-o", "none", "echo", "lost")
    ended = shared.burro("logs", job)
    assert ended.out == ""
    assert "no file" in ended.err


def test_a_file_that_is_gone_is_told(shared):
    job = shared.done("-o", "away.txt", "echo", "x")
    (shared.work / "away.txt").unlink()
    ended = shared.burro("logs", job)
    assert ended.code == 1
    assert "away.txt" in ended.err


def test_it_follows_until_the_task_has_ended(shared):
    go = shared.work / "go-logs"
    job = shared.submit("--shell", f"echo first; until test -e '{go}'; do sleep 0.02; done; echo second")
    client = shared.start("logs", "-f", job)
    assert client.stdout.readline() == b"first\n"
    go.write_text("")
    out, err = client.communicate(timeout=30)
    assert (out, err, client.returncode) == (b"second\n", b"", 0)


def test_it_follows_a_task_that_has_not_started(shared):
    job = shared.submit("--hold", "echo", "late")
    client = shared.start("logs", "-f", job)
    shared.well("release", job)
    out, _ = client.communicate(timeout=30)
    assert (out, client.returncode) == (b"late\n", 0)


def test_an_attempt_that_never_was_is_an_error(shared):
    job = shared.done("echo", "it")
    for words in (["--attempt", "9"], ["--attempt", "9", "--json"]):
        ended = shared.burro("logs", job, *words)
        assert (ended.code, ended.err) == (3, f"burro: there is no attempt 9 of {job}; see: burro show {job}\n")
    assert shared.burro("logs", job, "--attempt", "0").code == 2


def test_of_several_tasks_those_without_the_attempt_are_named(shared):
    line = "echo $BURRO_ATTEMPT; test $BURRO_TASK_ID$BURRO_ATTEMPT != 11"
    job = shared.done("-a", "0-1", "--retries", "1", "--shell", line)
    ended = shared.burro("logs", job, "--attempt", "2")
    assert (ended.code, ended.out) == (1, f"==> {job}.1 <==\n2\n")
    assert ended.err == f"burro: {job}.0 (done) has no attempt 2\n"
    assert "any of these 2 tasks" in shared.burro("logs", job, "--attempt", "3").err


def test_it_follows_what_has_ended_to_its_end(shared):
    job = shared.done("seq", "5")
    assert shared.well("logs", "-f", job) == "1\n2\n3\n4\n5\n"
    assert shared.well("logs", "-f", "-n", "1", job) == "5\n"


def test_ctrl_c_ends_following_quietly(shared):
    job = shared.submit("--shell", "echo on; exec sleep 600")
    client = shared.start("logs", "-f", job)
    assert client.stdout.readline() == b"on\n"
    client.send_signal(signal.SIGINT)
    _, err = client.communicate(timeout=10)
    assert (client.returncode, err) == (130, b"")
    assert shared.state(job) == "running"
    shared.well("cancel", job)


def test_it_goes_on_when_the_server_is_killed(queue):
    go = queue.work / "go"
    job = queue.submit("--shell", f"echo first; until test -e '{go}'; do sleep 0.02; done; echo second")
    client = queue.start("logs", "-f", job)
    assert client.stdout.readline() == b"first\n"
    os.kill(queue.server(), signal.SIGKILL)
    go.write_text("")
    out, _ = client.communicate(timeout=60)
    assert (out, client.returncode) == (b"second\n", 0)


def test_json_names_the_files(shared):
    job = shared.done("-o", "named.txt", "true")
    [task] = json.loads(shared.well("logs", job, "--json"))["tasks"]
    assert (task["id"], task["attempt"], task["stdout"]) == (job, 1, str(shared.work / "named.txt"))


def test_the_output_of_a_thousand_tasks_is_not_poured_out(queue):
    job = queue.submit("--hold", "-a", "0-999", "true")
    ended = queue.burro("logs", job)
    assert ended.code == 2
    assert "1000 tasks" in ended.err
    until(lambda: queue.burro("cancel", job).code == 0, within=10)
