"""The Pythons of this machine that a worker may meet elsewhere."""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

OLDEST = (3, 9)
_ASK = "import sys; print(*sys.version_info[:2]); print(sys.executable)"


@functools.cache
def interpreters() -> dict[tuple[int, int], str]:
    """The path of one interpreter for each version from 3.9 on: those on PATH, then those of pyenv."""
    folders = [*map(Path, os.get_exec_path()), *sorted(Path.home().glob(".pyenv/versions/*/bin"))]
    found: dict[tuple[int, int], str] = {}
    for folder in folders:
        for candidate in sorted(folder.glob("python3.[0-9]*")):
            if candidate.name.removeprefix("python3.").isdigit():
                _ask(candidate, found)
    return {version: found[version] for version in sorted(found) if version >= OLDEST}


def _ask(candidate: Path, found: dict[tuple[int, int], str]) -> None:
    answer = subprocess.run([candidate, "-c", _ASK], capture_output=True, text=True, timeout=30, check=False)
    if answer.returncode == 0:  # else a stub for a version that is not installed
        version, path = answer.stdout.splitlines()
        major, minor = map(int, version.split())
        found.setdefault((major, minor), path)
