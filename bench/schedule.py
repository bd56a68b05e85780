"""Scheduling many jobs in one call, with the guard over their outputs, and the list of what is open."""

from __future__ import annotations

import json
import subprocess

from figures import Figure, Report
from yard import Yard, seconds

from burro.base.clock import steady
from burro.model.footprint import Footprint
from burro.store import neighbours, scheduled
from burro.store.db import Database

COUNT, QUICK = 10_000, 500
_OUTPUTS = 4  # of each job
_OPEN, _QUICK_OPEN = (100, 1_000, 10_000, 100_000), (100, 1_000)
_LOOKED_AT = 500  # jobs that the guard is measured with, ten at a time: the quickest ten are the least disturbed


def measure(*, quick: bool) -> Report:
    """One call with a line for each job, the same once more beside the first ones, and the list of both."""
    count = QUICK if quick else COUNT
    with Yard(0) as yard:
        subprocess.run(["git", "init", "-q"], cwd=yard.work, check=True)
        first = seconds(yard.command("schedule", "--from", _lines(yard, 0, count)), yard.work)
        listed = seconds(yard.command("finish", "--list-open-jobs"), yard.work)
        second = seconds(yard.command("schedule", "--from", _lines(yard, 1, count)), yard.work)
    return Report(
        "schedule",
        [
            Figure(f"schedule {count:,} jobs of {_OUTPUTS} outputs in one call", first, "s", most=5.0),
            Figure(f"... as many more, beside {count:,} that are open", second, "s"),
            Figure(f"list {count:,} open jobs", listed, "s", most=0.5),
            *_guard(_QUICK_OPEN if quick else _OPEN),
        ],
    )


def _guard(counts: tuple[int, ...]) -> list[Figure]:
    """Looking at and reserving the outputs of one job, beside so many that are open."""
    db, made, figures = Database(":memory:"), 0, []
    db._link.pragma("foreign_keys", False)  # noqa: SLF001  # reservations without the jobs that they are of
    for count in counts:
        with db.write():
            for number in range(made, count):
                _reserve(db, number)
            made = count + _LOOKED_AT
            took = []
            for number in range(count, made, 10):
                begun = steady()
                for one in range(number, number + 10):
                    _reserve(db, one)
                took.append((steady() - begun) / 10)
        figures.append(Figure(f"the guard, a job, {count:,} open", min(took) * 1000, "ms", most=0.2))
    return figures


def _reserve(db: Database, number: int) -> None:
    paths = tuple(f"out/{number // 1000}/{number}/{place}" for place in range(_OUTPUTS))
    log = f"burro-{number}.out"
    assert not neighbours.is_near(db, "/home/ann/ds", [*paths, log], job=number)
    made = Footprint("/home/ann/ds", paths, (), {"cmd": "true"}, "replace")
    scheduled.add(db, number, made, indices=[0], logs=[log])


def _lines(yard: Yard, run: int, count: int) -> str:
    path = yard.work / f"jobs-{run}.jsonl"
    with path.open("w", encoding="ascii") as file:
        for number in range(count):
            outputs = [f"out/{run}/{number}/{place}" for place in range(_OUTPUTS)]
            file.write(json.dumps({"cmd": f"true {number}", "outputs": outputs}) + "\n")
    return str(path)
