"""`burro run`: as if the command ran here, but in the queue."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from .face import Face, note, print_json
from .follow import STREAMS, Follower
from .options import RUN
from .parser import Parser, of_table
from .submitted import notes, whole
from .submitting import submit
from .words import split

Row = Mapping[str, Any]


def parser(verb: str) -> Parser:
    """For --help and completion."""
    made = Parser(
        verb,
        usage="[options] COMMAND ARG...  |  SCRIPT ARG...  |  --shell LINE  |  -f FILE  |  -",
        examples=(
            "burro run make -j4",
            "burro run -c 2 --time 10m ./test.sh quick",
            "burro run --shell 'du -s * | sort -n'",
        ),
    )
    return of_table(made, RUN)


def main(words: list[str], face: Face) -> int:
    """Submit, pass on what it writes, and exit as it did."""
    typed, rest = split(words, RUN, verb="run")
    if "help" in typed:
        parser("run").print_help()
        return 0
    face = face.at(str(typed["queue"]) if "queue" in typed else None)
    answer = submit(typed, rest, face, quiet_output=True)
    for sentence in notes(answer):
        note(f"note: {sentence}")
    stop = _Stop(face, str(answer["id"]))
    follower = Follower(face, streams=STREAMS, write=_nothing if "json" in typed else _pass_on)
    try:
        follower.follow([str(answer["id"])], tasks=whole(answer, "tasks"), attend=stop.attend)
    except BrokenPipeError:
        stop.cancel()
        raise
    if "json" in typed:
        print_json({"id": str(answer["id"]), "tasks": list(follower.ended.values())})
    return stop.code or exit_code(list(follower.ended.values()))


def exit_code(ended: list[Row]) -> int:
    """The task's own; 1 where a task of several did not succeed."""
    if all(task["state"] == "done" for task in ended):
        return 0
    if len(ended) > 1:
        failed = [task["id"] for task in ended if task["state"] != "done"]
        note(f"{len(failed)} of {len(ended)} tasks did not succeed; see: burro show {failed[0]}")
        return 1
    [task] = ended
    code, number = task.get("exit_code"), task.get("signal")
    if task.get("outcome") != "exited":
        why = task.get("reason") or task.get("outcome") or task["state"]
        note(f"{task['id']} {task['state']}: {why}; see: burro show {task['id']}")
    if task.get("outcome") == "not-started":
        return 127
    if number is not None:
        return 128 + int(number)
    return int(code) if code else 1


class _Stop:
    """Ctrl-C: the first cancels the job and waits for its end, the second leaves at once."""

    def __init__(self, face: Face, job: str) -> None:
        self._face = face
        self._job = job
        self._asked = 0
        self.code = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def attend(self) -> None:
        """Do what a signal asked; not inside it, where any line of ours may be half done."""
        if self._asked and not self.code:
            self.code = 128 + self._asked
            note(f"cancelling job {self._job}; Ctrl-C again leaves without waiting")
            self.cancel()

    def cancel(self) -> None:
        self._face.ask("cancel", ids=[self._job])

    def _ask(self, number: int, _frame: object) -> None:
        if self._asked:
            os._exit(128 + number)
        self._asked = number


def _pass_on(_task: str, stream: str, block: bytes) -> None:
    target = (sys.stdout if stream == "stdout" else sys.stderr).buffer
    target.write(block)
    target.flush()


def _nothing(_task: str, _stream: str, _block: bytes) -> None:
    """With --json standard output is the document's."""
