"""Allocations that are had by running a command of the user's (`command_prefix`) before that which starts a worker.

The questions here are no command lines of somebody's program: starter.py takes them as they are, in this process.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from ..base.errors import UsageError
from .on_node import on_node, shell
from .scheduler import Answer, Declined, NoWord, Partition, Question, Request, Sight, Stage
from .variables import Variables

START, LIST, STOP, PING = "start", "list", "stop", "ping"


class Prefix:
    """A scheduler that is a command: what it runs holds a worker, for as long as it runs."""

    name = "prefix"
    variables = Variables(("BURRO_FAILPOINT", "BURRO_ROLE"))  # they are of the server itself

    def check_options(self, options: Sequence[str]) -> None:
        """The options are the words of the prefix. Raises UsageError where there are none."""
        if not options:
            raise UsageError('command_prefix is a command, as in "srun -N1 -p normal"')

    def script(self, request: Request) -> str:
        """What is run, as one types it into a shell."""
        env = "".join(f"{name}={shlex.quote(text)} " for name, text in request.env.items())
        return f"{env}{shlex.join(words_of(request))}\n"

    def submit(self, request: Request) -> Question[str]:
        """Run the command; the id of what runs."""
        self.check_options(request.options)
        text = json.dumps({"log": request.log, "words": words_of(request), "env": dict(request.env)})
        return Question((START, request.mark), _started, text=text)

    def ping(self) -> Question[None]:
        """There is always somebody."""
        return Question((PING,), lambda _answer: None)

    def queue(self) -> Question[list[Sight]]:
        """All that were started here and run, or have ended not long ago."""
        return Question((LIST,), _listed)

    def past(self, *, ids: Sequence[str], marks: Sequence[str], since: float) -> list[Question[list[Sight]]]:  # noqa: ARG002  # nothing else is remembered
        """Nothing else is remembered."""
        return []

    def cancel(self, ids: Sequence[str]) -> Question[None]:
        """Tell what runs to end."""
        return Question((STOP, *ids), lambda _answer: None)

    def keep_nodes(self, allocation: str, nodes: Sequence[str]) -> None:
        """A command knows no nodes that could be given back."""

    def partitions(self) -> Question[list[Partition]]:
        """Nobody says what there is."""
        return Question((PING,), lambda _answer: [])


def words_of(request: Request) -> list[str]:
    """The whole command line: the prefix, and what starts the worker, with what goes before and after it."""
    command = list(request.command)
    if request.before or request.after:
        command = [*shell(request).split(), on_node(request)]
    return [*request.options, *command]


def _started(answer: Answer) -> str:
    if answer.code:
        raise Declined(answer.err)
    return answer.out


def _listed(answer: Answer) -> list[Sight]:
    if answer.code:
        raise NoWord(answer.err)
    return [
        Sight(**{**one, "stage": Stage(one["stage"]), "nodes": tuple(one["nodes"])}) for one in json.loads(answer.out)
    ]
