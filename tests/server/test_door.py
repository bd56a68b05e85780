"""Where the server's port is: as burro.toml says, and the same after a restart."""

from __future__ import annotations

import json
import os
import signal
import socket

import pytest

from burro.base.errors import UsageError
from burro.link.call import server_record
from burro.model.serving import Wish, read_server, wish
from tests.crew import server_of
from tests.node import POOL
from tests.waiting import until


@pytest.fixture
def taken():
    """A port that somebody else has."""
    with socket.create_server(("", 0)) as end:
        yield end.getsockname()[1]


def free():
    with socket.create_server(("", 0)) as end:
        return end.getsockname()[1]


def place(queue):
    found = server_record(str(queue.queue)) or {}
    return found.get("addresses"), found.get("port")


def say(queue, *lines):
    queue.queue.mkdir(mode=0o700, exist_ok=True)
    (queue.queue / "burro.toml").write_text("\n".join(["[server]", *lines, "", POOL]))


def test_the_port_is_as_the_file_says_and_changes_with_it(queue):
    first, second = free(), free()
    say(queue, f"port = {first}", 'address = "127.0.0.1"')
    queue.well("up", "-c", "0")
    until(lambda: place(queue) == (["127.0.0.1"], first), within=20)

    say(queue, f'port = "{second}-{second}"', 'address = "127.0.0.1"')

    until(lambda: place(queue) == (["127.0.0.1"], second), within=20)
    os.kill(before := queue.server(), signal.SIGKILL)
    until(lambda: server_of(queue.queue) not in (None, before), within=20)
    until(lambda: place(queue) == (["127.0.0.1"], second), within=20)


def test_a_port_that_is_taken_is_told_and_opened_once_it_is_free(queue, taken):
    say(queue, f"port = {taken}")
    queue.well("up", "-c", "0")

    def trouble():
        [pool] = [one for one in json.loads(queue.well("pools", "--json"))["pools"] if one["pool"] == "whole"]
        return (pool["error"] or {}).get("text", "")

    until(lambda: f"port {taken} is taken; choose another in burro.toml: [server] port" in trouble(), within=20)
    say(queue, f'port = "{taken}-{min(taken + 50, 65535)}"')
    until(lambda: place(queue)[1], within=20)
    assert trouble() == ""


def test_an_address_of_another_machine_is_told(queue):
    say(queue, 'address = "192.0.2.1"')
    queue.well("up", "-c", "0")
    until(lambda: "'192.0.2.1' is no address of this machine" in queue.well("pools"), within=20)


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"port": 0}, "from 1 to 65535"),
        ({"port": True}, "from 1 to 65535"),
        ({"port": "50100-50000"}, "from 1 to 65535"),
        ({"address": "login1"}, "in numbers"),
        ({"prot": 1}, "not 'prot'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(entries, sentence):
    with pytest.raises(UsageError, match=sentence):
        read_server(entries)


def test_a_number_and_a_range_are_ports():
    assert wish(read_server({"port": 50000, "address": "::1"})) == Wish(range(50000, 50001), "::1")
    assert wish(read_server({"port": "50000-50003"})) == Wish(range(50000, 50004))
