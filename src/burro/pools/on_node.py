"""What a shell does on each node of an allocation: what goes before, the worker, what goes after.

What `before` changes in the environment is for the tasks too, so the worker is told what it was (worker/ambience.py).
"""

from __future__ import annotations

import shlex

from .scheduler import Request

_LONGEST = 100_000  # bytes: the kernel takes no variable of more than 128 KiB

_BEFORE = """\
BURRO_BEFORE=$(env -0 | base64 | tr -d '\\n')
{{
{before}
}} || {{ echo "burro: what goes before the worker failed on $(hostname); it said so above" >&2; exit 87; }}
[ "${{#BURRO_BEFORE}}" -gt {longest} ] || export BURRO_BEFORE
"""
_AFTER = """\
{command} &
worker=$!
trap : TERM # it hears of it by itself
trap 'kill -USR1 "$worker"' USR1
while :; do
    wait "$worker"
    code=$?
    kill -0 "$worker" 2>/dev/null || break
done
{after}
exit "$code"
"""


def on_node(request: Request) -> str:
    """Shell text that becomes the worker of a node, or stays to do what goes after it."""
    command = shlex.join(request.command)
    before = _BEFORE.format(before=request.before, longest=_LONGEST) if request.before else ""
    after = _AFTER.format(command=command, after=request.after) if request.after else f"exec {command}"
    return before + after


def shell(request: Request) -> str:
    """The shell for it: `module` is there after a login only."""
    return "/bin/bash -l -c" if request.before or request.after else "/bin/sh -c"
