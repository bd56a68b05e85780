"""Workers that go to their server: by its record or by what they were told, for ever, with what they hold."""

from __future__ import annotations

import json
import os
import signal

import pytest

from burro.link.call import server_record
from burro.link.way import way_of
from tests.crew import crew_of
from tests.node import POOL, Node
from tests.proxy import Proxy
from tests.waiting import until

QUICK = {"BURRO_LINK_TIMEOUT": "3"}


@pytest.fixture
def pool(queue):
    """A world with a pool whose workers come by themselves."""
    queue.queue.mkdir(mode=0o700)
    (queue.queue / "burro.toml").write_text(POOL)
    queue.env |= QUICK
    queue.well("up", "-c", "0")
    until(lambda: record(queue).get("port"), within=20)
    return queue


@pytest.fixture
def nodes(tmp_path, pool):
    made = []

    def make(queue=None, **settings):
        made.append(Node(tmp_path / f"node{len(made)}", queue or pool.queue, settings=settings, **QUICK))
        return made[-1]

    yield make
    for node in made:
        node.close()


@pytest.fixture
def proxy(pool):
    found = way(pool)
    made = Proxy((found.addresses[0], found.port))
    yield made
    made.close()


def record(world):
    return server_record(str(world.queue)) or {}


def way(world):
    return way_of(str(world.queue), record(world))


def through(proxy, world):
    """What a worker is told that cannot see the queue's directory: the way through the proxy."""
    found = way(world)
    told = {"addresses": ["127.0.0.1"], "port": proxy.port, "fingerprint": found.fingerprint, "secret": found.secret}
    return {"queue": "/nowhere/queue", "dial": told}


def workers(world):
    return [one for one in json.loads(world.well("workers", "--json"))["workers"] if one["pool"] == "whole"]


def attempts(world, job):
    return world.show(job)["tasks"][0]["attempts"]


def starts(world, name="ran"):
    path = world.work / name
    return path.read_text().split() if path.exists() else []


WAITS = "echo $BURRO_ATTEMPT >> ran; while [ ! -e go ]; do sleep 0.05; done; echo over"


def test_a_worker_joins_a_pool_and_runs_its_tasks(pool, nodes):
    node = nodes()

    job = pool.submit("-p", "whole", "-a", "0-19", "sh", "-c", "echo $BURRO_TASK")

    assert pool.burro("wait", job).code == 0
    assert pool.show(job)["tasks"][0]["attempts"][0]["worker"] == node.names[0]


def test_several_nodes_share_the_work_of_a_pool(pool, nodes):
    for _ in range(3):
        nodes()
    until(lambda: len(workers(pool)) == 3, within=30)

    job = pool.submit("-p", "whole", "-a", "0-5", "sleep", "1")

    assert pool.burro("wait", job).code == 0
    assert len({task["attempts"][0]["worker"] for task in pool.show(job)["tasks"]}) == 3


def test_nodes_that_make_the_directory_of_the_output_at_once_all_start(pool, nodes):
    for _ in range(3):
        nodes()
    until(lambda: len(workers(pool)) == 3, within=30)

    jobs = [pool.submit("-p", "whole", "-a", "0-2", "-o", f"deep/{one}/%a.out", "true") for one in range(8)]

    assert pool.burro("wait", *jobs).code == 0
    assert all((pool.work / "deep" / str(one) / "2.out").exists() for one in range(8))


def test_a_worker_outlives_a_killed_server_and_its_tasks_run_once(pool, nodes):
    nodes()
    job = pool.submit("-p", "whole", "sh", "-c", WAITS)
    until(lambda: starts(pool), within=30)

    os.kill(pool.server(), signal.SIGKILL)
    pool.well("up")
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert starts(pool) == ["1"]


def test_an_end_that_came_while_no_server_was_there_is_told_to_the_next_one(pool, nodes):
    node = nodes()
    job = pool.submit("-p", "whole", "sh", "-c", WAITS)
    until(lambda: starts(pool), within=30)

    _end_all(pool)
    (pool.work / "go").touch()
    until(lambda: "no server since" in node.log, within=30)
    pool.well("up")

    assert pool.burro("wait", job).code == 0
    assert "there was none since" in node.log
    [worker] = workers(pool)
    assert worker["unserved"]["from"] < worker["unserved"]["to"]
    for verb in ("pools", "workers"):
        assert "NO SERVER" in pool.well(verb)
    assert "without a server from" in pool.well("events")
    assert starts(pool) == ["1"]


