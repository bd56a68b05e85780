"""Puts questions to a scheduler: off the loop, in time, one by one, and not at all while it does not answer."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence

from ..base.clock import steady
from .scheduler import Answer, NoWord, Question, Scheduler, Told

_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # seconds of rest after the first, second, ... time without an answer

_NOT_FOUND = 127  # exit code of env(1) and of shells for a command that is not there

Way = Callable[[Sequence[str]], list[str]]


class Client:
    """One scheduler, asked through its commands.

    `way`: makes of a command line the one that is run, as through ssh. `directory`: where the commands run; some leave
    files. `is_resting`: it did not answer; until the rest is over every question is answered with NoWord at once.
    """

    def __init__(self, scheduler: Scheduler, *, env: Mapping[str, str], directory: str, way: Way = list) -> None:
        self.scheduler = scheduler
        self._env, self._directory, self._way = scheduler.environment(env), directory, way
        self._turn = asyncio.Lock()
        self._silences = 0
        self._until = 0.0
        self.trouble: str | None = None  # why it did not answer the last time; None: it did

    @property
    def rest(self) -> float:
        """Seconds for which it is left in peace."""
        return max(0.0, self._until - steady())

    async def ask(self, question: Question[Told]) -> Told:
        """What the scheduler tells. Raises Declined, or NoWord: that never proves anything."""
        async with self._turn:
            if self.rest > 0:
                raise NoWord(self.trouble or "it does not answer", sent=False)
            try:
                await self._ping()
                told = question.read(await self._run(question))
            except NoWord as silence:
                self._leave_in_peace(str(silence))
                raise
        self._silences, self.trouble = 0, None
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
        argv = self._way(question.argv)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._env,
                cwd=self._directory,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise NoWord(_missing(argv[0]), sent=False) from None
        except OSError as error:
            raise NoWord(f"{argv[0]} cannot be run: {error.strerror}", sent=False) from None
        try:
            async with asyncio.timeout(question.within):
                out, err = await process.communicate(question.text.encode())
        except TimeoutError:
            raise NoWord(f"{_name(question.argv)} did not end within {question.within:g} s") from None
        finally:
            await _end(process)
        assert process.returncode is not None
        if process.returncode == _NOT_FOUND:
            raise NoWord(_missing(_name(question.argv)), sent=False)
        return Answer(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


def _name(argv: Sequence[str]) -> str:
    """The command that matters: `squeue` of `env A=B squeue`."""
    return next(word for word in argv if word != "env" and "=" not in word)


def _missing(command: str) -> str:
    return f"there is no {command} on the PATH; make the scheduler's commands known before the server is started"


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
