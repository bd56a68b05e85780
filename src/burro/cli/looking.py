"""`burro workers`, and the room that workers have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.text import format_size
from .clean import clean
from .face import Face, print_json
from .parser import Parser
from .spans import unserved
from .table import print_table

Row = Mapping[str, Any]
WORKER_HEADS = ("NAME", "POOL", "HOST", "PID", "STATE", "CPUS", "FREE", "MEMORY", "RUNNING")


def parser(_verb: str) -> Parser:
    """The parser."""
    return Parser("workers", examples=("burro workers", "burro workers --json")).json()


def main(words: list[str], face: Face) -> int:
    """Show the workers."""
    options = parser(face.verb).parse(words)
    return _workers(face.at(options.queue).ask("workers"), as_json=options.json)


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
        found = any(map(unserved, answer["workers"]))
        rows = [(*_worker_row(row), *([unserved(row)] if found else [])) for row in answer["workers"]]
        print_table((*WORKER_HEADS, *(["NO SERVER"] if found else [])), rows, right=("PID", "CPUS", "FREE", "RUNNING"))
    else:
        print("no worker answers; see: burro doctor")
    return 0


def _worker_row(row: Row) -> tuple[str, ...]:
    memory = format_size(row["mem"]) if row.get("mem") else ""
    names = ("name", "pool", "host", "pid", "state", "cpus", "cpus_free")
    return (*(clean(row.get(name) if row.get(name) is not None else "") for name in names), memory, str(row["running"]))
