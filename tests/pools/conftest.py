"""A Slurm for the stories of how burro speaks with one."""

from __future__ import annotations

from tests.rig.slurm_fixtures import slurm

__all__ = ["slurm"]
