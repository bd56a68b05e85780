"""An allocation is asked for once, whatever happens to who asks and to who is asked."""

from __future__ import annotations

from tests.clusters.conftest import Site
from tests.rig.hanging import hangs_at_first_sbatch
from tests.rig.slurm import running
from tests.rig.slurm_fixtures import LONG
from tests.rig.slurm_settings import Cluster
from tests.waiting import until


def test_a_server_that_dies_after_it_asked_finds_what_it_asked_for(site, tmp_path):
    log = tmp_path / "log"
    site.world.env |= {
        "BURRO_TESTING": "1",
        "BURRO_FAILPOINT": "allocation.after_asked=kill9",
        "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent"),
        "BURRO_FAILPOINT_LOG": str(log),
    }
    site.pool()
    job = site.submit("true")
    site.wait(job)
    assert log.read_text().count("allocation.after_asked") == 1
    assert len(site.names()) == 1


def test_a_request_that_a_hanging_controller_took_is_the_only_one(queue, tmp_path):
    with running(Cluster(nodes=2, message_timeout=3)) as slurm:
        site = Site(slurm, queue)
        hangs_at_first_sbatch(slurm, queue, tmp_path)
        site.pool(workers=2)

        job = site.submit("true")
        until(lambda: "does not answer in time" in ((site.pools()["error"] or {}).get("text", "")), within=LONG)
        [row] = site.allocations()
        assert (row["state"], row["id"]) == ("asking", None)
        slurm.resume_controller()

        site.wait(job)
        assert site.names() == [row["mark"]]
