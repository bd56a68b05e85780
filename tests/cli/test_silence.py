"""A server that hangs: what is due at once is given up with a sentence, what lasts by nature goes on.

A server hangs here because it was stopped by a signal: it takes connections, and hears nothing.
"""

from __future__ import annotations

import json
import os
import signal
import socket

import pytest

import burro
from burro.base.errors import Silent
from tests.waiting import until

BRIEF = "1.2"  # seconds of patience: enough for the note, which comes after a sixth


class Stopped:
    """A server that hangs, until it goes on."""

    def __init__(self, world):
        self.pid = world.server()
        self.stop()

    def stop(self):
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)


@pytest.fixture
def stopped(queue):
    """A server that hangs."""
    queue.well("up")
    server = Stopped(queue)
    yield server
    server.go_on()


DUE = (
    ("status",),
    ("show", "1", "--json"),
    ("events",),
    ("history",),
    ("workers",),
    ("pools",),
    ("logs", "1"),
    ("cancel", "1"),
    ("hold", "all"),
    ("set", "1", "--priority", "3"),
    ("wait",),
    ("up",),
    ("down", "--now"),
    ("clean",),
    ("pool", "pause", "local"),
)


def test_what_is_due_at_once_is_given_up_with_the_next_step(stopped, queue):
    clients = [queue.start(*words, env={**queue.env, "BURRO_PATIENCE": BRIEF}) for words in DUE]
    for words, client in zip(DUE, clients, strict=True):
        out, err = client.communicate(timeout=60)
        assert client.returncode == 4, (words, err)
        note, error = err.decode().splitlines()
        assert note == f"burro: the server (pid {stopped.pid}) is stopped; waiting for its answer"
        assert error.startswith(f"burro: the server (pid {stopped.pid}) is stopped and did not answer within 1 s; ")
        assert f"let it go on with: kill -CONT {stopped.pid}" in error
        assert error.endswith("(then look: what was asked may be done)") == (words[0] in ("cancel", "hold", "set"))
        if "--json" in words:
            assert json.loads(out)["error"]["code"] == 4


def test_a_submission_is_given_up_and_is_there_once_when_the_server_goes_on(stopped, queue):
    ended = queue.burro("submit", "-o", "none", "true", BURRO_PATIENCE=BRIEF)
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.endswith("(then look before you submit again: the job may be there)\n")
    stopped.go_on()
    until(lambda: queue.show("1"), within=30)
    assert queue.submit("-o", "none", "true") == "2"


def test_a_submission_that_is_answered_late_says_so_and_is_made_once(stopped, queue):
    client = queue.start("submit", "--parsable", "-o", "none", "true", env={**queue.env, "BURRO_PATIENCE": "6"})
    heard = client.stderr.readline()
    assert heard == f"burro: the server (pid {stopped.pid}) is stopped; waiting for its answer\n".encode()
    stopped.go_on()
    assert (*client.communicate(timeout=60), client.returncode) == (b"1\n", b"", 0)
    assert queue.submit("true") == "2"


def test_what_lasts_by_nature_goes_on(queue):
    job = queue.submit("-o", "none", "--shell", "until test -e go; do sleep 0.02; done")
    queue.runs(job)
    brief = {**queue.env, "BURRO_PATIENCE": BRIEF}
    run = queue.start("run", "--shell", "echo begun; until test -e go; do sleep 0.02; done", env=brief)
    assert run.stdout.readline() == b"begun\n"
    server = Stopped(queue)
    wait, events = queue.start("wait", job, env=brief), queue.start("events", "-f", "-n", "0", env=brief)
    for client in (run, wait):
        assert client.stderr.readline().endswith(b"is stopped; waiting for its answer\n")
    assert queue.burro("status", BURRO_PATIENCE=BRIEF).code == 4
    assert (run.poll(), wait.poll()) == (None, None)
    assert events.wait(timeout=30) == 4  # what has happened is due at once
    server.go_on()
    queue.write("go", "")
    assert (run.wait(timeout=30), wait.wait(timeout=30)) == (0, 0)


def test_events_are_followed_although_nothing_is_heard(queue):
    queue.well("up")
    events = queue.start("events", "-f", "--all", env={**queue.env, "BURRO_PATIENCE": BRIEF})
    assert events.stdout.readline()
    server = Stopped(queue)
    assert queue.burro("status", BURRO_PATIENCE=BRIEF).code == 4
    assert events.poll() is None
    server.go_on()
    queue.submit("-o", "none", "--hold", "true")
    while b"submitted" not in events.stdout.readline():
        assert events.poll() is None


def test_waiting_ends_in_time_although_nobody_answers(stopped, queue):
    ended = queue.burro("wait", "1", "--timeout", "1s")
    assert (ended.code, "not all had ended in time" in ended.err) == (1, True)


def test_the_doctor_says_what_it_is(stopped, queue):
    ended = queue.burro("doctor", "--json", BURRO_PATIENCE=BRIEF)
    server = {check["name"]: check for check in json.loads(ended.out)["checks"]}["server"]
    assert (ended.code, server["ok"]) == (1, False)
    assert f"let it go on with: kill -CONT {stopped.pid}" in server["text"]


def test_a_line_of_clients_that_does_not_move_is_given_up(stopped, queue):
    ends = []
    try:
        address = json.loads((queue.queue / "server.json").read_text())["socket"]
        while True:
            ends.append(socket.socket(socket.AF_UNIX))
            ends[-1].setblocking(False)
            try:
                ends[-1].connect(address)
            except BlockingIOError:
                break
        ended = queue.burro("status", BURRO_PATIENCE="0.5")
        assert (ended.code, "takes no more connections; see: burro doctor" in ended.err) == (4, True), ended
    finally:
        for end in ends:
            end.close()


def test_a_script_gets_an_error_and_may_go_on_asking(stopped, queue, monkeypatch):
    monkeypatch.setenv("BURRO_PATIENCE", BRIEF)
    with burro.Queue(queue.queue) as book:
        with pytest.raises(Silent, match="is stopped and did not answer"):
            book.submit(["true"], hold=True)
        stopped.go_on()
        assert [job.state for job in book.status(states=["held"]).jobs] == ["held"]


def test_patience_is_a_number_of_seconds(queue):
    queue.well("up")
    ended = queue.burro("status", BURRO_PATIENCE="long")
    assert (ended.code, "BURRO_PATIENCE is seconds to wait" in ended.err) == (2, True)
    assert queue.burro("submit", "true", BURRO_PATIENCE="long").code == 2
