"""The output of a folder of an inbox: its task wrote it in pending/, and the folder has been moved since."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

_OUTPUT = "job_output.txt"


def found_again(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the answer to `outputs`, or a task's, with its files where they lie now."""
    job = str(row["id"]).partition(".")[0]
    files = {stream: _now(row.get(stream), job, row.get("attempt")) for stream in ("stdout", "stderr")}
    return {**row, **{stream: path for stream, path in files.items() if path is not None}}


def _now(path: str | None, job: str, attempt: object) -> str | None:
    """Where a file lies; as it was said, where it is not found again."""
    if path is None or "/pending/" not in path or os.path.exists(path):
        return path
    root, _, below = path.rpartition("/pending/")
    name, _, file = below.partition("/")
    for folder in _namesakes(root, name):
        if _job_of(folder) == job:
            return next((found for found in _names(os.path.join(folder, file), attempt) if os.path.exists(found)), path)
    return path


def _namesakes(root: str, name: str) -> Iterator[str]:
    """Folders that may be it: what came back has its name, or that with a number."""
    for part in ("complete", "completed", "cancelled"):
        folder, count = os.path.join(root, part, name), 1
        while os.path.isdir(folder):
            yield folder
            count += 1
            folder = os.path.join(root, part, f"{name}-{count}")


def _job_of(folder: str) -> str:
    """The job that a folder says it was."""
    try:
        with open(os.path.join(folder, ".burro-job"), encoding="ascii") as file:
            return (file.read(200).split() or [""])[0]
    except (OSError, ValueError):
        return ""


def _names(path: str, attempt: object) -> list[str]:
    """The last attempt's file has been given the name without a number, for that the first one's got its own."""
    above, name = os.path.split(path)
    plain = os.path.join(above, _OUTPUT)
    if name == _OUTPUT:
        return [f"{plain}.1", plain] if attempt == 1 else [plain]
    return [path, plain] if name.startswith(f"{_OUTPUT}.") else [path]