def _end_all(world):
    """Server, keeper and worker at once: each of them would start the others again."""
    pids = [world.server(), *(one.pid for one in sorted(crew_of(world.queue), key=lambda one: one.role))]
    for how in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            os.kill(pid, how)


def test_the_carrier_may_be_killed_at_any_moment(pool, nodes):
    node = nodes()
    job = pool.submit("-p", "whole", "sh", "-c", WAITS)
    until(lambda: starts(pool), within=30)

    for _ in range(3):
        before = until(lambda: node.pid("dial"), within=20)
        os.kill(before, signal.SIGKILL)
        until(lambda before=before: node.pid("dial") not in (None, before), within=20)
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert starts(pool) == ["1"]


def test_a_killed_worker_is_replaced_and_the_next_one_dials_anew(pool, nodes):
    node = nodes()
    job = pool.submit("-p", "whole", "sh", "-c", WAITS)
    until(lambda: starts(pool), within=30)

    os.kill(node.pid("worker"), signal.SIGKILL)
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert starts(pool) == ["1"]
    until(lambda: len(node.pids("dial")) == 1, within=20)


def test_connections_that_are_cut_again_and_again_lose_and_double_nothing(pool, nodes, proxy):
    nodes(**through(proxy, pool))
    job = pool.submit("-p", "whole", "-a", "0-99", "sh", "-c", "echo $BURRO_TASK_ID >> ran; sleep 0.05")
    until(lambda: len(starts(pool)) > 5, within=30)

    for _ in range(5):
        passed = proxy.passed
        proxy.cut()
        until(lambda passed=passed: proxy.passed > passed, within=30)

    assert pool.burro("wait", job).code == 0
    assert sorted(map(int, starts(pool))) == list(range(100))


def test_a_connection_that_hangs_is_given_up_and_made_anew(pool, nodes, proxy):
    """Nobody is told that the cable is out: only beats tell."""
    node = nodes(**through(proxy, pool))
    job = pool.submit("-p", "whole", "sh", "-c", WAITS)
    until(lambda: starts(pool), within=30)

    proxy.hold()
    until(lambda: "has not answered" in node.log, within=30)
    until(lambda: not workers(pool) or workers(pool)[0]["state"] == "away", within=30)
    proxy.pass_on()
    proxy.cut()
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert starts(pool) == ["1"]


def test_a_proxy_with_another_certificate_gets_neither_secret_nor_work(pool, nodes, proxy):
    told = through(proxy, pool)
    told["dial"]["fingerprint"] = "0" * 64
    node = nodes(**told)

    until(lambda: "another certificate" in node.log, within=30)

    assert workers(pool) == []


def test_a_worker_with_a_wrong_secret_is_sent_away_and_says_so(pool, nodes, proxy):
    told = through(proxy, pool)
    told["dial"]["secret"] = "0" * 64
    node = nodes(**told)

    until(lambda: "not the secret" in node.log, within=30)

    assert workers(pool) == []


def test_a_port_that_cannot_be_opened_is_told_at_the_pool_that_needs_it(pool):
    pool.well("down")
    (pool.queue / "tls" / "secret").chmod(0o644)
    pool.well("up", "-c", "0")

    shown = until(lambda: _pool(pool)["error"], within=20)
    assert "chmod 600" in shown["text"]

    (pool.queue / "tls" / "secret").chmod(0o600)
    until(lambda: record(pool).get("port"), within=20)
    assert _pool(pool)["error"] is None


def _pool(world):
    return next(one for one in json.loads(world.well("pools", "--json"))["pools"] if one["pool"] == "whole")


def test_a_worker_that_dials_leaves_no_process_behind_when_it_is_told_to_go(pool, nodes):
    node = nodes()
    until(lambda: workers(pool), within=30)

    pool.well("pool", "stop", "whole")

    until(lambda: not node.pids(), within=20)
    assert node.keeper.wait(10) == 0


def test_an_idle_worker_without_a_server_leaves_when_it_has_lingered(pool, nodes):
    node = nodes(linger=2)
    until(lambda: workers(pool), within=30)

    _end_all(pool)

    until(lambda: not node.pids(), within=30)
