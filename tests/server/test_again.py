"""A server that is started in place of one that died, by a worker that missed it."""

from __future__ import annotations

import subprocess
import sys


def test_it_stays_away_from_a_queue_that_went_down_meanwhile(queue):
    """A busy computer may need so long for its start that somebody has said `down` before."""
    queue.well("up")
    queue.well("down")
    command = [sys.executable, "-P", "-m", "burro.server", str(queue.queue), "--again"]
    assert subprocess.run(command, env=queue.env, timeout=60, check=False).returncode == 0
    assert queue.processes() == {}
    assert not (queue.queue / "server.json").exists()
