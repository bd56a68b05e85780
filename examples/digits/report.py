"""What came out of a search: `python report.py RESULTS JOB`."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

BEST = 8


def main(results, job):
    """Print the best configurations, how busy the cpus were, and where to go from here."""
    found = [json.loads(path.read_text()) for path in Path(results, job).glob("*.json")]
    found.sort(key=lambda result: (-result["accuracy"], result["spread"], result["index"]))
    asked = burro("show", job)
    if not found:
        sys.exit(f"report.py: no result in {results}/{job}; see why with: burro show {job}")

    print(f"\nThe best of {len(found)} configurations, each tried on 1797 digits by three-fold cross-validation:\n")
    print(table(found[:BEST]))
    print()
    print(busy(asked["tasks"], cpus=sum(worker["cpus"] for worker in burro("workers")["workers"])))
    missing = [task for task in asked["tasks"] if task["state"] != "done"]
    if missing:
        print(f"{len(missing)} did not end well, the first of them {missing[0]['id']} ({missing[0]['state']}).")
    print(f"\nTry next:\n{next_steps(job, found[0]['index'])}")


def burro(*words):
    """What a command of burro's answers, as JSON."""
    return json.loads(subprocess.run(["burro", *words, "--json"], stdout=subprocess.PIPE, check=True).stdout)


def table(found):
    """One line for each result, in columns."""
    rows = [("right", "±", "model", "parameters", "task")]
    for result in found:
        parameters = ", ".join(f"{name}={value}" for name, value in result["parameters"].items())
        rows.append(
            (f"{result['accuracy']:.2%}", f"{result['spread']:.2%}", result["model"], parameters, str(result["index"]))
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def busy(tasks, *, cpus):
    """How much of the cpus' time went to tasks, and how much of that they used."""
    attempts = [attempt for task in tasks for attempt in task["attempts"] if attempt["started"] and attempt["ended"]]
    spans = [(moment(attempt["started"]), moment(attempt["ended"])) for attempt in attempts]
    wall = (max(end for _, end in spans) - min(start for start, _ in spans)).total_seconds()
    given = sum((end - start).total_seconds() for start, end in spans)
    used = sum(attempt["cpu_time"] or 0 for attempt in attempts)
    had, there_was = given / wall / cpus, used / wall / cpus
    return (
        f"{len(attempts)} tasks in {wall:.0f} s on {cpus} cpus. The cpus had a task {had:.1%} of that time;\n"
        f"the tasks used {used:.0f} s of cpu time, {there_was:.1%} of what there was."
    )


def moment(text):
    """A time as burro prints it."""
    return datetime.fromisoformat(text)


def next_steps(job, best):
    """Commands that show more."""
    steps = {
        f"burro show {job}.{best}": "everything about the best one's task",
        f"burro logs {job}.{best}": "what it printed",
        f"burro status {job}": "the whole search in one line",
    }
    return "\n".join(f"  {command:<24} {what}".rstrip() for command, what in steps.items())


if __name__ == "__main__":
    main(*sys.argv[1:])
