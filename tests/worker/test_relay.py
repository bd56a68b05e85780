"""What the link passes on and what it answers itself, however the stream is cut."""

from __future__ import annotations

import json
import os
import signal
import socket

from hypothesis import given
from hypothesis import strategies as st

from burro.worker.relay import Sorter
from tests.waiting import until

LINES = st.lists(
    st.sampled_from(
        [
            b'{"op":"fetch","n":1}',
            b'{"op":"stat","n":2}',
            b'{"op":"work","specs":{"1":{"op":"fetch"}}}',
            b'{"op":"ping","n":3}',
            b'{"op":"f',
            b"",
            b"x" * 50,
        ]
    ),
    max_size=8,
)


@given(LINES, st.lists(st.integers(1, 30), max_size=30))
def test_its_own_lines_are_taken_out_and_nothing_else(lines, cuts):
    stream = b"".join(line + b"\n" for line in lines)
    sorter, passed, own = Sorter(), b"", []
    for cut in [*cuts, len(stream) + 1]:
        chunk, stream = stream[:cut], stream[cut:]
        more, asked = sorter.feed(chunk)
        passed, own = passed + more, own + asked
    mine = [line for line in lines if line.startswith((b'{"op":"fetch"', b'{"op":"stat"'))]
    assert own == mine
    assert passed == b"".join(line + b"\n" for line in lines if line not in mine)


def test_a_worker_that_takes_nothing_stops_no_answer_of_the_link(far):
    """Much is under way to the worker, which is stopped: the link answers all the same."""
    worker = far.member("worker")
    os.kill(worker, signal.SIGSTOP)
    try:
        for _ in range(30):
            far.say(op="nothing", text="x" * 10_000)
        assert far.answer(op="expand", path="~")["dir"]
    finally:
        os.kill(worker, signal.SIGCONT)
    assert far.end_of(far.run("true"))[:2] == ("exited", 0)


def test_much_at_once_arrives_whole_both_ways(far):
    text = "x" * 3_000_000
    far.say(op="nothing", text=text)
    spec = {"kind": "shell", "command": "echo $BURRO_TASK", "single": False, "out": "%a", "home": True}
    far.give(*((1, idx, 1, 1, None) for idx in range(300)), **spec)
    far.until(lambda: len(far.ends) == 300, within=60)
    said = {message["key"][1]: message["text"] for message in far.said if message["op"] == "output"}
    assert said == {idx: f"1.{idx}\n" for idx in range(300)}


def test_a_message_of_the_server_that_was_cut_in_the_middle_is_as_if_it_had_not_been(far):
    row = [3, 0, 1, 1, None]
    spec = far._spec(3, kind="shell", command="echo x >> ran")
    line = json.dumps({"op": "work", "specs": {"3": spec}, "tasks": [row]})
    far._end.sendall(line[: len(line) // 2].encode())
    far.cut()
    far.link()
    far.give(tuple(row), kind="shell", command="echo x >> ran")
    assert far.end_of((3, 0, 1))[:2] == ("exited", 0)
    assert far.text("ran") == "x"


def test_a_message_of_the_worker_that_was_cut_in_the_middle_is_told_again(far):
    far.acknowledges = False
    key = far.run("echo x >> ran")
    until((far.work / "ran").exists, within=20)
    end = far._end
    end.settimeout(20)
    while not end.recv(1).startswith(b"{"):
        pass  # the first byte of the report, no more
    end.shutdown(socket.SHUT_RDWR)
    far.cut()
    far.acknowledges = True
    far.link()
    assert far.end_of(key)[:2] == ("exited", 0)
    assert far.text("ran") == "x"


def test_what_comes_twice_is_done_once(far):
    for _ in range(2):
        far.give((1, 0, 1, 1, None), kind="shell", command="echo x >> ran; sleep 0.3")
    far.say(op="ack", seq=1)
    far.say(op="ack", seq=1)
    assert far.end_of((1, 0, 1))[:2] == ("exited", 0)
    assert far.text("ran") == "x"
