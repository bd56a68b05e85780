"""A controller that hangs at a moment of our choice."""

from __future__ import annotations

_HANGING = """#!/bin/sh
[ -e {hung} ] || {{ touch {hung}; kill -STOP $(cat {pid}); }}
exec /usr/bin/sbatch "$@"
"""


def hangs_at_first_sbatch(slurm, world, directory):
    """The controller stands still from the first sbatch of a world on, which it hears nevertheless."""
    path = directory / "bin" / "sbatch"
    path.parent.mkdir()
    path.write_text(_HANGING.format(hung=directory / "hung", pid=slurm.root / "slurmctld.pid"))
    path.chmod(0o755)
    world.env["PATH"] = f"{path.parent}:{world.env['PATH']}"
