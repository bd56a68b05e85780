"""The floor: floor.c, compiled anew for every run of the benchmarks."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from yard import environment

_SOURCE = Path(__file__).with_suffix(".c")


@dataclass(frozen=True)
class Run:
    """Seconds of one run: wall, own cpu, cpu of the children."""

    wall: float
    own: float
    children: float


class Floor:
    """The compiled program."""

    def __init__(self, directory: Path) -> None:
        self._program = directory / "floor"
        if shutil.which("gcc") is None:
            raise SystemExit("the floor is a C program and there is no gcc; run: make bench, which installs it")
        subprocess.run(["gcc", "-O2", "-o", str(self._program), str(_SOURCE)], check=True)

    def run(self, count: int, slots: int, *, files: Path | None = None) -> Run:
        """Start `count` processes, `slots` at a time, each with an output file in `files` where that is given."""
        words = [str(self._program), str(count), str(slots), *([str(files)] if files else [])]
        said = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True).stdout
        return Run(*map(float, said.split()))
