"""What a scheduler said of a job becomes a file beside its log, under the name that datalad-slurm gives it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..model.scheduled import snapshot_name
from .declared import Claim, Ground
from .planning import Plan

Said = dict[str, Any]


def snapshots(attempts: Sequence[Mapping[str, Any]], root: str) -> dict[str, Said]:
    """What was said of attempts, by the file for it, relative to the root; of those without a log there under `""`.

    Tasks of one array of the scheduler's that are recorded together share a file.
    """
    found: dict[str, list[Said]] = {}
    for one in attempts:
        if one.get("said"):
            found.setdefault(_file_of(one, root), []).append(one["said"])
    return {path: _together(several) for path, several in found.items()}


def _file_of(attempt: Mapping[str, Any], root: str) -> str:
    log = attempt["stdout"] or attempt["stderr"]
    directory = _from_root(os.path.dirname(log), root) if log else None
    if directory is None:
        return ""
    number = str(attempt["scheduler_id"] or attempt["said"].get("JobId"))
    name = snapshot_name(number if attempt["task"] is None else number.partition("_")[0])
    return os.path.normpath(os.path.join(directory, name))


def _from_root(directory: str, root: str) -> str | None:
    real = os.path.realpath(directory)
    return os.path.relpath(real, root) if real == root or real.startswith(root.rstrip("/") + "/") else None


def _together(several: list[Said]) -> Said:
    """What is the same for all once, the rest for each."""
    same = {name: value for name, value in several[0].items() if all(one.get(name) == value for one in several)}
    rest = [{name: value for name, value in one.items() if name not in same} for one in several]
    return {**same, "Tasks": rest} if any(rest) else same


def lay(plan: Plan, ground: Ground) -> None:
    """Write the files, to be committed with the logs; what cannot be written stands in the record instead."""
    for path, said in plan.ended.said.items():
        text = json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        if not path or ground.trouble(path) or not _written(os.path.join(ground.root, path), text):
            plan.ended = replace(plan.ended, more={**plan.ended.more, "scheduler": said})
            continue
        plan.found.files.append(path)
        plan.found.claims.append(Claim(path))
        plan.ended = replace(plan.ended, logs=(*plan.ended.logs, path))


def _written(path: str, text: str) -> bool:
    """Whether it is there now. A link of git-annex in its place is replaced, never written through."""
    draft = f"{path}.burro-{os.getpid()}"
    try:
        if _is_there(path, text):
            return True
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(draft, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        os.replace(draft, path)
    except OSError:
        if os.path.lexists(draft):
            os.unlink(draft)
        return False
    return True


def _is_there(path: str, text: str) -> bool:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read() == text
    except FileNotFoundError:
        return False
