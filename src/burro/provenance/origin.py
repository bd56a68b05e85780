"""Which job made this? The records of a history that touched a file, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..base.errors import NotFound
from .dataset import Dataset
from .record import Record
from .recorded import records


@dataclass(frozen=True)
class Origin:
    """A commit and its record."""

    commit: str
    record: Record


def origins(dataset: Dataset, paths: Sequence[str]) -> Iterator[Origin]:
    """Records that touched one of the paths; of all, where none is named. Raises NotFound for a path without any."""
    wanted = [f":(top,literal){dataset.normal(path)}" for path in paths]
    found = False
    for commit, record in records(dataset.git, ["HEAD", *(["--", *wanted] if wanted else [])]):
        found = True
        yield Origin(commit, record)
    if not found:
        raise NotFound(f"no record tells how {' or '.join(paths) or 'anything here'} was made; see: git log")


def told(origin: Origin) -> dict[str, object]:
    """As JSON."""
    record = origin.record
    attempts = record.ours.get("attempts")
    return {
        "commit": origin.commit,
        "kind": record.kind,
        "job": record.name or None,
        "message": record.message,
        "cmd": record.command,
        "pwd": record.directory,
        "inputs": list(record.inputs),
        "outputs": list(record.outputs),
        "logs": list(record.logs),
        "exit": record.fields.get("exit"),
        "chain": list(record.chain),
        "attempts": attempts if isinstance(attempts, list) else [],
        "base": record.ours.get("base"),
        "pool": record.ours.get("pool"),
        "scheduler_id": record.ours.get("scheduler_id"),
    }
