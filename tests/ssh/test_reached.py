"""Workers on nodes that cannot connect to the server: it comes to them by a real ssh, because they asked for it."""

from __future__ import annotations

import json
import os
import signal

import pytest

from burro.link.call import server_record
from tests.node import Node
from tests.waiting import until

QUICK = {"BURRO_LINK_TIMEOUT": "3"}
POOL = '[pools.whole]\njoin = true\nlink = "ssh"\n'
WAITS = "echo $BURRO_ATTEMPT >> ran; while [ ! -e go ]; do sleep 0.05; done; echo over"
LONG = 40  # seconds


class Reached:
    """A queue, and a worker at m1 which it can reach by ssh only."""

    def __init__(self, machines, world, root):
        self.machines, self.world = machines, world
        machines.serve(world)
        world.queue.mkdir(mode=0o700)
        (world.queue / "burro.toml").write_text(POOL)
        world.env |= QUICK
        world.well("up", "-c", "0")
        until(lambda: self.record().get("links"), within=LONG)
        self.node = Node(root, world.queue, BURRO_NODE="m1", **QUICK)

    def record(self):
        return server_record(str(self.world.queue)) or {}

    def ran(self):
        path = self.world.work / "ran"
        return path.read_text().split() if path.exists() else []

    def wait(self, job):
        assert self.world.burro("wait", "--timeout", "50", job).code == 0, self.error()

    def error(self):
        rows = json.loads(self.world.well("pools", "--json"))["pools"]
        return (next(row for row in rows if row["pool"] == "whole")["error"] or {}).get("text", "")


@pytest.fixture
def reached(machines, queue, tmp_path):
    made = Reached(machines, queue, tmp_path / "node")
    yield made
    made.node.close()


def test_the_server_comes_to_a_worker_that_asked_for_it_and_opens_no_port(reached):
    reached.machines["m1"].bashrc("echo welcome to m1")

    job = reached.world.submit("-p", "whole", "-a", "0-49", "sh", "-c", "echo $BURRO_TASK_ID >> ran")

    reached.wait(job)
    assert sorted(map(int, reached.ran())) == list(range(50))
    assert reached.world.show(job)["tasks"][0]["attempts"][0]["host"] == "m1"
    assert "port" not in reached.record()


def test_a_cut_line_and_a_killed_server_lose_and_double_nothing(reached):
    job = reached.world.submit("-p", "whole", "sh", "-c", WAITS)
    until(reached.ran, within=LONG)
    before = reached.node.pid("dial")

    reached.machines["m1"].cut()
    until(lambda: reached.node.pid("dial") not in (None, before), within=LONG)
    os.kill(reached.world.server(), signal.SIGKILL)
    reached.world.well("up")
    (reached.world.work / "go").touch()

    reached.wait(job)
    assert reached.ran() == ["1"]


def test_a_node_that_lets_nobody_in_is_told_at_its_pool(reached):
    reached.machines["m1"].refuse_key()
    reached.machines["m1"].cut()
    until(lambda: "m1 cannot be reached by ssh" in reached.error(), within=LONG)

    reached.machines["m1"].accept_key()

    reached.wait(reached.world.submit("-p", "whole", "true"))
    assert reached.error() == ""
