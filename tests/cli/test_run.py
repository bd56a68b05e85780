"""`burro run`: as if the command ran here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.waiting import until


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exit 0", 0),
        ("exit 7", 7),
        ("exit 255", 255),
        ("kill -TERM $$", 128 + signal.SIGTERM),
        ("kill -KILL $$", 128 + signal.SIGKILL),
    ],
)
def test_it_exits_as_the_task_does(shared, script, code):
    assert shared.burro("run", "sh", "-c", script).code == code


def test_a_command_that_is_not_there_gives_127(shared):
    ended = shared.burro("run", "no-such-command-here")
    assert ended.code == 127
    assert "no-such-command-here" in ended.err


def test_the_two_outputs_stay_apart_and_nothing_is_left_in_the_directory(shared):
    before = sorted(shared.work.iterdir())
    ended = shared.burro("run", "--shell", "echo out; echo err >&2")
    assert (ended.code, ended.out, ended.err) == (0, "out\n", "err\n")
    assert sorted(shared.work.iterdir()) == before


def test_every_byte_passes(shared):
    code = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 5000)"
    assert shared.burro("run", sys.executable, "-c", code).raw == bytes(range(256)) * 5000


def test_output_comes_while_the_task_runs(shared):
    go = shared.work / "go"
    client = shared.start("run", "--shell", f"echo first; until test -e '{go}'; do sleep 0.02; done; echo second")
    assert client.stdout.readline() == b"first\n"
    go.write_text("")
    out, _ = client.communicate(timeout=30)
    assert (out, client.returncode) == (b"second\n", 0)


def test_output_goes_to_a_file_too_if_asked(shared):
    assert shared.well("run", "-o", "kept.txt", "echo", "both") == "both\n"
    assert (shared.work / "kept.txt").read_text() == "both\n"


def test_the_lines_of_an_array_come_whole(shared):
    ended = shared.burro("run", "-a", "0-5", "--shell", "printf 'task %s ' $BURRO_TASK_ID; echo line; printf tail")
    assert ended.code == 0
    expected = [line for index in range(6) for line in (f"task {index} line", "tail")]
    assert sorted(ended.out.splitlines()) == sorted(expected)


def test_one_failed_task_of_an_array_gives_1(shared):
    ended = shared.burro("run", "-a", "0-3", "--shell", "test $BURRO_TASK_ID != 2")
    assert ended.code == 1
    assert "1 of 4 tasks did not succeed" in ended.err


def test_a_time_limit_is_told(shared):
    ended = shared.burro("run", "-t", "1s", "sleep", "60")
    assert ended.code != 0
    assert "time" in ended.err


def test_ctrl_c_cancels_and_waits_for_the_end(queue):
    client = queue.start("run", "sleep", "600")
    until(lambda: queue.burro("status", "--json").out.find('"running": 1') > 0, within=30)
    client.send_signal(signal.SIGINT)
    _, err = client.communicate(timeout=30)
    assert client.returncode == 130
    assert b"cancelling job 1" in err
    assert queue.state("1") == "cancelled"


def test_a_second_ctrl_c_leaves_at_once(queue):
    queue.well("up", "-c", "1")
    client = queue.start("run", "--shell", "trap '' TERM; echo on; while :; do sleep 0.1; done")
    assert client.stdout.readline() == b"on\n"
    client.send_signal(signal.SIGINT)
    assert b"cancelling" in client.stderr.readline()
    client.send_signal(signal.SIGINT)
    client.communicate(timeout=5)
    assert client.returncode == 130


def test_a_closed_pipe_cancels_the_job(queue):
    command = 'burro run yes | head -n 1; test "${PIPESTATUS[0]}" = 141'
    done = subprocess.run(
        ["bash", "-c", command], env=queue.env, cwd=queue.work, capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"y\n", b"")
    until(lambda: queue.state("1") == "cancelled", within=30)


def test_json_tells_how_it_ended(shared):
    answer = json.loads(shared.burro("run", "--json", "sh", "-c", "echo silent; exit 3").out)
    assert [(task["state"], task["exit_code"]) for task in answer["tasks"]] == [("failed", 3)]


def test_it_goes_on_when_the_server_is_killed(queue):
    go = queue.work / "go"
    client = queue.start(
        "run", "--shell", f"echo first; until test -e '{go}'; do sleep 0.02; done; echo second; exit 4"
    )
    assert client.stdout.readline() == b"first\n"
    os.kill(queue.server(), signal.SIGKILL)
    go.write_text("")
    out, _ = client.communicate(timeout=60)
    assert (out, client.returncode) == (b"second\n", 4)


@pytest.mark.parametrize("runs", [False, True])
def test_kept_output_is_nobody_elses_also_in_a_directory_that_is_open(queue, runs):
    queue.queue.mkdir(mode=0o755)
    if runs:
        (queue.queue / "runs").mkdir(mode=0o755)
    assert queue.well("run", "echo", "secret") == "secret\n"
    queue.well("run", "-a", "0-1", "echo", "secret")
    assert queue.queue.stat().st_mode & 0o777 == 0o755
    open_to_others = [path.name for path in queue.queue.iterdir() if path.stat().st_mode & 0o077]
    assert open_to_others == []
