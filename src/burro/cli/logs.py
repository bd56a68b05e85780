"""`burro logs`: what tasks have written, byte for byte."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from ..api.moved import found_again
from ..api.reading import FarFile, is_far
from ..base.errors import UsageError
from ..model.select import parse_selector
from .face import Face, note, print_json
from .follow import Follower
from .parser import Parser
from .tail import FarTail, Growing, Tail

Row = Mapping[str, Any]
MOST = 100  # tasks: more are hardly meant


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = ("burro logs 12", "burro logs -f last", "burro logs 12.3 --err --lines 20", "burro logs 12 --attempt 1")
    made = Parser("logs", examples=examples).json().ids(least=1)
    made.add_argument("-f", "--follow", action="store_true", help="go on until the task has ended")
    made.add_argument("-e", "--err", action="store_true", help="standard error instead of standard output")
    made.add_argument("--attempt", type=int, metavar="N", help="of this attempt (the last)")
    made.add_argument("-n", "--lines", type=int, metavar="N", help="only the last N lines")
    return made


def main(words: list[str], face: Face) -> int:
    """Write the output of what is named; of several tasks each under a head."""
    options = parser(face.verb).parse(words)
    _check(options)
    face = face.at(options.queue)
    if not options.json:
        _check_count(face, options.ids)
    rows = face.ask("outputs", ids=options.ids, attempt=options.attempt)["tasks"]
    tasks = [row if face.elsewhere else found_again(row) for row in rows]
    if options.json:
        print_json({"tasks": tasks})
        return 0
    stream = "stderr" if options.err else "stdout"
    writer = _Writer(several=len(tasks) > 1)
    if not options.follow:
        copied = [_copy(face, task, stream, options=options, writer=writer) for task in tasks]
        return 0 if all(copied) else 1
    follower = Follower(face, streams=(stream,), write=writer.write, lines=options.lines)
    follower.follow(options.ids, tasks=len(tasks))
    for task in follower.ended.values():
        if task.get("outcome") == "not-started":
            note(f"{task['id']} ({task['state']}) {_no_file(task, stream)}")
    return 0


def _check(options: argparse.Namespace) -> None:
    if options.follow and (options.attempt is not None or options.json):
        raise UsageError("-f follows the present attempt as it writes; leave --attempt or --json out")
    if options.attempt is not None and options.attempt < 1:
        raise UsageError(f"--attempt takes a number from 1, not {options.attempt}")
    if options.lines is not None and options.lines < 0:
        raise UsageError(f"--lines takes a number from 0, not {options.lines}")


def _check_count(face: Face, ids: list[str]) -> None:
    """Before anybody looks for the files of a million tasks."""
    named = [(text, parse_selector(text).tasks) for text in ids]
    whole = [text for text, tasks in named if tasks is None]
    jobs = face.ask("status", ids=whole)["jobs"] if whole else []
    count = sum(len(tasks) for _, tasks in named if tasks) + sum(sum(job["tasks"].values()) for job in jobs)
    if count > MOST:
        job = jobs[0]["id"] if jobs else ids[0].partition(".")[0]
        raise UsageError(f"that is the output of {count} tasks; name some, as in: burro logs {job}.0-9")


def _tail(face: Face, task: Row, stream: str, lines: int | None) -> Growing:
    if is_far(face.caller(), task, stream):
        return FarTail(FarFile(face.caller(), task["id"], stream, attempt=task["attempt"]), lines=lines)
    return Tail(task[stream], lines=lines)


def _copy(face: Face, task: Row, stream: str, *, options: argparse.Namespace, writer: _Writer) -> bool:
    """Write one task's file; say so where there is none. Whether all is well."""
    path = task.get(stream)
    if path is None:
        lacking = options.attempt is not None and task["attempt"] is None
        text = f"has no attempt {options.attempt}" if lacking else _no_file(task, stream)
        note(f"{task['id']} ({task['state']}) {text}")
        return not lacking
    tail = _tail(face, task, stream, options.lines)
    writer.head(task["id"])
    while block := tail.read():
        writer.write(task["id"], stream, block)
    there = tail.opened
    tail.close()
    if tail.away:
        note(f"the output of {task['id']} lies at {tail.away}, which cannot be reached now; see: burro pools")
    elif not there:
        note(f"the file of {task['id']} is gone or closed to you: {path}")
    return there


def _no_file(task: Row, stream: str) -> str:
    if task.get("outcome") == "not-started":
        return f"could not be started: {str(task['reason']).removeprefix('not-started: ')}"
    if not task.get("attempt"):
        return "has not started, there is no output yet"
    if stream == "stderr" and task.get("stdout"):
        return f"has no file for standard error, which joins standard output; see: burro logs {task['id']}"
    return "writes to no file"


class _Writer:
    """Standard output, with a head where the task changes (as `tail` does for several files)."""

    def __init__(self, *, several: bool) -> None:
        self._several = several
        self._last: str | None = None

    def head(self, task: str) -> None:
        if self._several and task != self._last:
            gap = "" if self._last is None else "\n"
            sys.stdout.buffer.write(f"{gap}==> {task} <==\n".encode())
        self._last = task

    def write(self, task: str, _stream: str, block: bytes) -> None:
        self.head(task)
        sys.stdout.buffer.write(block)
        sys.stdout.buffer.flush()
