"""A worker knows the end of its walltime: what it takes before that, and what becomes of what runs then."""

from __future__ import annotations

import os
import time

import pytest

from tests.crew import crew_of
from tests.node import POOL, Node
from tests.waiting import until

WAITS = "echo $BURRO_ATTEMPT >> ran; while [ ! -e go ]; do sleep 0.05; done"
ENDS = 26  # seconds: what runs is stopped 20 s before, so tasks have a little less than 6 s


@pytest.fixture
def pool(queue):
    """A world with a pool whose workers come by themselves; its allocations have eight hours."""
    queue.queue.mkdir(mode=0o700)
    declare(queue, time="8h")
    until((queue.queue / "server.json").exists, within=20)
    return queue


def declare(world, **values):
    lines = [f'{name} = "{value}"' for name, value in values.items()]
    (world.queue / "burro.toml").write_text("\n".join([POOL, *lines, ""]))
    world.well("up", "-c", "0")


@pytest.fixture
def nodes(tmp_path, pool):
    """Start a node whose walltime ends in so many seconds."""
    made = []

    def make(ends=None, **env):
        env |= {} if ends is None else {"BURRO_WALLTIME_END": f"{time.time() + ends:.0f}"}
        made.append(Node(tmp_path / f"node{len(made)}", pool.queue, **env))
        return made[-1]

    yield make
    for node in made:
        node.close()


def attempts(world, job):
    return world.show(job)["tasks"][0]["attempts"]


def ran(world):
    path = world.work / "ran"
    return path.read_text().split() if path.exists() else []


def test_what_runs_at_the_end_is_put_back_and_costs_nothing(pool, nodes):
    job = pool.submit("-p", "whole", "--shell", WAITS)
    node = nodes(ENDS)

    assert node.keeper.wait(30) == 0
    task = pool.show(job)["tasks"][0]
    assert (task["state"], task["lost"], task["attempts"][0]["outcome"]) == ("ready", 0, "walltime")
    assert "the walltime of its worker was over" in task["attempts"][0]["reason"]

    (pool.work / "go").touch()
    nodes()
    assert pool.burro("wait", job).code == 0
    assert ran(pool) == ["1", "2"]


def test_what_is_not_to_be_put_back_fails(pool, nodes):
    job = pool.submit("-p", "whole", "--no-requeue", "--shell", WAITS)
    nodes(ENDS)
    assert pool.burro("wait", job).code == 1
    assert "walltime: the walltime of its worker was over" in pool.show(job)["reason"]


def test_what_had_all_of_the_walltime_is_held_and_says_why_once(pool, nodes):
    declare(pool, lease="5m")  # how long an allocation is, only its workers know
    job = pool.submit("-p", "whole", "--shell", WAITS)
    nodes(ENDS)

    until(lambda: pool.show(job)["state"] == "held", within=40)
    assert "of the pool whole, which is all that it can have there" in pool.show(job)["reason"]
    assert "pool set whole --time" in pool.well("status", job)
    assert pool.well("events", job).count("all that it can have") == 2  # how it ended, and that it is held
    pool.well("pool", "set", "whole", "--time", "8h")
    assert pool.show(job)["reason"] == f"held; let it go with: burro release {job}"

    (pool.work / "go").touch()
    nodes()
    pool.well("release", job)
    assert pool.burro("wait", job).code == 0
    assert ran(pool) == ["1", "2"]


def test_a_worker_that_dies_at_the_end_leaves_it_to_the_next_one(pool, nodes, tmp_path):
    log = tmp_path / "hits"
    armed = {"BURRO_TESTING": "1", "BURRO_FAILPOINT": "walltime.before_stop=kill9"}
    once = {"BURRO_FAILPOINT_LOG": str(log), "BURRO_FAILPOINT_ONCE": str(tmp_path / "once")}
    job = pool.submit("-p", "whole", "--shell", WAITS)
    node = nodes(ENDS, **armed, **once)

    assert node.keeper.wait(30) == 0
    assert log.read_text().startswith("walltime.before_stop")
    assert attempts(pool, job)[0]["outcome"] == "walltime"
    assert len(ran(pool)) == 1


