"""The lease of a worker that dials: it stops its tasks before the server gives them to another, whatever is late."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress

import pytest

from burro.link.call import server_record
from burro.link.way import way_of
from burro.store import settings
from burro.store.db import Database
from tests.node import POOL, Node
from tests.proxy import Proxy
from tests.waiting import until

QUICK = {"BURRO_LINK_TIMEOUT": "1.5"}
LEASE = 6.0  # seconds: shorter than anybody may set it

BEATS = "while [ ! -e go ]; do date +%s.%N >> beats.$BURRO_ATTEMPT; sleep 0.05; done"


@pytest.fixture
def lease():
    return LEASE


@pytest.fixture
def pool(queue, lease):
    queue.queue.mkdir(mode=0o700)
    (queue.queue / "burro.toml").write_text(POOL)
    queue.env |= QUICK
    queue.well("up", "-c", "0")
    queue.well("down")
    database = Database(str(queue.queue / "burro.db"))
    with database.write():
        settings.put(database, "pool.whole", json.dumps({"lease": [lease, None]}))
    database.close()
    queue.well("up", "-c", "0")
    until(lambda: way(queue), within=20)
    return queue


def way(world):
    return way_of(str(world.queue), server_record(str(world.queue)) or {})


@pytest.fixture
def proxy(pool):
    made = Proxy((way(pool).addresses[0], way(pool).port))
    yield made
    made.close()


@pytest.fixture
def far(tmp_path, pool, proxy):
    """A node behind a network that can be disturbed, with a task that runs there."""
    found = way(pool)
    told = {"addresses": ["127.0.0.1"], "port": proxy.port, "fingerprint": found.fingerprint, "secret": found.secret}
    node = Node(tmp_path / "far", "/nowhere/queue", settings={"dial": told}, **QUICK)
    yield node
    proxy.pass_on()
    node.close()


@pytest.fixture
def near(tmp_path, pool):
    made = []

    def make():
        made.append(Node(tmp_path / "near", pool.queue, **QUICK))

    yield make
    for node in made:
        node.close()


def up(world):
    """The workers of the pool that are connected now."""
    found = json.loads(world.well("workers", "--json"))["workers"]
    return [one for one in found if one["pool"] == "whole" and one["state"] == "up"]


def beats(world, attempt):
    path = world.work / f"beats.{attempt}"
    return [float(line) for line in path.read_text().split()] if path.exists() else []


def outcomes(world, job):
    return [one["outcome"] for one in world.show(job)["tasks"][0]["attempts"]]


def test_a_node_that_is_cut_off_stops_its_tasks_before_another_starts_them(pool, far, proxy, near):
    job = pool.submit("-p", "whole", "sh", "-c", BEATS)
    until(lambda: beats(pool, 1), within=30)
    near()

    proxy.hold()
    until(lambda: beats(pool, 2), within=30)
    proxy.pass_on()
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert max(beats(pool, 1)) < min(beats(pool, 2))
    assert outcomes(pool, job) == ["lost", "exited"]


def test_answers_that_come_late_do_not_lengthen_a_lease(pool, far, proxy, near):
    """They count from the beat that they answer, and so does the server."""
    job = pool.submit("-p", "whole", "sh", "-c", BEATS)
    until(lambda: beats(pool, 1), within=30)
    near()

    proxy.hold_up = True  # the server hears nothing more; what it says still comes
    until(lambda: beats(pool, 2), within=30)
    proxy.pass_on()
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert max(beats(pool, 1)) < min(beats(pool, 2))


def test_a_short_cut_is_outlasted(pool, far, proxy, near):
    job = pool.submit("-p", "whole", "sh", "-c", BEATS)
    until(lambda: beats(pool, 1), within=30)
    near()

    for _ in range(4):
        passed = proxy.passed
        proxy.cut()
        until(lambda passed=passed: proxy.passed > passed and len(up(pool)) == 2, within=20)
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert outcomes(pool, job) == ["exited"]


def test_a_server_that_is_away_longer_than_the_lease_finds_the_task_put_back(pool, far):
    """Nobody else could have been given it; the node stopped it all the same, since it cannot know that."""
    job = pool.submit("-p", "whole", "sh", "-c", BEATS)
    until(lambda: beats(pool, 1), within=30)
    stopped = pool.server()
    os.kill(stopped, signal.SIGSTOP)
    try:
        until(lambda: "stopped" in _state_of(beats(pool, 1)), within=30)
    finally:
        os.kill(stopped, signal.SIGCONT)
    until(lambda: beats(pool, 2), within=30)
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert max(beats(pool, 1)) < min(beats(pool, 2))


def _state_of(moments):
    import time

    return "stopped" if time.time() - moments[-1] > 1.0 else "running"


def test_a_node_that_lost_its_power_is_given_up_when_its_lease_is_over(pool, far, near):
    job = pool.submit("-p", "whole", "sh", "-c", BEATS)
    until(lambda: beats(pool, 1), within=30)
    near()

    far.power_off()
    until(lambda: beats(pool, 2), within=30)
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert "was not heard" in pool.show(job)["tasks"][0]["attempts"][0]["reason"]


def test_work_that_comes_to_a_worker_whose_lease_was_over_is_not_stopped(pool, far, proxy):
    """The welcome renews it, before the first beat is answered."""
    until(lambda: up(pool), within=30)
    proxy.hold()
    until(lambda: "has not answered" in far.log, within=30)
    until(lambda: far.log.count("no server since") > 0, within=30)
    job = pool.submit("-p", "whole", "sh", "-c", "sleep 1")
    proxy.pass_on()

    assert pool.burro("wait", job).code == 0
    assert outcomes(pool, job) == ["exited"]


def test_a_worker_that_was_killed_while_cut_off_leaves_its_lease_to_the_next(pool, far, proxy, near):
    job = pool.submit("-p", "whole", "sh", "-c", BEATS)
    until(lambda: beats(pool, 1), within=30)
    near()

    proxy.hold()
    os.kill(far.pid("worker"), signal.SIGKILL)
    until(lambda: beats(pool, 2), within=30)
    proxy.pass_on()
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert max(beats(pool, 1)) < min(beats(pool, 2))


@pytest.mark.parametrize("lease", [16.0])
def test_the_keeper_sees_to_the_tasks_of_a_worker_that_is_stuck(pool, far, near):
    job = pool.submit("-p", "whole", "sh", "-c", BEATS)
    until(lambda: beats(pool, 1), within=30)
    near()

    os.kill(far.pid("worker"), signal.SIGSTOP)
    until(lambda: beats(pool, 2), within=40)
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert max(beats(pool, 1)) < min(beats(pool, 2))
    assert "the worker is stuck" in far.log
    assert outcomes(pool, job) == ["lost", "exited"]


@pytest.mark.parametrize("lease", [32.0])
def test_tasks_end_even_where_no_worker_comes_up_again(pool, far, near):
    """As when all that a worker touches hangs: each is stopped as soon as it is there."""
    job = pool.submit("-p", "whole", "sh", "-c", BEATS)
    until(lambda: beats(pool, 1), within=30)
    near()

    os.kill(far.pid("worker"), signal.SIGSTOP)
    until(lambda: "is stuck" in far.log or _stop(far), within=40)
    until(lambda: _stop(far) or "killing them" in far.log, within=40)
    until(lambda: beats(pool, 2), within=40)
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert max(beats(pool, 1)) < min(beats(pool, 2))


def _stop(node):
    """Stop whatever worker there is; nothing true."""
    for pid in node.pids("worker"):
        with suppress(ProcessLookupError):  # the keeper was faster
            os.kill(pid, signal.SIGSTOP)
