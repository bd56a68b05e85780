"""Commands on another host that shares the queue's directory: they knock, and come in by TLS with the secret."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
from dataclasses import replace

import pytest

from burro.base.errors import Unreachable
from burro.link.call import server_record
from burro.link.knock import knock
from burro.link.way import dial, proof, way_of
from tests.conftest import BURRO, World, _world
from tests.other_host import OTHER, OtherHost, can_be, on_it
from tests.waiting import until

pytestmark = pytest.mark.skipif(not can_be(), reason="this system gives nobody a hostname of their own")


@pytest.fixture
def there(queue):
    return OtherHost(queue)


@pytest.fixture(scope="module")
def open_world(tmp_path_factory):
    """A world whose server has its port open."""
    making = _world(tmp_path_factory.mktemp("open"))
    world = next(making)
    try:
        world.well("up")
        knock(str(world.queue))
        until(lambda: record(world).get("port"), within=20)
        yield world
    finally:
        making.close()


def record(world: World):
    return server_record(str(world.queue)) or {}


def way(world: World):
    return way_of(str(world.queue), record(world))


def test_a_command_on_another_host_opens_the_port_and_works_as_here(queue, there):
    queue.well("up")
    assert "port" not in record(queue)

    job = there.well("submit", "--parsable", "sh", "-c", "echo done; exit 3").strip()

    assert there.burro("wait", job).code == 1
    assert there.well("logs", job) == "done\n"
    assert json.loads(there.well("show", job, "--json"))["tasks"][0]["attempts"][0]["exit_code"] == 3
    assert record(queue)["port"]
    assert os.listdir(queue.queue / "knock") == []


def test_run_on_another_host_passes_much_output_and_the_exit_code_on(queue, there):
    queue.well("up")

    ended = there.burro("run", "sh", "-c", "seq 200000; exit 7")

    assert ended.code == 7
    assert ended.out.split() == [str(number) for number in range(1, 200001)]


def test_many_jobs_are_listed_over_tls(open_world):
    open_world.well("submit", "--hold", "-a", "0-4999", "true")

    found = json.loads(OtherHost(open_world).well("show", "last", "--json"))

    assert len(found["tasks"]) == 5000


def test_who_waits_on_another_host_outlasts_a_server_that_is_killed(queue, there):
    queue.well("up")
    runs = there.start("run", "-J", "far", "sh", "-c", "while [ ! -e go ]; do sleep 0.05; done; exit 3")
    until(lambda: queue.burro("show", "far").code == 0, within=30)  # so it has been there
    queue.runs("far")

    before = queue.server()
    os.kill(before, signal.SIGKILL)
    until(lambda: queue.well("status", "--json") and queue.server() != before, within=20)
    (queue.work / "go").touch()

    assert runs.wait(timeout=60) == 3, runs.communicate()


def test_a_server_that_is_gone_is_told_with_the_way_out_and_none_is_started_beside_it(queue, there):
    queue.well("up", "-c", "0")
    there.well("status")
    found = record(queue)
    os.kill(queue.server(), signal.SIGSTOP)
    try:
        there_ = there.burro("status")
    finally:
        os.kill(found["pid"], signal.SIGCONT)

    assert there_.code == 4
    assert "cannot be reached from here" in there_.err
    assert "burro up --take-over" in there_.err
    assert record(queue) == found


def test_down_from_another_host_waits_until_the_server_has_left(queue, there):
    queue.well("up")

    there.well("down")

    assert not record(queue)


def test_key_and_secret_are_for_nobody_else(open_world):
    for name in ("server.pem", "secret"):
        assert (open_world.queue / "tls" / name).stat().st_mode & 0o777 == 0o600
    assert (open_world.queue / "tls").stat().st_mode & 0o777 == 0o700
    assert (open_world.queue / "server.json").stat().st_mode & 0o777 == 0o600


def test_without_the_secret_nothing_is_read(open_world):
    wrong = replace(way(open_world), secret="0" * 64)

    with pytest.raises(Unreachable, match="not the secret of this queue"):
        dial(wrong)


def test_one_who_says_nothing_is_sent_away_and_holds_nobody_up(open_world):
    known = way(open_world)
    silent = [socket.create_connection((known.addresses[0], known.port)) for _ in range(20)]

    dial(known).close()

    for end in silent:
        end.settimeout(20)
        assert end.recv(100) == b""
        end.close()


def test_one_with_tls_and_no_secret_is_sent_away_too(open_world):
    known = way(open_world)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    end = context.wrap_socket(socket.create_connection((known.addresses[0], known.port), timeout=20))
    end.sendall(proof(known.secret)[:-1])

    try:
        assert end.recv(100) == b""
    except OSError:
        pass  # it was closed without a word
    end.close()


def test_a_server_with_another_certificate_is_told_nothing(open_world):
    other = replace(way(open_world), fingerprint="0" * 64)

    with pytest.raises(Unreachable, match="another certificate"):
        dial(other)


def test_who_comes_again_after_a_restart_finds_the_same_port_and_certificate(queue):
    queue.well("up")
    knock(str(queue.queue))
    until(lambda: record(queue).get("port"), within=20)
    before = way(queue)
    queue.well("down")

    queue.well("up")
    knock(str(queue.queue))
    until(lambda: record(queue).get("port"), within=20)

    assert way(queue) == before


def test_a_secret_that_others_can_read_opens_no_port(queue):
    queue.well("up")
    knock(str(queue.queue))
    until(lambda: record(queue).get("port"), within=20)
    queue.well("down")
    (queue.queue / "tls" / "secret").chmod(0o644)

    queue.well("up")
    knock(str(queue.queue))

    until(lambda: "chmod 600" in (queue.queue / "server.log").read_text(), within=20)
    assert "port" not in record(queue)


def test_ssh_to_one_login_node_reaches_a_server_on_another(open_world):
    """The relay that ssh runs there goes on to the server, and passes on much at once."""
    job = open_world.submit("--hold", "-a", "0-4999", "true")
    env = {**open_world.env, **OTHER}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(on_it([BURRO, "relay"]), env=env, cwd=open_world.work, **pipes) as relay:
        for asked in ({"op": "relay", "queue": None, "start": True}, {"op": "show", "ids": [job]}):
            relay.stdin.write(json.dumps(asked).encode() + b"\n")
            relay.stdin.flush()
        mark, relayed, shown = (relay.stdout.readline() for _ in range(3))

    assert mark.startswith(b"\x01burro-relay")
    assert json.loads(relayed)["op"] == "relayed"
    assert len(json.loads(shown)["jobs"][0]["tasks"]) == 5000
