"""What a verb holds: the queue it asks, and where answers go: results to standard output, talk to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from ..api.abroad import context_of
from ..api.caller import Caller
from ..base import paths
from ..link.elsewhere import is_elsewhere


class Face:
    """One run of one verb."""

    def __init__(self, queue: str | None, *, verb: str, request: str, starts: bool = True) -> None:
        """`queue`: what stood before the verb. `request`: what makes a submission asked twice the same one."""
        self.verb = verb
        self.request = request
        self._queue, self._starts = queue, starts
        self._caller: Caller | None = None

    def at(self, queue: str | None, *, starts: bool = True) -> Face:
        """The same with what `--queue` after the verb says. `starts`: a server that is not there is started."""
        return Face(queue or self._queue, verb=self.verb, request=self.request, starts=starts)

    @property
    def queue(self) -> str:
        """The queue's directory; it need not exist."""
        return paths.queue_dir(self._queue)

    @property
    def elsewhere(self) -> bool:
        """Whether the queue lies at another machine: its files cannot be opened here."""
        return is_elsewhere(self.queue)

    def context(self, form: Mapping[str, Any], env: object) -> dict[str, Any]:
        """What a submission is said in; `env` as asked."""
        return context_of(self.caller(), form, env)

    def caller(self) -> Caller:
        """The way to the server, which is started where none answers."""
        self._caller = self._caller or self.another_caller()
        return self._caller

    def another_caller(self) -> Caller:
        """One more way, for what may take its time; whoever asks for it closes it."""
        return Caller(self.queue, tell=note, starts=self._starts)

    def ask(self, verb: str, **fields: object) -> dict[str, Any]:
        """The server's answer; fields that are None are not sent."""
        given = {name: value for name, value in fields.items() if value is not None}
        return self.caller().ask({"op": verb, **given})


def print_json(value: object) -> None:
    """One document on standard output."""
    print(json.dumps(value))


def note(sentence: str) -> None:
    """A remark that is no result."""
    sys.stdout.flush()
    print(f"burro: {sentence}", file=sys.stderr)
