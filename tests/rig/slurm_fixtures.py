"""Slurm as fixtures. A test directory that wants them imports them in its conftest.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from tests.conftest import World
from tests.rig.slurm import Slurm, running

LONG = 40  # seconds: far more than anything of a pool here needs


class Served:
    """A queue on a real Slurm, with one pool of it. Nothing runs before `pool`."""

    name = "whole"
    always: ClassVar[dict[str, Any]] = {}  # what the pool has where nothing else is said; None: nothing of that

    def __init__(self, slurm: Slurm, world: World) -> None:
        self.slurm, self.world = slurm, world
        slurm.serve(world)
        world.env |= {"BURRO_SCHEDULER_EVERY": "0.5", "BURRO_LINK_TIMEOUT": "3"}
        world.queue.mkdir(mode=0o700)

    def pool(self, **values: Any) -> None:
        """Declare the pool anew; the queue stays up."""
        values = {"scheduler": "slurm", **self.always, **values}
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]
        (self.world.queue / "burro.toml").write_text("\n".join([f"[pools.{self.name}]", *lines, ""]))
        self.world.well("up", "-c", "0")

    def pools(self) -> dict[str, Any]:
        """What `burro pools` says of it."""
        rows = json.loads(self.world.well("pools", "--json"))["pools"]
        return next(row for row in rows if row["pool"] == self.name)

    def log(self, name: str = "server") -> str:
        """What the queue's server, or its workers here, wrote so far."""
        path = self.world.queue / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def ran(self, name: str = "ran") -> list[str]:
        """The words in a file that tasks write to, sorted."""
        path = self.world.work / name
        return sorted(path.read_text().split()) if path.exists() else []


@pytest.fixture
def slurm() -> Iterator[Slurm]:
    """A cluster of four nodes, new for the test."""
    with running() as made:
        yield made


@pytest.fixture(scope="module")
def shared_slurm() -> Iterator[Slurm]:
    """A cluster that the tests of one file have together: for those that leave it as it was."""
    with running() as made:
        yield made
