"""Puts questions to a scheduler: off the loop, in time, one by one, and not at all while it does not answer."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from math import inf
from typing import Protocol

from ..base.clock import steady
from .scheduler import Answer, NoWord, Question, Scheduler, Told

_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # seconds of rest after the first, second, ... time without an answer
_FRESH = 1.0  # seconds that an answer proves that the next question will be heard as well
_NOT_FOUND = 127  # exit code of env(1) and of shells for a command that is not there


class Way(Protocol):
    """How a scheduler's commands are run. `patience`: seconds more than they take by themselves."""

    patience: float

    def words(self, argv: Sequence[str]) -> list[str]:
        """The command line that is run for another."""

    def heard(self, answer: Answer) -> Answer:
        """Of what came the command's own. Raises NoWord where it was certainly, or perhaps, not run."""

    def missing(self, command: str) -> str:
        """The sentence for a command that is not there."""


class Here:
    """They are run on this machine."""

    patience = 0.0

    def words(self, argv: Sequence[str]) -> list[str]:
        """As they are."""
        return list(argv)

    def heard(self, answer: Answer) -> Answer:
        """As it is."""
        return answer

    def missing(self, command: str) -> str:
        """What to do."""
        return f"there is no {command} on the PATH; make the scheduler's commands known before the server is started"


class Client:
    """One scheduler, asked through its commands.

    `directory`: where the commands run; some leave files. While it has a `rest` every question is answered with NoWord
    at once.
    """

    def __init__(self, scheduler: Scheduler, *, env: Mapping[str, str], directory: str, way: Way | None = None) -> None:
        self.scheduler = scheduler
        self._env, self._directory, self._way = scheduler.variables.without(env), directory, way or Here()
        self._turn = asyncio.Lock()
        self._silences = 0
        self._until = 0.0
        self._answered = -inf  # steady time
        self.trouble: str | None = None  # why it did not answer the last time; None: it did

    @property
    def rest(self) -> float:
        """Seconds for which it is left in peace."""
        return max(0.0, self._until - steady())

    async def ask(self, question: Question[Told], *, in_a_row: bool = False) -> Told:
        """What the scheduler tells. Raises Declined, or NoWord: that never proves anything.

        `in_a_row`: it is one of very many, and who has answered the one before needs no ping.
        """
        async with self._turn:
            if self.rest > 0:
                raise NoWord(self.trouble or "it does not answer", sent=False)
            try:
                if not in_a_row or steady() - self._answered > _FRESH:  # a ping costs as much as a question
                    await self._ping()
                told = question.read(await self._run(question))
            except NoWord as silence:
                self._leave_in_peace(str(silence))
                raise
        self._silences, self.trouble, self._answered = 0, None, steady()
        return told

    def wake(self) -> None:
        """Ask again at once: somebody wants to know."""
        self._until = 0.0

    async def _ping(self) -> None:
        """A question that is put to nobody blocks for half a minute; this one does not."""
        ping = self.scheduler.ping()
        try:
            ping.read(await self._run(ping))
        except NoWord as silence:
            raise NoWord(str(silence), sent=False) from None

    def _leave_in_peace(self, why: str) -> None:
        self.trouble = why
        self._until = steady() + _PAUSES[min(self._silences, len(_PAUSES) - 1)]
        self._silences += 1

    async def _run(self, question: Question[Told]) -> Answer:
        argv, within = self._way.words(question.argv), question.within + self._way.patience
        process = await self._start(argv)
        try:
            async with asyncio.timeout(within):
                out, err = await process.communicate(question.text.encode())
        except TimeoutError:
            raise NoWord(f"{_name(question.argv)} did not end within {within:g} s") from None
        finally:
            await _end(process)
        assert process.returncode is not None
        answer = Answer(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))
        answer = self._way.heard(answer)
        if answer.code == _NOT_FOUND:
            raise NoWord(self._way.missing(_name(question.argv)), sent=False)
        return answer

    async def _start(self, argv: Sequence[str]) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._env,
                cwd=self._directory,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise NoWord(self._way.missing(argv[0]), sent=False) from None
        except OSError as error:
            raise NoWord(f"{argv[0]} cannot be run: {error.strerror}", sent=False) from None


def _name(argv: Sequence[str]) -> str:
    """The command that matters: `squeue` of `env A=B squeue`."""
    return next(word for word in argv if word != "env" and "=" not in word)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave nothing running, also when nobody waits for the answer any more."""
    if process.returncode is not None:
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    # Waiting also waits for its pipes, and somebody who has left the session may hold their other ends.
    process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001  # asyncio has no public name for it
    await process.wait()
