"""How the commands of a scheduler talk: what is an id, what is silence, what is a refusal. One reading for several."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .refusals import Refusal, refusal
from .scheduler import Answer, Declined, NoWord

_MOST = 300  # characters of a line


@dataclass(frozen=True)
class Voice:
    """All but `who` and `submits` are patterns.

    `who`: is asked, as in "... cannot be reached". `submits`: the command that asks for an allocation. `id`: its group
    is what was given. `silent`: nobody has heard the question. `refuses`: an answer that surely took nothing.
    `noise`: what says nothing in a line. `empty`: lines that say nothing at all.
    """

    who: str
    submits: str
    id: str
    silent: str
    refuses: str
    refusals: tuple[Refusal, ...]
    noise: str
    empty: str = "$"

    def submitted(self, answer: Answer) -> str:
        """The id: the last that there is, for warnings come before it. Raises NoWord, Declined."""
        said = f"{answer.err}\n{answer.out}"
        found = re.findall(self.id, answer.out, re.MULTILINE)
        if answer.code == 0 and found:
            return str(found[-1])
        if re.search(self.silent, said):
            raise self.silence(answer, self.submits)
        no = refusal(said, self.refusals)
        if no is not None:
            raise no
        if answer.code != 0 and re.search(self.refuses, said):
            raise Declined(f"{self.submits} says: {self.last(said)}")
        raise self.silence(answer, self.submits)

    def heard(self, answer: Answer, command: str) -> None:
        """Raise what is wrong with an answer of which only that is of interest."""
        if answer.code != 0 or re.search(self.silent, answer.err):
            raise self.silence(answer, command)

    def silence(self, answer: Answer, command: str) -> NoWord:
        """That there was no answer, and why, as far as it was said."""
        said = self.last(f"{answer.out}\n{answer.err}")
        if re.search(self.silent, said):
            return NoWord(f"{self.who} cannot be reached ({said})")
        return NoWord(f"{command} failed: {said or f'exit code {answer.code}'}")

    def last(self, said: str) -> str:
        """The line that says most."""
        lines = [line.strip() for line in said.splitlines() if not re.match(self.empty, line.strip())]
        return re.sub(self.noise, "", lines[-1])[:_MOST] if lines else ""
