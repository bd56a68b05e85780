"""A limit of the site's is met by waiting, not by asking without end; needs Slurm's accounting."""

from __future__ import annotations

import time

import pytest

from tests.clusters.conftest import Site
from tests.rig.slurm import running
from tests.rig.slurm_fixtures import LONG
from tests.rig.slurm_settings import Cluster
from tests.waiting import until

LIMIT = "the limit of the QOS on jobs in the queue is reached"
HELD = "echo $BURRO_TASK_ID >> ran; until [ -e go ]; do sleep 0.1; done"

COUNTING = """#!/bin/sh
echo asked >> {log}
exec /usr/bin/sbatch "$@"
"""


@pytest.fixture
def site(queue, tmp_path):
    with running(Cluster(nodes=2, accounting=True)) as slurm:
        path = tmp_path / "bin" / "sbatch"
        path.parent.mkdir()
        path.write_text(COUNTING.format(log=tmp_path / "asked"))
        path.chmod(0o755)
        queue.env["PATH"] = f"{path.parent}:{queue.env['PATH']}"
        yield Site(slurm, queue)


def test_a_limit_of_the_scheduler_is_told_and_waited_for(site, tmp_path):
    site.slurm.limit("GrpSubmitJobs", 1)
    site.pool(workers=2)
    began = time.monotonic()
    job = site.submit("-a", "0-1", "-c", "8", "--shell", HELD)

    until(lambda: LIMIT in (site.pools()["error"] or {}).get("text", ""), within=LONG)
    until(site.ran, within=LONG)
    until(lambda: refusals(tmp_path) >= 3, within=LONG)
    assert sum(range(1, refusals(tmp_path))) <= time.monotonic() - began  # after the first 1 s, then 2 s, ...

    site.slurm.limit("GrpSubmitJobs", -1)
    until(lambda: len(site.ran()) == 2, within=LONG)
    assert site.pools()["error"] is None
    (site.world.work / "go").touch()
    site.wait(job)
    assert len(site.names()) == 2


def refusals(root):
    """How often sbatch was called in vain: once it was not."""
    return (root / "asked").read_text().count("asked") - 1
