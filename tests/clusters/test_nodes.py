"""What happens to nodes of a Slurm while tasks run there: who decides that a task is lost, and who does not."""

from __future__ import annotations

import json

import pytest

from burro.store import settings
from burro.store.db import Database
from tests.rig.slurm_fixtures import LONG
from tests.waiting import until

LEASE = 6.0  # seconds: shorter than anybody may set it

COUNTED = "echo $BURRO_ATTEMPT >> begun; until [ -e go ]; do sleep 0.1; done; echo $BURRO_ATTEMPT >> ended"
FIRST_STAYS = "echo $BURRO_ATTEMPT >> begun; [ $BURRO_ATTEMPT -gt 1 ] || sleep 1000"


def runs_on(site, job):
    """The allocation in which a task runs, and its node."""
    until(lambda: site.ran("begun"), within=LONG)
    [held] = site.becomes("running")
    assert site.world.state(job) == "running"
    return held["id"], held["nodes"][0]


def goes_on(site, job):
    """It may end now; it was begun once."""
    (site.world.work / "go").touch()
    site.wait(job)
    assert (site.ran("begun"), site.ran("ended")) == (["1"], ["1"])


def test_what_runs_on_a_node_that_is_drained_goes_on_and_what_comes_later_goes_elsewhere(site):
    site.pool(workers=2)
    job = site.submit("-c", "8", "--shell", COUNTED)
    _, node = runs_on(site, job)

    site.slurm.well("scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=mend")
    later = site.submit("-c", "8", "true")
    site.wait(later)

    second, first = site.allocations()
    assert (first["nodes"], node in second["nodes"]) == ([node], False)
    goes_on(site, job)


def test_where_all_nodes_are_drained_the_reason_says_so(site):
    site.slurm.well("scontrol", "update", "NodeName=node[1-4]", "State=DRAIN", "Reason=mend")
    site.pool()
    job = site.submit("true")

    until(lambda: "a node that it needs is not available" in site.world.show(job)["reason"], within=LONG)

    site.slurm.well("scontrol", "update", "NodeName=node3", "State=RESUME")
    site.wait(job)


def test_an_allocation_is_never_put_back_by_slurm(site):
    """It would come back under its old id, with a worker whose tasks others have by then."""
    site.pool()
    job = site.submit("--shell", COUNTED)
    number, _ = runs_on(site, job)

    said = site.slurm.run("scontrol", "requeue", number)

    assert (said.returncode, "disabled" in said.stderr) == (1, True)
    goes_on(site, job)


def test_tasks_do_not_notice_that_slurmd_died(site):
    site.pool()
    job = site.submit("--shell", COUNTED)
    number, node = runs_on(site, job)

    site.slurm.kill_slurmd(node)
    site.wait(site.submit("true"))
    site.slurm.start_node(node)

    goes_on(site, job)
    assert [row["id"] for row in site.allocations()] == [number]


def test_a_node_that_slurm_has_lost_keeps_its_task_while_its_worker_is_heard(site):
    site.pool(workers=2)
    job = site.submit("--shell", COUNTED)
    number, node = runs_on(site, job)

    site.slurm.kill_slurmd(node)
    site.slurm.give_up(node)
    [row] = site.becomes("ended")
    assert (row["id"], row["reason"]) == (number, "Slurm has lost a node of it; what ran there may go on")

    assert site.world.state(job) == "running"
    goes_on(site, job)


@pytest.fixture
def leased(site):
    """A site whose pool has a lease that is over soon."""
    site.pool()
    site.world.well("down")
    database = Database(str(site.world.queue / "burro.db"))
    with database.write():
        settings.put(database, "pool.whole", json.dumps({"lease": [LEASE, None]}))
    database.close()
    return site


def test_a_node_that_lost_its_power_is_given_up_when_the_lease_is_over_whatever_slurm_believes(leased):
    leased.world.well("up", "-c", "0")
    leased.world.well("pool", "set", "whole", "--workers", "2")
    job = leased.submit("--shell", FIRST_STAYS)
    number, node = runs_on(leased, job)

    leased.slurm.kill_node(node)
    leased.wait(job)

    assert leased.ran("begun") == ["1", "2"]
    lost, _ = leased.world.show(job)["tasks"][0]["attempts"]
    assert (lost["outcome"], "was not heard for the 6 seconds of its lease" in lost["reason"]) == ("lost", True)
    assert leased.slurm.state(int(number)) == "RUNNING"
