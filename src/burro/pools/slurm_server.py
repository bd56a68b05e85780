"""The batch script of an allocation in which the server itself runs (sbatch(1))."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from . import slurm_answers
from .scheduler import Question
from .slurm_script import check_options, quoted

_SCRIPT = """\
#!/bin/sh
{lines}
{before}
# Where the server dies it is started once more. Before the end it is told to leave, and so the next one finds all well.
over= pause=1
trap 'over=1; kill -TERM "$server" 2>/dev/null' USR1 TERM
while :; do
    {command} &
    server=$!
    while :; do
        wait "$server"
        code=$?
        kill -0 "$server" 2>/dev/null || break # else it was a signal of ours that ended the waiting
    done
    case $over:$code in 1:* | :0 | :2 | :4) exit "$code" ;; esac
    sleep "$pause"
    [ "$pause" -ge 60 ] || pause=$((2 * pause))
done
"""
_WARN = 180  # seconds before the end


@dataclass(frozen=True)
class ServerRequest:
    """An allocation for a server. `name`: of the job, by which it is found; `after`: the one that must have ended."""

    name: str
    command: tuple[str, ...]
    log: str
    options: Sequence[str] = ()
    time: float | None = None
    before: str = ""
    after: str | None = None


def submit(request: ServerRequest) -> Question[str]:
    """Ask for it; its id. Raises UsageError for options that it cannot have."""
    check_options(request.options)
    argv = ("sbatch", "--parsable", f"--job-name={request.name}")
    then = () if request.after is None else (f"--dependency=afterany:{request.after}",)
    return Question((*argv, *then), slurm_answers.submitted, text=_script(request), within=60.0)


def _script(request: ServerRequest) -> str:
    """Ours first: of two options that say different things the later one wins."""
    given = [f"--output={request.log}", "--open-mode=append", "--nodes=1", "--ntasks=1", "--no-requeue"]
    if request.time is not None:
        given.append(f"--time={max(1, math.ceil(request.time / 60))}")
    lines = [f"#SBATCH {quoted(option)}" for option in (*given, f"--signal=B:USR1@{_WARN}", *request.options)]
    return _SCRIPT.format(lines="\n".join(lines), before=request.before, command=shlex.join(request.command))
