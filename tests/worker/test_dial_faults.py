"""What happens when the process that carries a worker's words is killed at the worst moments: see docs/faults.md."""

from __future__ import annotations

import pytest

from tests.node import POOL, Node
from tests.waiting import until


@pytest.mark.parametrize(
    "failpoint",
    [
        *("dial.open", "dial.to_worker", "dial.to_worker:3", "dial.to_server", "dial.to_server:3"),
        *("folder.to_worker", "folder.to_worker:3", "folder.to_server", "folder.to_server:3"),
    ],
)
def test_a_carrier_that_is_killed_loses_and_doubles_nothing(queue, tmp_path, failpoint):
    queue.queue.mkdir(mode=0o700)
    queue.env["BURRO_LINK_TIMEOUT"] = "3"  # nobody tells that the one who wrote the files is dead
    (queue.queue / "burro.toml").write_text(POOL + ('link = "folder"\n' if failpoint.startswith("folder") else ""))
    queue.well("up", "-c", "0")
    log, once = tmp_path / "hits", tmp_path / "once"
    node = Node(
        tmp_path / "node",
        queue.queue,
        BURRO_TESTING="1",
        BURRO_FAILPOINT=f"{failpoint}=kill9",
        BURRO_FAILPOINT_LOG=str(log),
        BURRO_FAILPOINT_ONCE=str(once),
        BURRO_LINK_TIMEOUT="3",
    )
    try:
        job = queue.submit("-p", "whole", "-a", "0-29", "sh", "-c", "echo $BURRO_TASK_ID >> ran; sleep 0.05")

        assert queue.burro("wait", job).code == 0
        assert sorted(map(int, (queue.work / "ran").read_text().split())) == list(range(30))
        assert log.read_text().startswith(failpoint.partition(":")[0])
        until(lambda: len(node.pids("dial")) == 1, within=20)
    finally:
        node.close()
