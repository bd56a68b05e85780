"""What datalad-slurm's first versions have open: a commit tells that a job was scheduled, and none of its end."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from .dataset import Dataset
from .record import Record
from .recorded import records


def announced(dataset: Dataset) -> Iterator[dict[str, Any]]:
    """Jobs that commits behind HEAD tell of, newest first, by the columns in which later versions have them."""
    finished: set[int] = set()
    for _, record in records(dataset.git, ["HEAD"]):
        number = _number(record)
        if number is None or number in finished:
            continue
        finished.add(number)
        if record.is_announcement and not record.ours:
            yield _row(record, number)


def _number(record: Record) -> int | None:
    """Slurm's number of a job, whoever recorded it; None where it ran otherwise."""
    known = record.ours.get("scheduler_id") if record.ours else record.fields.get("slurm_job_id")
    digits = str(known or "").partition("_")[0]
    return int(digits) if digits.isdecimal() else None


def _row(record: Record, number: int) -> dict[str, Any]:
    pwd = record.directory
    extra = record.fields.get("extra_inputs")
    return {
        "slurm_job_id": number,
        "message": record.message,
        "chain": list(record.chain),
        "cmd": record.command,
        "inputs": list(record.inputs),
        "extra_inputs": list(map(str, extra)) if isinstance(extra, list) else [],
        "outputs": [posixpath.join(pwd, path) for path in record.outputs],
        "slurm_outputs": [posixpath.relpath(path, pwd) for path in record.logs],
        "pwd": pwd,
    }
