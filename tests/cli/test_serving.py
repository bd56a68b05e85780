"""`burro up`, `down`, `doctor`, `completion`, `--help`, `--version`."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from burro.cli.verbs import VERBS
from tests.waiting import until


def test_up_returns_when_server_and_worker_answer_also_the_second_time(queue):
    first = queue.well("up")
    assert len(json.loads(queue.well("workers", "--json"))["workers"]) == 1
    server = queue.server()
    assert queue.well("up") == first
    assert queue.server() == server


def test_cpus_change_live(queue):
    queue.well("up", "-c", "1")
    queue.runs(queue.submit("-o", "none", "sleep", "600"))
    second = queue.submit("-o", "none", "sleep", "600")
    assert queue.state(second) == "ready"
    assert "1 before" in queue.well("up", "-c", "2")
    queue.runs(second)
    assert json.loads(queue.well("up", "-c", "0", "--json"))["cpus"] == 0


def test_up_stays_in_the_foreground_if_asked(queue):
    server = queue.start("up", "--foreground")
    until((queue.queue / "server.json").exists, within=20)
    assert queue.done("-o", "none", "true") == "1"
    assert queue.server() in (server.pid, *_children(server.pid))
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=30)


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def test_down_refuses_while_tasks_run(queue):
    job = queue.submit("-o", "none", "sleep", "600")
    queue.runs(job)
    ended = queue.burro("down")
    assert ended.code == 1
    assert "--now" in ended.err
    assert queue.state(job) == "running"


def test_down_now_stops_running_tasks_and_returns_when_all_is_gone(queue):
    job = queue.submit("-o", "none", "sleep", "600")
    queue.runs(job)
    assert "1 running task" in queue.well("down", "--now")
    assert not (queue.queue / "server.json").exists()
    until(lambda: not queue.processes(), within=10)


def test_down_drain_waits_for_running_tasks(queue):
    queue.well("up", "-c", "1")
    first = queue.submit("-o", "drained", "--shell", "until [ -e go ]; do sleep 0.02; done; echo whole")
    queue.runs(first)
    second = queue.submit("-o", "none", "true")
    draining = queue.start("down", "--drain")
    until(lambda: "being stopped" in queue.well("status", second), within=10)
    queue.write("go", "")
    assert draining.wait(30) == 0
    assert (queue.work / "drained").read_text() == "whole\n"
    assert queue.state(first) == "done"
    assert "burro up" in queue.well("status", second)
    queue.well("up")
    assert queue.burro("wait", second).code == 0


def test_up_calls_off_a_drain_that_somebody_waits_for(queue):
    queue.well("up", "-c", "1")
    first = queue.submit("-o", "none", "--shell", "until [ -e go ]; do sleep 0.02; done")
    queue.runs(first)
    draining = queue.start("down", "--drain")
    until(lambda: "being stopped" in queue.well("status", queue.submit("-o", "none", "true")), within=10)
    queue.well("up")
    assert draining.wait(30) == 1
    assert b"somebody said up" in draining.stderr.read()
    before = queue.server()
    queue.write("go", "")
    assert queue.burro("wait", "all").code == 0
    queue.well("status")
    assert queue.server() == before


@pytest.mark.parametrize(
    "words", [["down"], ["doctor"], ["--help"], ["status", "--help"], ["completion", "bash"], ["-V"]]
)
def test_these_never_start_a_server(queue, words):
    assert queue.burro(*words).code == 0
    assert not queue.queue.exists()
    assert not queue.processes()


def test_doctor_tells_what_it_sees(queue):
    queue.done("-o", "none", "true")
    ended = queue.burro("doctor")
    assert ended.code == 0, ended
    for text in (str(queue.queue), "mode 0700", "file system", "answers; pid", "server.log"):
        assert text in ended.out, ended
    answer = json.loads(queue.well("doctor", "--json"))
    assert all(set(check) == {"name", "ok", "text"} for check in answer["checks"])


def test_doctor_finds_a_server_that_died(queue):
    queue.well("up")
    pids = set(queue.processes())
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not queue.processes(), within=10)
    ended = queue.burro("doctor")
    assert ended.code == 1
    assert "does not answer" in ended.out


def test_doctor_finds_a_queue_that_is_open_to_others(queue):
    queue.queue.mkdir()
    queue.queue.chmod(0o777)
    ended = queue.burro("doctor")
    assert ended.code == 1
    assert "chmod" in ended.out


def test_a_server_that_cannot_start_says_where_to_look(queue):
    queue.queue.mkdir(mode=0o700)
    (queue.queue / "burro.db").mkdir()
    (queue.queue / "queue.db").mkdir()
    (queue.queue / "store.db").mkdir()
    ended = queue.burro("status")
    assert "Traceback" not in ended.err
    assert ended.code in (0, 4)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_examples(shared, verb):
    out = shared.well(verb, "--help")
    assert out.startswith(f"usage: burro {verb} ")
    examples = out.partition("examples:\n")[2].splitlines()
    assert 2 <= len(examples) <= 4
    assert all(line.startswith("  burro ") for line in examples)
    assert shared.well("help", verb) == out


def test_help_lists_every_verb(shared):
    out = shared.well("--help")
    assert all(f"  {verb} " in out for verb in VERBS)
    assert shared.well() == out


@pytest.mark.parametrize(("shell", "check"), [("bash", ["bash", "-n"]), ("zsh", None), ("fish", None), ("tcsh", None)])
def test_completion_is_a_script_of_that_shell(shared, shell, check):
    script = shared.well("completion", shell)
    assert "no-requeue" in script
    if check:
        subprocess.run(check, input=script, text=True, check=True)


def test_bash_completes_verbs_and_options(shared):
    script = shared.well("completion", "bash")
    probe = script + '\nCOMP_WORDS=(burro submit --no); COMP_CWORD=2; _shtab_burro; echo "${COMPREPLY[@]}"\n'
    done = subprocess.run(["bash"], input=probe, capture_output=True, text=True, check=True)
    assert done.stdout == "--no-requeue\n"


def test_down_after_the_server_was_killed_ends_what_its_worker_brings_back(queue):
    queue.well("up")
    os.kill(queue.server(), signal.SIGKILL)
    assert queue.well("down", "--now") == "the server is down\n"
    until(lambda: not queue.processes(), within=10)
    assert not (queue.queue / "server.json").exists()


def test_down_without_server_and_worker_starts_none(queue):
    queue.well("up")
    queue.well("down")
    assert "no server runs" in queue.well("down")
    assert queue.processes() == {}
