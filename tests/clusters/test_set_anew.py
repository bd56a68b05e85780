"""What becomes of allocations when their pool is set anew, or is no more."""

from __future__ import annotations

from tests.rig.slurm_fixtures import LONG
from tests.waiting import until


def test_what_waits_is_asked_for_anew_when_that_is_set_which_slurm_decides_by(site):
    site.pool(options=["--partition=short"], time="1h")
    job = site.submit("true")
    until(lambda: "more time than the partition allows" in site.world.show(job)["reason"], within=LONG)

    site.world.well("pool", "set", "whole", "--time", "2m")

    site.wait(job)
    assert len(site.names()) == 2


def test_a_pool_that_is_no_more_holds_no_nodes(site):
    site.pool(workers=2)
    site.wait(site.submit("true"))
    site.slurm.well("scontrol", "update", "PartitionName=whole", "State=DOWN")
    site.submit("-a", "0-31", "sleep", "600")
    [waits] = site.becomes("waiting")

    site.world.well("cancel", "all")
    (site.world.queue / "burro.toml").write_text("")

    until(lambda: not site.allocations("waiting", "running", "ending"), within=LONG)
    assert site.slurm.state(int(waits["id"])) == "CANCELLED"
    until(lambda: set(site.slurm.nodes().values()) == {"idle"}, within=LONG)
