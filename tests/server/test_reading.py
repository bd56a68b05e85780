"""`read`: the output of a task through the server, for those who cannot open its file."""

from __future__ import annotations

import base64
import os

import pytest

from burro.base.errors import NotFound, UsageError
from burro.link.call import Connection
from tests.waiting import until


@pytest.fixture
def ask(shared):
    shared.well("up")
    with Connection(str(shared.queue)) as end:
        yield lambda **fields: end.ask({"op": "read", **fields})


def block(answer):
    return base64.b64decode(answer["b64"])


def test_a_file_is_read_in_blocks_byte_for_byte(shared, ask):
    code = "import sys; sys.stdout.buffer.write(bytes(range(256)))"
    job = shared.done("python3", "-c", code)
    first, rest = ask(task=job, which="out", size=100), ask(task=job, which="out", offset=100)
    assert (first["size"], first["eof"], rest["eof"]) == (256, False, True)
    assert block(first) + block(rest) == bytes(range(256))
    assert ask(task=job, which="out", offset=256) == {"b64": "", "size": 256, "eof": True}
    assert ask(task=job, which="out", offset=9999) == {"b64": "", "size": 256, "eof": True}


def test_a_growing_file_says_that_there_is_no_more_now(shared, ask):
    job = shared.submit("--shell", "echo on; exec sleep 600")
    until(lambda: block(ask(task=job, which="out")) == b"on\n", within=30)
    assert ask(task=job, which="out", offset=3) == {"b64": "", "size": 3, "eof": True}
    shared.well("cancel", job)


def test_standard_error_and_earlier_attempts_are_read_too(shared, ask):
    job = shared.ended(
        "-e", "%j.err", "--retries", "1", "--retry-delay", "0.1s", "--shell", "echo $BURRO_ATTEMPT >&2; false"
    )
    assert [block(ask(task=job, which="err", attempt=number)) for number in (1, 2)] == [b"1\n", b"2\n"]
    assert block(ask(task=job, which="err")) == b"2\n"
    with pytest.raises(NotFound, match="has no attempt 3"):
        ask(task=job, which="err", attempt=3)


def test_what_is_no_file_has_no_bytes(shared, ask):
    nothing = {"b64": "", "size": None, "eof": True}
    held = shared.submit("--hold", "true")
    assert ask(task=held, which="out") == nothing
    shared.well("cancel", held)
    assert ask(task=shared.done("-o", "none", "true"), which="out") == nothing
    job = shared.done("-o", "away", "true")
    os.unlink(shared.work / "away")
    assert ask(task=job, which="out") == nothing
    os.mkfifo(shared.work / "away")
    assert ask(task=job, which="out") == nothing


def test_what_makes_no_sense_is_refused(shared, ask):
    job = shared.done("-a", "0-1", "true")
    with pytest.raises(UsageError, match="names 2 tasks"):
        ask(task=job, which="out")
    with pytest.raises(UsageError, match="out and err, not 'in'"):
        ask(task=f"{job}.0", which="in")
    with pytest.raises(UsageError, match="offset takes a whole number from 0"):
        ask(task=f"{job}.0", which="out", offset=-1)
    with pytest.raises(NotFound):
        ask(task="999", which="out")
