"""Other extensions of DataLad, the real ones, each in a directory of its own, beside burro where a test wants it so.

`python -m tests.rig.extensions NAME` fetches one, as `make test` does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

_TOP = Path(__file__).parents[2]


def installed(name: str) -> Path:
    """The directory that has to be on PYTHONPATH; fetched where it is not there yet."""
    place = _TOP / ".venv" / name
    if not place.exists():
        fresh = tempfile.mkdtemp(dir=place.parent)
        how = ("--disable-pip-version-check", "--quiet", "--require-hashes", "--no-deps", "--target", fresh)
        words = (sys.executable, "-m", "pip", "install", *how, "-r", str(_TOP / "requirements" / f"{name}.txt"))
        subprocess.run(words, check=True, env={**os.environ, "PIP_USER": "0"}, stderr=subprocess.DEVNULL)
        try:
            os.rename(fresh, place)
        except OSError:  # somebody else was quicker
            assert place.exists()
    return place


def beside(env: dict[str, str], name: str = "datalad-slurm") -> dict[str, str]:
    """An environment in which `datalad` has its commands too."""
    return {**env, "PYTHONPATH": str(installed(name))}


if __name__ == "__main__":
    installed(sys.argv[1])
