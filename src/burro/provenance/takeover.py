"""Jobs that datalad-slurm has scheduled and not finished: they become records here, and Slurm says what became of them.

A job of ours stands for each; it is held for ever, and reserves what that one writes. datalad-slurm is told nothing.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..base.errors import UsageError
from ..model.footprint import ROOT, reservable
from ..model.scheduled import SLURM_JOB
from ..pools.scheduler import Declined, NoWord
from ..pools.slurm_past import looked_up
from ..store.datalad_slurm import open_jobs
from .dataset import Dataset
from .ended import Result
from .first_version import announced
from .naming import taken_over
from .open_records import Ask
from .sbatch import is_sbatch, repeatable

_HERE = "echo 'Slurm has this job, and burro only its record; see: burro finish' >&2; exit 1"
_NAMED = 5  # jobs in a sentence


def take_over(ask: Ask, dataset: Dataset, *, context: Mapping[str, Any]) -> Iterator[Result]:
    """A record for each open job of datalad-slurm in this repository, once. Raises Failed where they cannot be read.

    Of those that only a commit tells of, as its first versions had it, those that Slurm still knows.
    """
    found = [row for path in databases(dataset) for row in open_jobs(path)]
    listed = {int(row["slurm_job_id"]) for row in found}
    told = [row for row in announced(dataset) if row["slurm_job_id"] not in listed]
    new = [row for row in told if taken_over(ask, dataset, row["slurm_job_id"]) is None]
    if not found and not new:
        yield Result("", "notneeded", "datalad-slurm has no open jobs in this repository")
    known, remark = _known_to_slurm(new)
    for theirs in [*found, *known]:
        yield _taken(ask, dataset, theirs, context=context)
    if remark:
        yield Result("", "notneeded", remark)


def _known_to_slurm(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], str]:
    """Those that it knows, and a sentence on the others: they may have been given up years ago."""
    if not rows:
        return [], ""
    try:
        found = looked_up([str(row["slurm_job_id"]) for row in rows])
    except (NoWord, Declined) as trouble:
        return [], f"jobs that commits tell of are not taken over, for Slurm cannot be asked: {trouble}"
    known = [row for row in rows if str(row["slurm_job_id"]) in found]
    gone = [str(row["slurm_job_id"]) for row in rows if row not in known]
    more = f" and {len(gone) - _NAMED:,} more" if len(gone) > _NAMED else ""
    which = f"job{'s' if len(gone) > 1 else ''} {', '.join(gone[:_NAMED])}{more}"
    return known, f"{which}, of which commits tell, Slurm knows no more: not taken over" if gone else ""


def _taken(ask: Ask, dataset: Dataset, theirs: Mapping[str, Any], *, context: Mapping[str, Any]) -> Result:
    number, name = int(theirs["slurm_job_id"]), f"slurm-{theirs['slurm_job_id']}"
    known = taken_over(ask, dataset, number)
    if known:
        return Result(known["id"], "notneeded", f"Slurm's job {number} is job {known['id']} here already")
    try:
        job = _submission(replace(dataset, pwd=ROOT), theirs, name)
        answer = ask("submit_many", request=os.urandom(16).hex(), context=dict(context), jobs=[job])["ids"][0]
    except UsageError as error:
        return Result(name, "impossible", f"Slurm's job {number} is not taken over: {error}", closed=False)
    return Result(str(answer["id"]), "ok", f"Slurm's job {number} of datalad-slurm is job {answer['id']} here")


def databases(dataset: Dataset) -> list[str]:
    """The files that may be datalad-slurm's: it calls them by the dataset's id."""
    names = sorted(name for name in os.listdir(dataset.git.shared) if name.endswith(".db"))
    return [os.path.join(dataset.git.shared, name) for name in names]


def _submission(dataset: Dataset, theirs: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Its outputs are relative to the root, its logs to where it was scheduled or, with an alt-dir, to that one."""
    pwd, away = str(theirs.get("pwd") or ROOT), str(theirs.get("alt_dir") or "")
    outputs = [posixpath.normpath(path) for path in theirs["outputs"]]
    logs = [posixpath.normpath(posixpath.join(ROOT if away else pwd, path)) for path in theirs["slurm_outputs"] if path]
    if not outputs:
        raise UsageError("it says of no output that it writes it")
    inside = [path for path in logs if not path.startswith(("../", "/"))]
    writes = reservable(dataset.normal(path) for path in (*outputs, *inside))
    return {
        "shell": _HERE,
        "options": {"name": name, "hold": True, "output": "none"},
        "cwd": dataset.root,
        "provenance": {
            "dataset": dataset.root,
            "writes": writes,
            "below": dataset.below(writes),
            "reads": [],
            "overwrite": "keep",
            "asked": {
                **_asked(dataset, theirs, pwd),
                "outputs": [posixpath.relpath(path, pwd) for path in outputs],
                "logs": logs,
                "alternative": away,
            },
        },
    }


def _asked(dataset: Dataset, theirs: Mapping[str, Any], pwd: str) -> dict[str, Any]:
    """What it has told datalad-slurm; where HEAD was then nobody has written down."""
    command = str(theirs["cmd"])
    return {
        "cmd": repeatable(command, apart=False) if is_sbatch(command) else command,
        "submit_command": command,
        "inputs": theirs["inputs"],
        "extra_inputs": theirs["extra_inputs"],
        "message": str(theirs.get("message") or ""),
        "pwd": pwd,
        "dsid": dataset.id,
        "base": "",
        "chain": theirs["chain"],
        "options": {},
        SLURM_JOB: int(theirs["slurm_job_id"]),
    }