def test_a_signal_before_the_end_reaches_the_worker_and_no_task(pool, nodes):
    node = nodes()
    job = pool.submit("-p", "whole", "--shell", "trap 'echo warned >> ran' USR1; " + WAITS)
    until(lambda: ran(pool), within=20)

    os.kill(node.keeper.pid, 10)
    os.kill(node.keeper.pid, 10)
    (pool.work / "go").touch()

    assert pool.burro("wait", job).code == 0
    assert ran(pool) == ["1"]


def test_a_worker_takes_what_its_time_suffices_for_and_leaves_when_that_is_none_of_what_waits(pool, nodes):
    long = pool.submit("-p", "whole", "-t", "1h", "true")
    least = pool.submit("-p", "whole", "-t", "1h", "--time-min", "5m", "true")
    plain = pool.submit("-p", "whole", "true")

    node = nodes(600)

    assert pool.burro("wait", least, plain).code == 0
    assert node.keeper.wait(20) == 0
    assert pool.show(long)["state"] == "ready"
    assert "empty" in pool.well("pools")


def test_towards_the_end_a_pool_drains(pool, nodes):
    declare(pool, time="8h", drain="1h")
    plain = pool.submit("-p", "whole", "true")
    short = pool.submit("-p", "whole", "-t", "5m", "true")

    node = nodes(600)

    assert pool.burro("wait", short).code == 0
    assert node.keeper.wait(20) == 0
    assert pool.show(plain)["state"] == "ready"


def test_what_is_longer_than_the_walltime_is_refused_or_waits_with_a_reason(pool):
    refused = pool.burro("submit", "-p", "whole", "-t", "9h", "true")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "it needs 9:00:00 of time and the pool whole has allocations of 8:00:00" in refused.err

    job = pool.submit("-p", "whole", "-t", "8h", "true")
    declare(pool, time="4h")
    until(lambda: "it needs 8:00:00 and the pool whole gives 4:00:00" in pool.show(job)["reason"], within=20)
    assert "--time-min" in pool.show(job)["reason"]

    assert pool.burro("set", job, "--time-min", "5h").code == 2
    pool.well("set", job, "--time-min", "1h")
    assert "it needs" not in pool.show(job)["reason"]


def test_what_asked_to_be_warned_is_and_is_put_back_however_long_it_ran(pool, nodes):
    declare(pool, lease="5m")
    job = pool.submit("-p", "whole", "--warn", "24s", "--shell", "trap 'echo warned >> ran' USR1; " + WAITS)

    node = nodes(ENDS + 1)

    assert node.keeper.wait(30) == 0
    assert pool.show(job)["state"] == "ready"
    assert ran(pool) == ["1", "warned"]


def test_a_node_goes_on_without_a_server_with_what_it_was_handed_ahead(pool, nodes):
    """The local worker, which would start the server again, goes first."""
    nodes(3600)
    job = pool.submit(
        "-p", "whole", "-t", "1m", "-a", "0-19", "-o", "none", "--shell", "sleep 0.3; echo $BURRO_TASK_ID >> ran"
    )
    until(lambda: ran(pool), within=20)

    for pid in [*(one.pid for one in sorted(crew_of(pool.queue), key=lambda one: one.role)), pool.server()]:
        os.kill(pid, 9)

    until(lambda: len(ran(pool)) == 20, within=30)
    pool.well("up", "-c", "0")
    assert pool.burro("wait", job).code == 0
    assert sorted(map(int, ran(pool))) == list(range(20))


def test_what_waits_at_a_node_comes_back_for_another_and_when_its_time_is_over(pool, nodes):
    first = nodes(ENDS + 30)
    job = pool.submit(
        "-p", "whole", "-t", "10s", "-a", "0-5", "-o", "none", "--shell", "echo $BURRO_WORKER >> ran; sleep 2"
    )
    until(lambda: len(ran(pool)) == 2, within=20)
    second = nodes()
    assert pool.burro("wait", job).code == 0
    assert set(ran(pool)) == {*first.names, *second.names}
    assert len(ran(pool)) == 6
