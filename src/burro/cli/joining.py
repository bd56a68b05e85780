"""`burro worker start`: a worker of a pool on this very computer, which stays in the foreground until it leaves."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ..api.caller import look
from ..base.clock import iso, now
from ..base.errors import NotFound, Refused, Unreachable, UsageError
from ..base.paths import host
from ..base.text import parse_duration
from ..link.silence import Silence
from ..model.direct import ONE_EACH
from ..pools.here import Here, here
from ..worker.join import run_join
from .face import Face, note
from .parser import Parser

_KINDS = ("local", "ssh")  # pools whose workers burro starts and reaches itself
_IDLE = 300.0  # seconds, where neither pool nor server says more
_ABOUT = """\
Starts a worker on this computer, as in an allocation that you got yourself, and stays until the worker leaves: when it
had no work for the pool's `idle`, when the pool is stopped, or on Ctrl-C or SIGTERM; what runs is stopped then and
tried again elsewhere. In an allocation of Slurm's its cpus and its end are found out.

A batch script (`exec`, so that the worker hears when it is cancelled):
  #!/bin/sh
  #SBATCH --nodes=1 --exclusive --time=8:00:00
  exec burro worker start --pool mine
"""


def parser(_verb: str) -> Parser:
    """The parser."""
    made = Parser(
        "worker",
        usage="start [options]",
        examples=(
            "burro pool add mine --join",
            "burro worker start --pool mine",
            "burro worker start --pool mine --cpus 4 --time 2h",
        ),
    )
    made.description = _ABOUT
    made.add_argument("act", metavar="start", choices=("start",), help="the one thing to do")
    made.add_argument("-p", "--pool", metavar="NAME", help="the pool it joins, where there are several")
    made.add_argument("-c", "--cpus", metavar="N", type=int, help="cpus for tasks (those of the allocation, else all)")
    made.add_argument("-t", "--time", metavar="TIME", help="it ends after so long: 2h (with the allocation)")
    return made


def main(words: list[str], face: Face) -> int:
    """Become a keeper; the exit code where that cannot be."""
    options = parser(face.verb).parse(words)
    face = face.at(options.queue)
    if face.elsewhere:
        raise UsageError(f"{face.queue} is not here; a worker needs the queue's directory, or a pool by ssh instead")
    if options.cpus is not None and options.cpus < 1:
        raise UsageError(f"--cpus takes a number from 1, not {options.cpus}")
    found, (pool, idle) = here(), _pool(face.queue, options.pool)
    settings: dict[str, Any] = {
        "dial": {},
        "linger": idle,
        "mark": found.mark,
        "cpus": options.cpus or found.cpus,
        "time": None if options.time is None else parse_duration(options.time),
    }
    if found.ends is not None:
        os.environ["BURRO_WALLTIME_END"] = f"{found.ends:.0f}"
    note(f"a worker of the pool {pool} of {face.queue} starts on {host()}{_until(found, settings)}")
    return run_join([face.queue, pool, json.dumps(settings)])


def _until(found: Here, settings: Mapping[str, Any]) -> str:
    ends = [end for end in (found.ends, settings["time"] and now() + settings["time"]) if end]
    return f", until {iso(min(ends))}" if ends else ""


def _pool(queue: str, named: str | None) -> tuple[str, float]:
    """The pool that is joined, and the seconds that its workers stay without work. Raises NotFound or UsageError.

    Where the server cannot be asked the worker goes on trying: it may have to come to it by another way than ours.
    """
    try:
        rows = _rows(queue)
    except Unreachable as error:
        if named is None or not os.path.isdir(queue):
            raise
        note(f"{error}; the worker goes on trying")
        return named, _IDLE
    coming = [row for row in rows if _takes_workers(row)]
    if named is None:
        if len(coming) != 1:
            raise UsageError(_which([row["pool"] for row in coming]))
        [row] = coming
    else:
        row = _named(rows, named)
    if row["state"] == "stopped":
        raise Refused(f"the pool {row['pool']} is stopped; start it with: burro pool start {row['pool']}")
    return str(row["pool"]), float(row.get("idle") or _IDLE)


def _rows(queue: str) -> list[Mapping[str, Any]]:
    with look(queue) as connection:
        answer = connection.ask({"op": "pools"}, patience=Silence(queue, "pools", tell=note))
    found: list[Mapping[str, Any]] = answer["pools"]
    return found


def _takes_workers(row: Mapping[str, Any]) -> bool:
    return row["kind"] not in _KINDS and row.get("mode") != ONE_EACH


def _which(pools: list[str]) -> str:
    if pools:
        return f"say which pool it joins: --pool {' or '.join(pools)}"
    return "there is no pool that workers join; declare one with: burro pool add mine --join"


def _named(rows: list[Mapping[str, Any]], named: str) -> Mapping[str, Any]:
    for row in rows:
        if row["pool"] == named:
            if _takes_workers(row):
                return row
            if row.get("mode") == ONE_EACH:
                raise UsageError(f"each task of {named} is a job of its scheduler's, and no worker can join it")
            how = "up" if row["kind"] == "local" else f"pool start {named}"
            raise UsageError(f"burro starts the worker of {named} itself; have it do so with: burro {how}")
    raise NotFound(f"there is no pool '{named}'; declare it with: burro pool add {named} --join")
