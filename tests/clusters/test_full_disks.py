"""A node on which the worker can write nothing any more."""

from __future__ import annotations

import json
import resource

from tests.node import POOL, Node
from tests.waiting import until


def test_a_worker_that_cannot_write_its_journal_leaves_and_its_node_is_left_out(queue, tmp_path):
    queue.queue.mkdir(mode=0o700)
    (queue.queue / "burro.toml").write_text(POOL)
    queue.well("up", "-c", "0")
    full = Node(tmp_path / "full", queue.queue, BURRO_NODE="node1")
    nodes = [full]
    try:
        until(lambda: "whole-node1-" in queue.well("workers"), within=20)
        resource.prlimit(full.pid("worker"), resource.RLIMIT_FSIZE, (0, 0))
        job = queue.submit("-p", "whole", "-o", "none", "-a", "0-9", "true")

        until(lambda: full.keeper.poll() is not None, within=20)
        pools = json.loads(queue.well("pools", "--json"))["pools"]
        [left] = next(row for row in pools if row["pool"] == "whole")["left_out"]
        assert (left["node"], "journal cannot be written" in left["why"]) == ("node1", True)

        nodes.append(Node(tmp_path / "well", queue.queue, BURRO_NODE="node2"))
        assert queue.burro("wait", job).code == 0
        assert {one["number"] for task in queue.show(job)["tasks"] for one in task["attempts"]} == {1}
    finally:
        for node in nodes:
            node.close()
