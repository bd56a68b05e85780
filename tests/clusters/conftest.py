"""A Slurm, and a user whose queue has a pool of its nodes."""

from __future__ import annotations

import json

import pytest

from tests.rig.slurm_fixtures import slurm
from tests.waiting import until

__all__ = ["slurm"]

LONG = 40  # seconds


class Site:
    """A queue with a pool `whole`, on a real Slurm."""

    def __init__(self, slurm, world):
        self.slurm, self.world = slurm, world
        slurm.serve(world)
        world.env |= {"BURRO_SCHEDULER_EVERY": "0.5", "BURRO_LINK_TIMEOUT": "3"}
        world.queue.mkdir(mode=0o700)

    def pool(self, **values):
        """Declare the pool anew; the queue stays up."""
        values = {"scheduler": "slurm", "cpus": 8, **values}
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]
        text = "\n".join(["[pools.whole]", *lines, ""])
        (self.world.queue / "burro.toml").write_text(text)
        self.world.well("up", "-c", "0")

    def submit(self, *words):
        return self.world.submit("-o", "none", "-p", "whole", *words)

    def wait(self, job):
        assert self.world.burro("wait", "--timeout", "50", job).code == 0, (self.allocations(), self.log("server"))

    def allocations(self, *states):
        rows = json.loads(self.world.well("allocations", "--json"))["allocations"]
        return [row for row in rows if not states or row["state"] in states]

    def pools(self):
        rows = json.loads(self.world.well("pools", "--json"))["pools"]
        return next(row for row in rows if row["pool"] == "whole")

    def names(self):
        """The names of all of ours that Slurm has ever had."""
        return self.slurm.well("squeue", "--noheader", "--states=all", "--format=%j").split()

    def log(self, name):
        path = self.world.queue / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def becomes(self, state, count=1):
        return until(lambda: len(rows := self.allocations(state)) >= count and rows, within=LONG)

    def ran(self, name="ran"):
        path = self.world.work / name
        return sorted(path.read_text().split()) if path.exists() else []


@pytest.fixture
def site(slurm, queue):
    return Site(slurm, queue)
