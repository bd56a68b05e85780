"""The real datalad-slurm, in a directory of its own: it and burro are two extensions of one DataLad.

`python -m tests.rig.datalad_slurm` fetches it, as `make test` does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

_TOP = Path(__file__).parents[2]
_PLACE = _TOP / ".venv" / "datalad-slurm"


def installed() -> Path:
    """The directory that has to be on PYTHONPATH; fetched where it is not there yet."""
    if not _PLACE.exists():
        fresh = tempfile.mkdtemp(dir=_PLACE.parent)
        how = ("--disable-pip-version-check", "--quiet", "--require-hashes", "--no-deps", "--target", fresh)
        words = (sys.executable, "-m", "pip", "install", *how, "-r", str(_TOP / "requirements" / "datalad-slurm.txt"))
        subprocess.run(words, check=True, env={**os.environ, "PIP_USER": "0"}, stderr=subprocess.DEVNULL)
        try:
            os.rename(fresh, _PLACE)
        except OSError:  # somebody else was quicker
            assert _PLACE.exists()
    return _PLACE


def beside(env: dict[str, str]) -> dict[str, str]:
    """An environment in which `datalad` has its commands too."""
    return {**env, "PYTHONPATH": str(installed())}


if __name__ == "__main__":
    installed()
