"""Scheduling many jobs in one call, with the guard over their outputs, and the list of what is open."""

from __future__ import annotations

import json
import subprocess

from figures import Figure, Report
from yard import Yard, seconds

COUNT, QUICK = 10_000, 500
_OUTPUTS = 4  # of each job


def measure(*, quick: bool) -> Report:
    """One call with a line for each job, the same once more beside the first ones, and the list of both."""
    count = QUICK if quick else COUNT
    with Yard(0) as yard:
        subprocess.run(["git", "init", "-q"], cwd=yard.work, check=True)
        took = [seconds(yard.command("schedule", "--from", _lines(yard, run, count)), yard.work) for run in range(2)]
        listed = seconds(yard.command("finish", "--list-open-jobs"), yard.work)
    return Report(
        "schedule",
        [
            Figure(f"schedule {count:,} jobs of {_OUTPUTS} outputs in one call", took[0], "s", most=5.0),
            Figure(f"... as many more, beside {count:,} that are open", took[1], "s"),
            Figure(f"list {2 * count:,} open jobs", listed, "s", most=1.0),
        ],
    )


def _lines(yard: Yard, run: int, count: int) -> str:
    path = yard.work / f"jobs-{run}.jsonl"
    with path.open("w", encoding="ascii") as file:
        for number in range(count):
            outputs = [f"out/{run}/{number}/{place}" for place in range(_OUTPUTS)]
            file.write(json.dumps({"cmd": f"true {number}", "outputs": outputs}) + "\n")
    return str(path)
