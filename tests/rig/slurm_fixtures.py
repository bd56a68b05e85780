"""Slurm as fixtures. A test directory that wants them imports them in its conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig.slurm import Slurm, running


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
