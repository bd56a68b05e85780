"""A Slurm, and a user whose queue has a pool of its nodes."""

from __future__ import annotations

import json
from typing import ClassVar

import pytest

from tests.rig.slurm_fixtures import LONG, Served, slurm
from tests.waiting import until

__all__ = ["slurm"]


class Site(Served):
    """A queue with a pool `whole`, whose workers have nodes for a while."""

    always: ClassVar = {"cpus": 8}

    def submit(self, *words):
        return self.world.submit("-o", "none", "-p", "whole", *words)

    def wait(self, job):
        assert self.world.burro("wait", "--timeout", "50", job).code == 0, (self.allocations(), self.log("server"))

    def allocations(self, *states):
        rows = json.loads(self.world.well("allocations", "--json"))["allocations"]
        return [row for row in rows if not states or row["state"] in states]

    def names(self):
        """The names of all of ours that Slurm has ever had."""
        return self.slurm.well("squeue", "--noheader", "--states=all", "--format=%j").split()

    def becomes(self, state, count=1):
        return until(lambda: len(rows := self.allocations(state)) >= count and rows, within=LONG)


@pytest.fixture
def site(slurm, queue):
    return Site(slurm, queue)
