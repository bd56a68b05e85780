"""`burro status`: what is queued, running and recently ended."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ..api.pages import every_page, first_page
from ..base.errors import UsageError
from ..model.states import STATES
from .columns import RIGHT, cell, glued, in_order, parse_names, print_tsv
from .face import Face, print_json
from .looking import room
from .parser import Glued, Parser
from .redraw import EVERY, redraw, seconds, spread
from .table import print_table

Row = Mapping[str, Any]
SHOWN = 200  # lines of a table, unless --all says otherwise
COLUMNS = (
    *("id", "name", "state", "tasks", "time", "pool", "command", "reason", "priority", "cpus", "mem", "gpus", "user"),
    *("submitted", "started", "ended", *STATES),
)
TASK_COLUMNS = (
    *("id", "state", "time", "host", "outcome", "exit_code", "signal", "command", "reason", "attempt", "pool"),
    *("worker", "started", "ended", "max_rss", "cpu_time", "stdout", "stderr"),
)
_FOLDED = ("NAME", "COMMAND", "REASON")
_OF_TASKS = re.compile(r"\s*\d+\.\d[\d,:-]*\s*")


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = (
        "burro status",
        "burro status --state failed,timeout --since 2d",
        "burro status --name 'fit-*' --sort -priority,id --columns id,name,priority,state",
        "burro status 12 --format state",
    )
    made = Parser("status", usage="[options] [ID ...]", examples=examples).json().ids(least=0)
    add = made.add_argument
    add("--all", action="store_true", help=f"every job, however many, also those that ended long ago (else {SHOWN})")
    add("--state", action="append", metavar="S[,S]", help=f"only jobs with tasks in these: {', '.join(STATES)}, "
        "or as others say: pending, completed, timeout, oom, stale, PD, CG, ...")  # fmt: skip
    add("--name", metavar="GLOB", help="only jobs of such a name, with * ? []")
    add("--since", metavar="TIME", help="only jobs that were not over then: 2h, 7d, 18:00, today, 2026-12-01")
    add("--sort", action="append", metavar="C[,-C]", help="sort by columns, a minus turns it round")
    add("--columns", action="append", metavar="C,C", help=f"show these: {', '.join(COLUMNS)}")
    add("--format", action="append", metavar="C,C", help="only these, with a tab between, without a head")
    add("--tsv", action="store_true", help="a tab between the columns, nothing cut, every job that is asked for")
    about = f"show it again every {EVERY:g} seconds, or so many, until Ctrl-C"
    add("-w", "--watch", action=Glued, type=seconds, metavar="SECONDS", help=about)
    return made


def main(words: list[str], face: Face) -> int:
    """Show jobs, or the tasks that ids name."""
    options = parser(face.verb).parse(spread(glued(words)))
    face = face.at(options.queue)
    tasks = [text for text in options.ids if _OF_TASKS.fullmatch(text)]
    if tasks and len(tasks) < len(options.ids) and not options.json:
        raise UsageError("jobs and single tasks do not go into one table; ask for them apart")
    draw = partial(_tasks if tasks and not options.json else _jobs, options, face)
    if options.watch is None:
        draw()
        return 0
    return redraw(draw, every=options.watch)


def _jobs(options: argparse.Namespace, face: Face) -> None:
    sort = parse_names(options.sort or (), COLUMNS, option="--sort")
    columns = _columns(options, COLUMNS)
    fields = {"ids": options.ids or None, "states": options.state, "name": options.name, "since": options.since}
    narrowed = options.all or any(value is not None for value in fields.values())
    limit = None if options.all or options.json or options.tsv or options.format or sort else SHOWN
    if not narrowed and limit is not None:
        answers = [face.ask("status", edges=limit)]
    else:
        answers = _asked(face, {**fields, "all": narrowed or None}, limit=limit)
    jobs = [job for answer in answers for job in answer["jobs"]]
    jobs = in_order(jobs, sort or ("id",))
    if options.json:
        print_json({"jobs": jobs, "workers": answers[0]["workers"]})
    elif options.format or options.tsv:
        print_tsv(columns or COLUMNS[:8], jobs, head=not options.format)
    else:
        _print(jobs, columns or COLUMNS[:8], empty=_nothing(options))
        between = sum(answer["found"] - len(answer["jobs"]) for answer in answers) + answers[0]["between"]
        _print_rest(between, answers[0]["hidden"], live=not narrowed)
        print(room(answers[0]["workers"]))


def _columns(options: argparse.Namespace, known: Sequence[str]) -> list[str]:
    """The columns that were chosen."""
    option = "--columns" if options.columns else "--format"
    return parse_names(options.columns or options.format or (), known, option=option)


def _asked(face: Face, fields: Mapping[str, Any], *, limit: int | None) -> list[dict[str, Any]]:
    """All pages, with at most `limit` jobs; the rest is only counted."""
    answers: list[dict[str, Any]] = []
    left = limit

    def ask(verb: str, **asked: object) -> dict[str, Any]:
        return face.ask(verb, **asked, most=left)

    for answer in every_page(ask, "status", **fields):
        answers.append(answer)
        left = None if left is None else left - len(answer["jobs"])
    return answers


def _print(rows: Sequence[Row], columns: Sequence[str], *, empty: str) -> None:
    if not rows:
        print(empty)
        return
    heads = [name.upper() for name in columns]
    cells = [[cell(name, row, plain=False) for name in columns] for row in rows]
    print_table(heads, cells, folded=_FOLDED, right=[name.upper() for name in RIGHT if name != "time"])


def _nothing(options: argparse.Namespace) -> str:
    if options.state or options.name or options.since:
        return "no job is in such a state" if options.state else "there is no such job"
    return "the queue is empty; put something in with: burro submit"


def _print_rest(between: int, hidden: int, *, live: bool) -> None:
    """What was not shown, and how to see it."""
    if between > 0:
        which = "that have not ended, in between" if live else "like these"
        print(f"... and {between:,} more {which}; see them with --all, or choose with --state, --name, --since")
    if hidden:
        print(f"{hidden:,} more that ended; see them with: burro status --all")


def _tasks(options: argparse.Namespace, face: Face) -> None:
    """The tasks that ids name, one line each."""
    from ..model.wanted import parse_states

    columns = _columns(options, TASK_COLUMNS)
    sort = parse_names(options.sort or (), TASK_COLUMNS, option="--sort")
    limit = None if options.all or options.tsv or options.format or sort else SHOWN
    wanted = parse_states(options.state or ())
    rows = [_task_row(task) for task in face.ask("show", ids=options.ids, limit=first_page(limit))["tasks"]]
    rows = in_order([row for row in rows if wanted.has(row["state"], row["outcome"])], sort)
    if options.format or options.tsv:
        print_tsv(columns or TASK_COLUMNS[:9], rows, head=not options.format)
    else:
        _print(rows, columns or TASK_COLUMNS[:9], empty="no task is in such a state")


def _task_row(task: Row) -> Row:
    """A task with how its last attempt went."""
    last = task["attempts"][-1] if task["attempts"] else {}
    names = ("host", "pool", "worker", "outcome", "exit_code", "signal", "started", "ended", "max_rss", "cpu_time")
    ran = {name: last.get(name) for name in (*names, "stdout", "stderr")}
    return {**ran, **{name: task[name] for name in ("id", "state", "command", "reason")}, "attempt": last.get("number")}
