"""`burro status` and `burro workers`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..base import clock
from ..base.text import format_duration, format_size
from ..model.states import FINAL, STATES
from .clean import clean
from .face import Face, print_json
from .parser import Parser
from .table import print_table

Row = Mapping[str, Any]
JOB_HEADS = ("ID", "NAME", "STATE", "TASKS", "TIME", "POOL", "COMMAND", "REASON")
WORKER_HEADS = ("NAME", "POOL", "HOST", "PID", "STATE", "CPUS", "FREE", "MEMORY", "RUNNING")


def parser(verb: str) -> Parser:
    """The parser of one of the two."""
    if verb == "workers":
        return Parser("workers", examples=("burro workers", "burro workers --json")).json()
    examples = ("burro status", "burro status 12 train", "burro status --state failed", "burro status --json")
    made = Parser("status", examples=examples).json().ids(least=0)
    made.add_argument("--all", action="store_true", help="also every job that ended long ago")
    made.add_argument("--state", action="append", choices=STATES, metavar="STATE", help="only jobs in this state")
    return made


def main(words: list[str], face: Face) -> int:
    """Show jobs or workers."""
    options = parser(face.verb).parse(words)
    face = face.at(options.queue)
    if face.verb == "workers":
        return _workers(face.ask("workers"), as_json=options.json)
    ids = options.ids or (["all"] if options.all or options.state else None)
    answer = face.ask("status", ids=ids, states=options.state)
    if options.json:
        print_json({"jobs": answer["jobs"], "workers": answer["workers"]})
        return 0
    if answer["jobs"]:
        print_table(JOB_HEADS, [job_row(job) for job in answer["jobs"]], folded=("NAME", "COMMAND", "REASON"))
    elif options.state:
        print("no job is in such a state")
    else:
        print("the queue is empty; put something in with: burro submit")
    if answer.get("hidden"):
        print(f"{answer['hidden']} more that ended; see them with: burro status --all")
    print(room(answer["workers"]))
    return 0


def job_row(job: Row) -> tuple[str, ...]:
    """One line of the table."""
    shown = (job["id"], job["name"], job["state"], tasks(job["tasks"]), time_of(job), job["pool"], job["command"])
    return (*(clean(value if value is not None else "") for value in shown), clean(job.get("reason") or ""))


def tasks(counts: Mapping[str, int]) -> str:
    """`3/10`, `3/10, 1 failed`: how many have ended of how many."""
    ended = sum(counts.get(state, 0) for state in FINAL)
    failed = counts.get("failed", 0)
    return f"{ended}/{sum(counts.values())}" + (f", {failed} failed" if failed else "")


def time_of(job: Row) -> str:
    """How long it has run, or ran."""
    if not job.get("started"):
        return ""
    end = datetime.fromisoformat(job["ended"]).timestamp() if job.get("ended") else clock.now()
    return format_duration(end - datetime.fromisoformat(job["started"]).timestamp())


def room(workers: list[Row]) -> str:
    """The last line of `status`."""
    if not workers:
        return "no worker answers"
    workers = [worker for worker in workers if worker.get("state") == "up"]
    if not workers:
        return "no worker answers yet; it is being started"
    cpus, free = (sum(int(worker.get(name) or 0) for worker in workers) for name in ("cpus", "cpus_free"))
    running = sum(int(worker.get("running") or 0) for worker in workers)
    some = "1 worker" if len(workers) == 1 else f"{len(workers)} workers"
    return f"{some}: {running} running, {free} of {cpus} cpus free"


def _workers(answer: Row, *, as_json: bool) -> int:
    if as_json:
        print_json({"workers": answer["workers"]})
    elif answer["workers"]:
        rows = [_worker_row(row) for row in answer["workers"]]
        print_table(WORKER_HEADS, rows, right=("PID", "CPUS", "FREE", "RUNNING"))
    else:
        print("no worker answers; see: burro doctor")
    return 0


def _worker_row(row: Row) -> tuple[str, ...]:
    memory = format_size(row["mem"]) if row.get("mem") else ""
    names = ("name", "pool", "host", "pid", "state", "cpus", "cpus_free")
    return (*(clean(row.get(name) if row.get(name) is not None else "") for name in names), memory, str(row["running"]))
