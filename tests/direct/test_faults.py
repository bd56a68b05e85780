"""A task is handed in once and its end is heard, whatever happens to who asks and to who is asked."""

from __future__ import annotations

import pytest

from tests.direct.conftest import Desk
from tests.rig.slurm import running
from tests.rig.slurm_settings import Cluster
from tests.waiting import until

LONG = 40  # seconds


@pytest.mark.parametrize("place", ["direct.after_submit"])
def test_a_server_that_dies_beside_its_question_hands_a_task_in_once(desk, tmp_path, place):
    log = tmp_path / "log"
    desk.world.env |= {
        "BURRO_TESTING": "1",
        "BURRO_FAILPOINT": f"{place}=kill9",
        "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent"),
        "BURRO_FAILPOINT_LOG": str(log),
    }
    desk.pool()
    job = desk.submit("--shell", "echo once >> ran")
    assert desk.wait(job) == {"done": 1}
    assert log.read_text().count(place) == 1
    assert (len(desk.ever()), desk.ran()) == (1, ["once"])


HANGING = """#!/bin/sh
[ -e {hung} ] || {{ touch {hung}; kill -STOP $(cat {pid}); }}
exec /usr/bin/sbatch "$@"
"""


def test_what_a_hanging_controller_took_is_found_and_not_handed_in_again(queue, tmp_path):
    with running(Cluster(nodes=2, message_timeout=3)) as slurm:
        desk = Desk(slurm, queue)
        (tmp_path / "bin").mkdir()
        path = tmp_path / "bin" / "sbatch"
        path.write_text(HANGING.format(hung=tmp_path / "hung", pid=slurm.root / "slurmctld.pid"))
        path.chmod(0o755)
        queue.env["PATH"] = f"{path.parent}:{queue.env['PATH']}"
        desk.pool()

        job = desk.submit("--shell", "echo once >> ran")
        until(lambda: "does not answer in time" in ((desk.pools()["error"] or {}).get("text", "")), within=LONG)
        slurm.resume_controller()

        assert desk.wait(job) == {"done": 1}
        assert (len(desk.ever()), desk.ran()) == (1, ["once"])
