"""Workers that come by files of the queue's directory: with what they hold, whatever dies and whatever is removed."""

from __future__ import annotations

import json
import os
import signal

import pytest

from burro.link.call import server_record
from burro.link.spool import DOWN, UNDER_WAY, UP, Spool, connections
from tests.node import Node
from tests.waiting import until

QUICK = {"BURRO_LINK_TIMEOUT": "3"}
POOL = '[pools.whole]\njoin = true\nlink = "folder"\n'
WAITS = "echo $BURRO_ATTEMPT >> ran; while [ ! -e go ]; do sleep 0.05; done; echo over"
LONG = 30  # seconds


@pytest.fixture
def pool(queue):
    """A world with a pool whose workers come by files."""
    queue.queue.mkdir(mode=0o700)
    (queue.queue / "burro.toml").write_text(POOL)
    queue.env |= QUICK
    queue.well("up", "-c", "0")
    until(lambda: record(queue).get("links") == {"whole": "folder"}, within=LONG)
    return queue


@pytest.fixture
def nodes(tmp_path, pool):
    made = []

    def make(**env):
        made.append(Node(tmp_path / f"node{len(made)}", pool.queue, **QUICK, **env))
        return made[-1]

    yield make
    for node in made:
        node.close()


def record(world):
    return server_record(str(world.queue)) or {}


def workers(world):
    return [one for one in json.loads(world.well("workers", "--json"))["workers"] if one["pool"] == "whole"]


def ran(world):
    path = world.work / "ran"
    return path.read_text().split() if path.exists() else []


def wait(world, job):
    assert world.burro("wait", "--timeout", "50", job).code == 0, (world.queue / "server.log").read_text()


def test_tasks_run_and_no_port_is_open(pool, nodes):
    for _ in range(2):
        nodes()
    job = pool.submit("-p", "whole", "-a", "0-99", "sh", "-c", "echo $BURRO_TASK_ID >> ran")

    wait(pool, job)

    assert sorted(map(int, ran(pool))) == list(range(100))
    assert "port" not in record(pool)


def test_a_worker_outlives_a_killed_server_and_its_tasks_run_once(pool, nodes):
    nodes()
    job = pool.submit("-p", "whole", "sh", "-c", WAITS)
    until(lambda: ran(pool), within=LONG)

    os.kill(pool.server(), signal.SIGKILL)
    pool.well("up")
    (pool.work / "go").touch()

    wait(pool, job)
    assert ran(pool) == ["1"]


def test_the_carrier_may_be_killed_and_the_directory_removed(pool, nodes):
    node = nodes()
    job = pool.submit("-p", "whole", "-a", "0-99", "sh", "-c", "echo $BURRO_TASK_ID >> ran; sleep 0.05")
    until(lambda: len(ran(pool)) > 5, within=LONG)

    before = node.pid("dial")
    os.kill(before, signal.SIGKILL)
    until(lambda: node.pid("dial") not in (None, before), within=LONG)
    for path in connections(str(pool.queue)):
        Spool(path, out=UP, into=DOWN).close()

    wait(pool, job)
    assert sorted(map(int, ran(pool))) == list(range(100))
    until(lambda: len(connections(str(pool.queue))) == 1, within=LONG)


def test_a_lease_that_nobody_renews_ends_the_task_before_it_is_given_on(pool, nodes):
    pool.well("pool", "set", "whole", "--lease", "1m")
    node = nodes()
    job = pool.submit("-p", "whole", "sh", "-c", WAITS)
    until(lambda: ran(pool), within=LONG)
    heard = until(lambda: next((node.root / "workers").glob("*/heard"), None), within=LONG)
    lease = float(heard.read_text().split()[2])
    assert lease == 30
    (pool.work / "go").touch()
    wait(pool, job)


def test_a_worker_goes_over_to_another_link_when_the_pool_is_set_anew(pool, nodes):
    nodes()
    until(lambda: workers(pool), within=LONG)

    pool.well("pool", "set", "whole", "--link", "tls")
    until(lambda: record(pool).get("port"), within=LONG)
    for path in connections(str(pool.queue)):
        Spool(path, out=UP, into=DOWN).close()

    wait(pool, pool.submit("-p", "whole", "true"))
    assert connections(str(pool.queue)) == []


def test_a_worker_that_is_told_to_go_leaves_nothing_behind(pool, nodes):
    node = nodes()
    until(lambda: workers(pool), within=LONG)

    pool.well("pool", "stop", "whole")

    until(lambda: not node.pids(), within=LONG)
    until(lambda: connections(str(pool.queue)) == [], within=LONG)


def test_files_come_in_order_whole_and_not_more_than_are_read(tmp_path):
    one = Spool.make(str(tmp_path), "worker")
    other = Spool(one.directory, out=DOWN, into=UP)
    for number in range(UNDER_WAY):
        assert one.write(b"%d\n" % number) == b""

    assert one.write(b"more\n") == b"more\n"
    assert other.take() == b"".join(b"%d\n" % number for number in range(UNDER_WAY))
    assert one.write(b"more\n") == b""
    assert (other.take(), other.take()) == (b"more\n", b"")
    other.close()
    with pytest.raises(OSError, match="No such file"):
        one.write(b"nobody hears it")
    assert connections(str(tmp_path)) == []
