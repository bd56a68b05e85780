"""Tasks as Slurm's own jobs: the batch script, and which of a task's own `#SBATCH` lines stay (sbatch(1))."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator

from ..base.errors import UsageError
from .scheduler import Answer, Declined, Question
from .slurm_answers import submitted
from .slurm_refusals import of_script
from .slurm_script import quoted
from .tasks import Batch

# What burro does itself, and so takes out of the lines: long name, letter, whether a value follows.
_OURS = (
    ("job-name", "J", True),
    ("array", "a", True),
    ("dependency", "d", True),
    ("begin", "b", True),
    ("output", "o", True),
    ("error", "e", True),
    ("input", "i", True),
    ("chdir", "D", True),
    ("export", "", True),
    ("priority", "", True),
    ("open-mode", "", True),
    ("hold", "H", False),
    ("requeue", "", False),
    ("no-requeue", "", False),
    ("parsable", "", False),
    ("wait", "W", False),
    ("wrap", "", True),
    ("test-only", "", False),
)
_TAKEN = {name: value for long, short, value in _OURS for name in (long, short) if name}
_LATER = 60.0  # seconds by which Slurm's own limit comes after burro's, which says more of it
_PATH = re.compile(r"[^%\n\\\"]+")

_SCRIPT = """\
export BURRO_NODE="${{SLURMD_NODENAME:-$(hostname)}}"
exec {command} ${{SLURM_ARRAY_TASK_ID:+"$SLURM_ARRAY_TASK_ID"}}
"""


def submit_tasks(batch: Batch) -> Question[str]:
    """The command that asks for them. What stands on it wins over all lines. Raises UsageError."""
    if not _PATH.fullmatch(batch.log):
        raise UsageError(f"Slurm reads the name {batch.log} as something else; use another --queue DIR")
    lines = list(_lines(batch))
    named = any(line.startswith("--comment") for line in lines)
    argv = [
        "sbatch",
        "--parsable",
        f"--job-name={batch.mark}",
        *([] if named else [f"--comment={batch.mark}"]),
        f"--output={batch.log}",
        "--open-mode=append",
        f"--chdir={batch.directory}",
        "--no-requeue",
        *([] if batch.places is None else [f"--array={ranges(batch.places)}"]),
    ]
    return Question(tuple(argv), _submitted if batch.lines else submitted, text=script(batch), within=60.0)


def _submitted(answer: Answer) -> str:
    try:
        return submitted(answer)
    except Declined as no:
        raise of_script(no) from None


def script(batch: Batch) -> str:
    """The text. Of two lines that say different things the later one wins, so those that win come last."""
    lines = "".join(f"#SBATCH {line}\n" for line in _lines(batch))
    return f"#!/bin/sh\n{lines}\n{_SCRIPT.format(command=shlex.join(batch.command))}"


def ranges(places: tuple[int, ...]) -> str:
    """`0-3,7`: rising numbers as Slurm writes them."""
    parts: list[list[int]] = []
    for place in places:
        if parts and place == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], place]
        else:
            parts.append([place])
    return ",".join("-".join(map(str, part)) for part in parts)


def kept(line: str) -> str:
    """What of the words behind `#SBATCH` stays; empty where all of them are burro's business."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return line
    left, skip = [], False
    for word in words:
        name, equals, _ = word.lstrip("-").partition("=")
        if skip and not word.startswith("-"):
            skip = False
            continue
        name = name if word.startswith("--") else name[:1]
        ours = word.startswith("-") and name in _TAKEN
        skip = ours and _TAKEN[name] and not equals and (word.startswith("--") or len(word) == 2)
        if not ours:
            left.append(word)
    return line if len(left) == len(words) else shlex.join(left)


def _lines(batch: Batch) -> Iterator[str]:
    if batch.usual_time is not None:
        yield f"--time={_minutes(batch.usual_time)}"
    yield from map(quoted, batch.options)
    yield from filter(None, map(kept, batch.lines))
    if batch.cpus is not None:
        yield f"--cpus-per-task={batch.cpus}"
    if batch.mem is not None:
        yield f"--mem={math.ceil(batch.mem / 2**20)}M"
    if batch.gpus is not None:
        yield f"--gres=gpu:{batch.gpus}"
    if batch.warn is not None:
        yield f"--signal=B:{batch.warn[1]}@{batch.warn[0]}"
    if batch.time is not None:
        yield f"--time={_minutes(batch.time + _LATER)}"


def _minutes(seconds: float) -> int:
    return max(1, math.ceil(seconds / 60))
