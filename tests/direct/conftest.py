"""A Slurm, and a user whose queue has a pool each of whose tasks is a job of that Slurm's own."""

from __future__ import annotations

from typing import ClassVar

import pytest

from tests.rig.slurm_fixtures import LONG, Served, slurm
from tests.waiting import until

__all__ = ["slurm"]


class Desk(Served):
    """A queue with a pool `each`, each of whose tasks is a job of Slurm's."""

    name = "each"
    always: ClassVar = {"mode": "direct", "options": ["--partition=shared"]}

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


@pytest.fixture
def desk(slurm, queue):
    return Desk(slurm, queue)
