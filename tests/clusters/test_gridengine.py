"""Allocations of a real Grid Engine that the server asks for, and the work that is done in them."""

from __future__ import annotations

import json

import pytest

from tests.clusters.conftest import Site
from tests.rig.gridengine import grid_engine
from tests.rig.slurm_fixtures import LONG
from tests.waiting import until

__all__ = ["grid_engine"]


class Slots(Site):
    """A queue with a pool `whole`, on a real Grid Engine: half of its one node for each allocation."""

    def pool(self, **values):
        super().pool(**{"scheduler": "sge", "cpus": None, "options": ["-pe smp 4"], "time": "10m", **values})

    def workers(self):
        return json.loads(self.world.well("workers", "--json"))["workers"]


@pytest.fixture
def slots(grid_engine, queue):
    return Slots(grid_engine, queue)


def test_tasks_run_in_the_slots_that_were_given_and_these_go_back(slots):
    slots.pool(workers=2, idle="1s")

    job = slots.submit("-a", "0-15", "--shell", "echo $BURRO_TASK_ID >> ran; sleep 1")
    until(lambda: [row["cpus"] for row in slots.workers() if row["pool"] == "whole"] == [4, 4], within=LONG)
    slots.wait(job)

    assert slots.ran() == sorted(map(str, range(16)))
    until(lambda: not slots.slurm.well("qstat"), within=LONG)
    until(lambda: not slots.allocations("running", "waiting", "ending"), within=LONG)


def test_what_is_deleted_puts_its_task_back(slots):
    slots.pool(workers=1)
    job = slots.submit("--shell", "echo $BURRO_ATTEMPT >> begun; while [ ! -e go ]; do sleep 0.1; done")
    until(lambda: slots.ran("begun"), within=LONG)
    [first] = slots.becomes("running")

    slots.slurm.well("qdel", first["id"])

    until(lambda: len(slots.ran("begun")) == 2, within=LONG)
    (slots.world.work / "go").touch()
    slots.wait(job)


def test_a_queue_that_is_not_there_is_told_in_one_sentence(slots):
    slots.pool(options=["-q nope"])
    job = slots.submit("true")
    until(lambda: "Grid Engine has no queue 'nope'" in (slots.world.show(job)["reason"] or ""), within=LONG)
