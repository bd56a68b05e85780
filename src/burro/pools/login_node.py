"""The login node of a cluster that is not this machine: a scheduler's commands run there, through the system's ssh."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from .machine import ssh_words, there
from .scheduler import Answer, NoWord
from .troubles import in_words
from .variables import Variables

_MARK = "\001burro-answer\n"  # what comes before it is said by the login
_UNREACHED = 255  # ssh's own exit code


class LoginNode:
    """The way through `ssh HOST`, with the environment of a login there; `burro pool login POOL` is of use to it.

    `variables`: what is left out of that environment.
    """

    patience = 20.0  # seconds more than a command may take here

    def __init__(self, host: str, variables: Variables, *, pool: str) -> None:
        self._host, self._variables, self._pool = host, variables, pool

    def words(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs it there."""
        mark = "printf '\\001burro-answer\\n'"
        script = f"{self._variables.shell}; {mark}; {mark} >&2; exec {shlex.join(argv)}"
        return [*ssh_words(asks=False), "-T", "--", self._host, there(script)]

    def heard(self, answer: Answer) -> Answer:
        """What the command itself said. Raises NoWord where nobody could be asked."""
        _, mark, out = answer.out.partition(_MARK)
        _, _, err = answer.err.partition(_MARK)
        if mark and answer.code != _UNREACHED:
            return Answer(answer.code, out, err)
        raise NoWord(in_words(answer.err, answer.code, host=self._host, pool=self._pool, linked=bool(mark)))

    def missing(self, command: str) -> str:
        """The sentence for a command that is not there."""
        if command == "ssh":
            return "there is no ssh on the PATH of the server; install OpenSSH's client"
        return f"there is no {command} on the PATH of a login at {self._host}; log in there and see: which {command}"
