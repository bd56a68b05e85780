"""A Slurm, and a user whose queue has a pool each of whose tasks is a job of that Slurm's own."""

from __future__ import annotations

import json

import pytest

from tests.rig.slurm_fixtures import slurm
from tests.waiting import until

__all__ = ["slurm"]

LONG = 40  # seconds


class Desk:
    """A queue with a pool `each`, on a real Slurm. `calls`: what its commands were asked."""

    def __init__(self, slurm, world):
        self.slurm, self.world = slurm, world
        slurm.serve(world)
        world.env |= {"BURRO_SCHEDULER_EVERY": "0.5", "BURRO_LINK_TIMEOUT": "3"}
        world.queue.mkdir(mode=0o700)

    def pool(self, **values):
        """Declare the pool anew; the queue stays up."""
        values = {"options": ["--partition=shared"], **values}
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        text = "\n".join(["[pools.each]", 'scheduler = "slurm"', 'mode = "direct"', *lines, ""])
        (self.world.queue / "burro.toml").write_text(text)
        self.world.well("up", "-c", "0")

    def submit(self, *words):
        return self.world.submit("-p", "each", *words)

    def wait(self, job):
        self.world.burro("wait", "--timeout", "50", job)
        return self.states(job)

    def states(self, job):
        """How many of its tasks are in each state."""
        counts = {}
        for task in self.world.show(job)["tasks"]:
            counts[task["state"]] = counts.get(task["state"], 0) + 1
        return counts

    def attempt(self, job, task=0, number=-1):
        """One attempt of a task, as `show` has it."""
        return self.world.show(job)["tasks"][task]["attempts"][number]

    def reason(self, job, task=0):
        return self.world.show(job)["tasks"][task]["reason"] or ""

    def becomes(self, job, *states):
        until(lambda: set(self.states(job)) & set(states), within=LONG)

    def queue(self, what="%i"):
        """What Slurm has of ours now, a line for each."""
        return self.slurm.well("squeue", "--noheader", "--array", f"--format={what}").splitlines()

    def ever(self):
        """The names of all that Slurm has ever had of ours."""
        return self.slurm.well("squeue", "--noheader", "--array", "--states=all", "--format=%j").split()

    def pools(self):
        rows = json.loads(self.world.well("pools", "--json"))["pools"]
        return next(row for row in rows if row["pool"] == "each")

    def log(self, name="server"):
        path = self.world.queue / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def ran(self, name="ran"):
        path = self.world.work / name
        return sorted(path.read_text().split()) if path.exists() else []


@pytest.fixture
def desk(slurm, queue):
    return Desk(slurm, queue)
