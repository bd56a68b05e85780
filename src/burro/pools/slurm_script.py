"""The batch script of an allocation of Slurm's (sbatch(1))."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Sequence

from ..base.errors import UsageError
from .on_node import on_node, shell
from .scheduler import Request

# What burro sets, and what an allocation cannot have.
_OURS = {
    "job-name": "the name is burro's own, by which it finds the job again",
    "J": "the name is burro's own, by which it finds the job again",
    "array": "a pool asks for one allocation after another; say how many with workers",
    "a": "a pool asks for one allocation after another; say how many with workers",
    "wrap": "the script is burro's own",
    "parsable": "burro reads the answer itself",
    "wait": "burro waits by itself",
    "W": "burro waits by itself",
    "test-only": "nothing would be asked for",
    "requeue": "an allocation that was lost is asked for anew",
    "signal": "burro sets the signal before the end itself",
    "time": "set the pool's time instead",
    "t": "set the pool's time instead",
    "output": "burro keeps what an allocation prints itself",
    "o": "burro keeps what an allocation prints itself",
    "error": "burro keeps what an allocation prints itself",
    "e": "burro keeps what an allocation prints itself",
    "chdir": "a worker has a directory of its own",
    "D": "a worker has a directory of its own",
    "help": "it is no option of a job",
    "version": "it is no option of a job",
    "V": "it is no option of a job",
}
_EARLIEST = (
    90.0  # seconds: Slurm signals up to a minute too soon, and who is signalled before its first line ends by that
)
_LATEST = 10.0  # seconds before the end: later is of no use
_OPTION = re.compile(r"--([a-z][a-z0-9-]*)(=.*)?|-([A-Za-z])(.*)", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9_./:=,@%+^~\[\]&|*!-]+")

_SCRIPT = """\
trap '' USR1 # until there is somebody to be warned; who starts now inherits that
trap : TERM  # Slurm tells the workers too; they say when they have ended

# When this allocation ends, in seconds since 1970.
BURRO_WALLTIME_END=${{SLURM_JOB_END_TIME:-}}
[ -n "$BURRO_WALLTIME_END" ] || BURRO_WALLTIME_END=$(
    SLURM_TIME_FORMAT=%s timeout 20 squeue --noheader --jobs="$SLURM_JOB_ID" --format=%e 2>/dev/null
)
case $BURRO_WALLTIME_END in '' | *[!0-9]*) BURRO_WALLTIME_END={end} ;; esac
export BURRO_WALLTIME_END BURRO_ALLOCATION="$SLURM_JOB_ID"
{env}
# One worker on each node.
on_node={on_node}
if [ "${{SLURM_JOB_NUM_NODES:-1}}" = 1 ]; then
    {shell} "$on_node" &
    workers=$!
else
    workers=
    for node in $(scontrol show hostnames "$SLURM_JOB_NODELIST"); do
        srun --nodes=1 --ntasks=1 --nodelist="$node" --overlap --cpu-bind=none --mem=0 --mpi=none \\
            --kill-on-bad-exit=0 ${{SLURM_GPUS_ON_NODE:+--gres=gpu:$SLURM_GPUS_ON_NODE}} {shell} "$on_node" &
        workers="$workers $!"
    done
fi

warn() {{ for pid in $workers; do kill -USR1 "$pid" 2>/dev/null; done; }}
trap warn USR1

worst=0
for pid in $workers; do
    while :; do
        wait "$pid"
        code=$?
        kill -0 "$pid" 2>/dev/null || break # else it was a signal of ours that ended the waiting
    done
    [ "$code" -le "$worst" ] || worst=$code
done
exit "$worst"
"""


def check_options(options: Sequence[str]) -> None:
    """Raise UsageError for options that burro sets itself, or that are none."""
    for option in options:
        found = _OPTION.fullmatch(option)
        if found is None or "\n" in option or "\0" in option:
            raise UsageError(f"options are sbatch's own, each in one piece, as \"--partition=normal\", not '{option}'")
        name = found[1] or found[3]
        if name in _OURS:
            raise UsageError(f"options cannot have '{option}': {_OURS[name]}")


def script(request: Request) -> str:
    """The text. Raises UsageError for options that it cannot have."""
    check_options(request.options)
    lines = "".join(f"#SBATCH {quoted(option)}\n" for option in _options(request))
    text = f"trap '' USR1\nexport BURRO_NODE=\"${{SLURMD_NODENAME:-$(hostname)}}\"\n{on_node(request)}"
    body = _SCRIPT.format(
        on_node=shlex.quote(text),
        shell=shell(request),
        env="".join(f"export {name}={shlex.quote(value)}\n" for name, value in request.env.items()),
        end="" if request.time is None else f"$(($(date +%s) + {max(0, int(request.time) - 60)}))",
    )
    return f"#!/bin/sh\n{lines}\n{body}"


def _options(request: Request) -> Iterator[str]:
    """Ours first: of two that say different things the later one wins."""
    yield f"--output={request.log}"
    yield "--open-mode=append"
    yield f"--nodes={request.nodes}"
    yield "--ntasks-per-node=1"
    yield "--exclusive"
    yield "--mem=0"  # all that a node has
    if request.time is not None:
        yield f"--time={max(1, math.ceil(request.time / 60))}"
    warn = request.warn if request.time is None else min(request.warn, request.time - _EARLIEST)
    if warn >= _LATEST:
        yield f"--signal=B:USR1@{int(warn)}"
    yield "--no-requeue"
    if request.nodes > 1:
        yield "--no-kill"  # the others go on when one node fails
    if request.exclude:
        yield f"--exclude={','.join(request.exclude)}"
    yield from request.options


def quoted(option: str) -> str:
    """As sbatch reads its lines: double quotes, and a backslash before what would end them."""
    if _PLAIN.fullmatch(option):
        return option
    return '"' + option.replace("\\", "\\\\").replace('"', '\\"') + '"'
