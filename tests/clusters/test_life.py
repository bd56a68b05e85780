"""The server of a cluster's queue dies, and comes back by itself."""

from __future__ import annotations

import os
import signal

from tests.crew import server_of
from tests.rig.slurm_fixtures import LONG
from tests.waiting import until


def test_a_killed_server_comes_back_by_itself_and_nothing_runs_twice(site):
    site.pool(workers=2, idle="1m")
    job = site.submit("-a", "0-95", "--shell", "echo $BURRO_TASK_ID >> ran; sleep 0.5")
    until(lambda: len(site.ran()) >= 16, within=LONG)
    server = site.world.server()

    os.kill(server, signal.SIGKILL)

    until(lambda: len(site.ran()) == 96, within=LONG)
    assert server_of(site.world.queue) not in (server, None)
    site.wait(job)
    assert site.ran() == sorted(map(str, range(96)))
    assert len(site.names()) == 2
