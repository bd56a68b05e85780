"""The batch script of an allocation of one node: ways to start something on another node differ from site to site."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..base.errors import UsageError
from .on_node import on_node, shell
from .scheduler import Request

_BODY = """\
trap '' USR1 USR2 # until there is somebody to be told; who starts now inherits that

# When this allocation ends, in seconds since 1970.
BURRO_WALLTIME_END={end}
export BURRO_WALLTIME_END BURRO_ALLOCATION="{words.id}" BURRO_NODE="{words.node}" BURRO_CPUS="{words.cpus}"
{env}
{shell} {on_node} &
worker=$!

# Who stays to do what goes after it has the worker as its child.
leave() {{ kill -TERM "$worker" $(ps -o pid= --ppid "$worker" 2>/dev/null) 2>/dev/null; }}
trap leave {leave}

while :; do
    wait "$worker"
    code=$?
    kill -0 "$worker" 2>/dev/null || break # else it was a signal of ours that ended the waiting
done
{before_exit}exit "$code"
"""


@dataclass(frozen=True)
class Words:
    """How a scheduler tells its scripts, as shell text, what an allocation's id is, its node's name, its cpus there.

    `leave`: signals by which it wants an allocation to end. `before_exit`: what it makes of exit codes is undone there.
    """

    id: str
    node: str
    cpus: str
    leave: tuple[str, ...] = ("TERM",)
    before_exit: str = ""


def script(head: Sequence[str], request: Request, words: Words) -> str:
    """The text. `head`: the scheduler's own lines. Raises UsageError for more than one node."""
    if request.nodes > 1:
        raise UsageError("only Slurm is asked for several nodes at once; set nodes = 1 and workers to so many")
    body = _BODY.format(
        words=words,
        end='""' if request.time is None else f"$(($(date +%s) + {int(request.time)}))",
        env="".join(f"export {name}={shlex.quote(value)}\n" for name, value in request.env.items()),
        shell=shell(request),
        on_node=shlex.quote(on_node(request)),
        leave=" ".join(words.leave),
        before_exit=words.before_exit and f"{words.before_exit}\n",
    )
    return "\n".join(["#!/bin/sh", *head, "", body])


def check(options: Sequence[str], ours: Mapping[str, str], *, example: str) -> None:
    """Raise UsageError for options that burro sets itself: `ours` says why.

    A key that begins with a blank or a comma is looked for in the whole option.
    """
    for option in options:
        words = option.split()
        if not words or not words[0].startswith("-") or "\n" in option or "\0" in option:
            raise UsageError(f"options are the scheduler's own, each in one piece, as \"{example}\", not '{option}'")
        why = ours.get(words[0].partition("=")[0]) or next(
            (said for key, said in ours.items() if key[0] in " ," and key in " ".join(words)), None
        )
        if why is not None:
            raise UsageError(f"options cannot have '{option}': {why}")


NAME = "the name is burro's own, by which it finds the job again"
OUTPUT = "burro keeps what an allocation prints itself"
ARRAY = "a pool asks for one allocation after another; say how many with workers"
WAIT = "burro waits by itself"
TIME = "set the pool's time instead"
DIRECTORY = "a worker has a directory of its own"
SCRIPT = "the script is burro's own"
