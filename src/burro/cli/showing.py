"""`burro show`: everything about a job or a task."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ..api.pages import first_page, further
from ..base.text import format_duration, format_size
from .clean import clean
from .columns import run_time, task_counts
from .face import Face, print_json
from .parser import Parser

Row = Mapping[str, Any]
SHOWN = 20  # tasks of a job that people are shown unless they say --limit
_SEVERAL = re.compile(r"all|\d+(\.\d+)?[-,:].*")
_SIZES = ("mem", "max_rss")
_DURATIONS = ("time_limit", "time_min", "time", "cpu_time", "delay")
_TIMES = ("submitted", "started", "ended", "again")
UNSHOWN = ("limits", "script", "environment")  # too long for people: --json has them
_ATTEMPT = (
    "host",
    "pool",
    "worker",
    "scheduler_id",
    "started",
    "ended",
    "max_rss",
    "cpu_time",
    "stdout",
    "stderr",
    "reason",
)


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = (
        "burro show 12",
        "burro show 12.3",
        "burro show last --json",
        "burro show 12 --dot | dot -Tsvg > jobs.svg",
    )
    made = Parser("show", examples=examples).json().ids(least=1)
    made.add_argument("--dot", action="store_true", help="draw what the jobs depend on and what on them, for Graphviz")
    made.add_argument("--limit", type=int, metavar="N", help=f"at most N tasks of a job ({SHOWN}; with --json all)")
    return made


def main(words: list[str], face: Face) -> int:
    """Show what is named."""
    options = parser(face.verb).parse(words)
    limit = options.limit if options.limit is not None or options.json else SHOWN
    face = face.at(options.queue)
    if options.dot:
        return _draw(face.ask("graph", ids=options.ids), as_json=options.json)
    answer = face.ask("show", ids=options.ids, limit=first_page(limit))
    if options.json:
        _print_json(face, answer, options)
        return 0
    counts = {row["id"]: row["tasks"] for row in face.ask("status", ids=options.ids)["jobs"]}
    blocks = [job_lines(job, counts[job["id"]]) for job in answer.get("jobs") or ()]
    blocks += [task_lines(task) for task in answer.get("tasks") or ()]
    print("\n\n".join("\n".join(block) for block in blocks))
    return 0


def _draw(answer: Row, *, as_json: bool) -> int:
    from .dot import drawing

    if as_json:
        print_json(answer)
    else:
        print(drawing(answer["jobs"], answer["edges"]))
    return 0


def _print_json(face: Face, answer: Row, options: argparse.Namespace) -> None:
    """One id that can only mean one thing gives that thing itself; anything else lists."""
    jobs, tasks = answer.get("jobs") or [], answer.get("tasks") or []
    one = len(jobs) + len(tasks) == 1 and len(options.ids) == 1 and not _SEVERAL.fullmatch(options.ids[0])
    if tasks:
        print_json(tasks[0] if one else {"tasks": tasks, **({"jobs": jobs} if jobs else {})})
        return
    write = sys.stdout.write
    write("" if one else '{"jobs": [')
    for number, job in enumerate(jobs):
        write(", " if number else "")
        _write_job(face, job, options.limit)
    write("\n" if one else "]}\n")


def _write_job(face: Face, job: Row, limit: int | None) -> None:
    """A job of a million tasks is written as it comes, not collected."""
    head = json.dumps({name: value for name, value in job.items() if name != "tasks"})
    sys.stdout.write(f'{head[:-1]}, "tasks": [')
    sys.stdout.write(json.dumps(job["tasks"])[1:-1])
    for page in further(face.ask, job, limit=limit):
        sys.stdout.write(f", {json.dumps(page)[1:-1]}")
    sys.stdout.write("]}")


def job_lines(job: Row, counts: Mapping[str, int]) -> list[str]:
    """A job as lines of `name value`; `counts` of all its tasks, by state."""
    spec = job.get("spec") or {}
    lines = [f"job {job['id']}  {clean(job['name'])}  {job['state']}"]
    lines += _pairs(job, ("command", "reason", "pool", "priority", "submitted", "started", "ended", "user"))
    took = "ran for" if sum(counts.values()) == 1 else "took"  # several: with whatever lies between them
    lines += _pairs({took: _ran(job), "tasks": task_counts(counts)}, (took, "tasks"))
    lines += _pairs(spec, [name for name in spec if name not in UNSHOWN])
    lines += [f"  waits for    {_condition(one)}" for one in job.get("dependencies") or ()]
    lines += [f"  waited for   by job {one['job']} ({one['kind']})" for one in job.get("dependents") or ()]
    lines += [f"  place        {_place(one)}: {one['text']}" for one in job.get("places") or ()]
    for task in job["tasks"]:
        lines += ["", *task_lines(task)]
    hidden = sum(counts.values()) - len(job["tasks"])
    return [*lines, "", f"{hidden} more tasks; see them with: burro show {job['id']} --limit N"] if hidden else lines


def _condition(one: Row) -> str:
    """`12 (afterok): met, it is done`."""
    return f"{one['on']} ({one['kind']}): {one['state']}, it is {one['now'] or 'no longer there'}"


def _ran(job: Row) -> str | None:
    ran = run_time(job)
    return None if ran is None else format_duration(ran)


def task_lines(task: Row) -> list[str]:
    """A task and its attempts."""
    lines = [f"task {task['id']}  {task['state']}"]
    lines += _pairs(task, ("command", "reason", "mem", "time_limit", "lost", "again"))
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


def _policy(policy: Row) -> str:
    """How what failed is tried again, in words."""
    more = [
        f"with {policy[f'{what}_factor']:g} times the {what}"
        for what in ("mem", "time")
        if policy[f"{what}_factor"] > 1
    ]
    first = f"up to {policy['retries']} times, after {', '.join(policy['causes'])}, first {policy['delay']:g} s later"
    return ", ".join([first, *more])


def _place(place: Mapping[str, Any]) -> str:
    return f"{place['worker']} ({place['pool']})" if place["worker"] else str(place["pool"])


def _value(name: str, value: object) -> str:
    if name in _SIZES and isinstance(value, (int, float)):
        return format_size(value)
    if name in _DURATIONS and isinstance(value, (int, float)):
        return format_duration(value) if value >= 60 else f"{value:g} s"
    if name in _TIMES and isinstance(value, str):
        return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M:%S")
    if name == "umask" and isinstance(value, int):
        return f"{value:04o}"
    if name == "warn" and isinstance(value, dict):
        return f"{value['signal']}, {format_duration(value['before'])} before the end"
    if name == "retry" and isinstance(value, dict):
        return _policy(value)
    if isinstance(value, dict):
        return ", ".join(f"{clean(key)} {clean(part)}" for key, part in value.items())
    return clean(value)
