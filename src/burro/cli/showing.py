"""`burro show`: everything about a job or a task."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ..base.text import format_duration, format_size
from .clean import clean
from .face import Face, print_json
from .looking import tasks, time_of
from .parser import Parser

Row = Mapping[str, Any]
SHOWN = 20  # tasks of a job that people are shown unless they say --limit
_SEVERAL = re.compile(r"all|\d+(\.\d+)?[-,:].*")
_SIZES = ("mem", "max_rss")
_DURATIONS = ("time_limit", "time", "cpu_time")
_TIMES = ("submitted", "started", "ended")
UNSHOWN = ("limits", "script", "environment")  # too long for people: --json has them
_ATTEMPT = ("host", "pool", "worker", "started", "ended", "max_rss", "cpu_time", "stdout", "stderr", "reason")


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = ("burro show 12", "burro show 12.3", "burro show last --json", "burro show 12 --limit 5")
    made = Parser("show", examples=examples).json().ids(least=1)
    made.add_argument("--limit", type=int, metavar="N", help=f"at most N tasks of a job ({SHOWN}; with --json all)")
    return made


def main(words: list[str], face: Face) -> int:
    """Show what is named."""
    options = parser(face.verb).parse(words)
    limit = options.limit if options.limit is not None or options.json else SHOWN
    face = face.at(options.queue)
    answer = face.ask("show", ids=options.ids, limit=limit)
    if options.json:
        print_json(document(answer, options.ids))
        return 0
    counts = {row["id"]: row["tasks"] for row in face.ask("status", ids=options.ids)["jobs"]}
    blocks = [job_lines(job, counts[job["id"]]) for job in answer.get("jobs") or ()]
    blocks += [task_lines(task) for task in answer.get("tasks") or ()]
    print("\n\n".join("\n".join(block) for block in blocks))
    return 0


def document(answer: Row, ids: list[str]) -> Row:
    """One id that can only mean one thing gives that thing itself; anything else lists."""
    found = [*(answer.get("jobs") or ()), *(answer.get("tasks") or ())]
    if len(found) == 1 and len(ids) == 1 and not _SEVERAL.fullmatch(ids[0]):
        return dict(found[0])
    return {name: rows for name, rows in answer.items() if name in ("jobs", "tasks") and rows}


def job_lines(job: Row, counts: Mapping[str, int]) -> list[str]:
    """A job as lines of `name value`; `counts` of all its tasks, by state."""
    spec = job.get("spec") or {}
    lines = [f"job {job['id']}  {clean(job['name'])}  {job['state']}"]
    lines += _pairs(job, ("command", "reason", "pool", "priority", "submitted", "started", "ended", "user"))
    lines += _pairs({"ran for": time_of(job) or None, "tasks": tasks(counts)}, ("ran for", "tasks"))
    lines += _pairs(spec, [name for name in spec if name not in UNSHOWN])
    for task in job["tasks"]:
        lines += ["", *task_lines(task)]
    hidden = sum(counts.values()) - len(job["tasks"])
    return [*lines, "", f"{hidden} more tasks; see them with: burro show {job['id']} --limit N"] if hidden else lines


def task_lines(task: Row) -> list[str]:
    """A task and its attempts."""
    lines = [f"task {task['id']}  {task['state']}"]
    lines += _pairs(task, ("command", "reason"))
    for attempt in task.get("attempts") or ():
        lines.append(f"  attempt {attempt['number']}  {_ending(attempt)}")
        lines += [f"  {line}" for line in _pairs(attempt, _ATTEMPT)]
    return lines


def _ending(attempt: Row) -> str:
    number = attempt["signal"] if attempt.get("signal") is not None else attempt.get("exit_code")
    outcome = attempt.get("outcome") or "running"
    return outcome if number is None else f"{outcome} {number}"


def _pairs(row: Row, names: Iterable[str]) -> list[str]:
    return [
        f"  {name:<12} {_value(name, row[name])}" for name in names if row.get(name) not in (None, False, "", [], {})
    ]


def _value(name: str, value: object) -> str:
    if name in _SIZES and isinstance(value, (int, float)):
        return format_size(value)
    if name in _DURATIONS and isinstance(value, (int, float)):
        return format_duration(value) if value >= 60 else f"{value:g} s"
    if name in _TIMES and isinstance(value, str):
        return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M:%S")
    if name == "umask" and isinstance(value, int):
        return f"{value:04o}"
    if isinstance(value, dict):
        return ", ".join(f"{clean(key)} {clean(part)}" for key, part in value.items())
    return clean(value)
