"""SIGTERM may come at any moment: what is just being started is stopped like what runs."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests.node import POOL, Node
from tests.waiting import until

LONG = 30  # seconds


def is_stopped(pid):
    return pid is not None and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def test_a_worker_that_is_told_while_it_starts_a_task_stops_that_task_too(queue, tmp_path):
    queue.queue.mkdir(mode=0o700)
    (queue.queue / "burro.toml").write_text(POOL)
    queue.well("up", "-c", "0")
    armed = {
        "BURRO_TESTING": "1",
        "BURRO_FAILPOINT": "start.after_spawn=stop",
        "BURRO_FAILPOINT_LOG": str(tmp_path / "log"),
    }
    node = Node(tmp_path / "far", queue.queue, **armed)
    try:
        job = queue.submit("-p", "whole", "-o", "none", "sleep", "1000")
        until(lambda: is_stopped(node.pid("worker")), within=LONG)

        os.kill(node.pid("worker"), signal.SIGTERM)
        os.kill(node.pid("worker"), signal.SIGCONT)
        assert node.keeper.wait(LONG) == 0
    finally:
        node.close()

    [attempt] = json.loads(queue.well("show", job, "--json"))["tasks"][0]["attempts"]
    assert (attempt["outcome"], attempt["reason"]) == ("released", "the worker was told to stop")
    assert queue.state(job) == "ready"
