"""The message of a job's commit: a title, what people said, and the record."""

from __future__ import annotations

import hashlib
import json
import lzma
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .ended import Ended, Settings, Tried
from .record import ABOVE, BELOW, KEY, SIDECARS

_SHORT = 40  # characters of a command that stand for a message, as DataLad does
_SLURM_WORDS = {"done": "Completed", "cancelled": "Cancelled"}
_SLURM_OUTCOMES = {"timeout": "Timeout", "memory": "Out of memory", "lost": "Node fail"}


@dataclass(frozen=True)
class Composed:
    """A message, and the file that has to be in the same commit where the record is too long for it."""

    message: str
    sidecar: tuple[str, bytes] | None = None


def compose(ended: Ended, settings: Settings, *, dataset: str) -> Composed:
    """The message of the commit with the outputs of `ended`."""
    if settings.style == "run":
        title = f"[DATALAD RUNCMD] {said(ended)}"
        return _with_record(title, [settings.message], fields_of(ended, dataset=dataset), settings)
    fields = slurm_fields(ended, dataset=dataset, style=settings.style)
    tag = "SLURM RUN] Slurm" if settings.style == "slurm" else "FINISH] Processed batch"
    title = f"[DATALAD {tag} job {slurm_id(ended)}: {slurm_state(ended)}"
    again = f"Re-submission of job {ended.more['repeats']}." if "repeats" in ended.more else ""
    return _with_record(title, [settings.message, ended.message, again], fields, settings)


def compose_announcement(ended: Ended, settings: Settings, *, dataset: str) -> Composed:
    """The message of the commit that says, in the style `pair`, that a job was scheduled."""
    fields = slurm_fields(ended, dataset=dataset, style="pair")
    fields[KEY] = {"job": ended.name, "submitted": ended.submitted, "scheduled": True}
    tag = "RESCHEDULE" if ended.chain else "SCHEDULE"
    title = f"[DATALAD {tag}] Submitted batch job {slurm_id(ended)}: Pending"
    return _with_record(title, [ended.message], fields, settings)


def said(ended: Ended) -> str:
    """What the user called it, or the beginning of the command."""
    if ended.message:
        return ended.message
    return ended.command[:_SHORT] + ("..." if len(ended.command) > _SHORT else "")


def fields_of(ended: Ended, *, dataset: str) -> dict[str, Any]:
    """DataLad's run record, and our key."""
    return {
        "chain": list(ended.chain),
        "cmd": ended.command,
        "dsid": ended.dataset or dataset or None,
        "exit": _exit(ended),
        "extra_inputs": list(ended.extra_inputs),
        "inputs": list(ended.inputs),
        "outputs": list(ended.outputs),
        "pwd": ended.pwd,
        KEY: ours(ended),
    }


def _exit(ended: Ended) -> int:
    """DataLad takes a record without an exit code for one of a success."""
    if ended.exit is not None and (ended.exit or ended.succeeded):
        return ended.exit
    return 0 if ended.succeeded else 1


def ours(ended: Ended) -> dict[str, Any]:
    """What DataLad has no entry for. Nothing that is empty is written."""
    known: Mapping[str, Any] = {
        "v": 1,
        "job": ended.name,
        "state": ended.state,
        "pool": ended.pool,
        "scheduler_id": ended.scheduler_id,
        "submitted": ended.submitted,
        "submit_command": ended.submit_command,
        "attempts": [_attempt(tried) for tried in ended.attempts],
        "logs": list(ended.logs),
        "base": ended.base,
        **ended.more,
    }
    return {name: value for name, value in known.items() if value not in ("", [], None)}


def _attempt(tried: Tried) -> dict[str, Any]:
    return {name: value for name, value in vars(tried).items() if value not in ("", None)}


def slurm_fields(ended: Ended, *, dataset: str, style: str) -> dict[str, Any]:
    """The record as datalad-slurm writes it: outputs relative to the root, logs among them."""
    logs = [log for log in ended.logs if not log.startswith("/")]
    from_root = [posixpath.normpath(posixpath.join(ended.pwd, output)) for output in ended.paths]
    fields = fields_of(ended, dataset=dataset)
    fields |= {"cmd": ended.submit_command or ended.command, "outputs": [*from_root, *logs]}
    fields["slurm_job_id"] = slurm_id(ended)
    if style == "slurm":
        del fields["exit"]
        fields |= {"alt_dir": ended.alternative, "slurm_outputs": logs}
    else:
        fields["slurm_run_outputs"] = logs
    return fields


def slurm_id(ended: Ended) -> int:
    """The number that stands where datalad-slurm has Slurm's."""
    digits = (ended.scheduler_id or ended.job).partition("_")[0]
    return int(digits) if digits.isdecimal() else 0


def slurm_state(ended: Ended) -> str:
    """How datalad-slurm's titles tell it."""
    outcome = ended.attempts[-1].outcome if ended.attempts else ""
    return _SLURM_WORDS.get(ended.state) or _SLURM_OUTCOMES.get(outcome, "Failed")


def _with_record(title: str, told: list[str], fields: dict[str, Any], settings: Settings) -> Composed:
    text, sidecar = json.dumps(fields, indent=1, sort_keys=True, ensure_ascii=False), None
    written = text.encode(errors="surrogateescape")
    if len(written) > settings.sidecar_above:
        # As DataLad's own: named by the text, one line of JSON in LZMA.
        name = hashlib.md5(written, usedforsecurity=False).hexdigest()
        line = json.dumps(fields, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
        sidecar = (f"{SIDECARS}/{name}", lzma.compress(line.encode(errors="surrogateescape") + b"\n"))
        text = f'"{name}"'
    body = "\n\n".join([title, *filter(None, told)])
    return Composed(f"{body}\n\n{BELOW}\n{text}\n{ABOVE}\n", sidecar)
