"""Measure burro against the operating system's own speed: `python bench/run.py [--quick] [--only NAME] [--json FILE]`.

Every ratio is of two things measured in turns in the same run, so that a busy or slow machine spoils both. The figures
are for people to judge; nothing fails because of one.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import big_array
import clusters
import datalad_slurm
import dependent_jobs
import idle
import inbox
import machines
import many_jobs
import month
import peers
import placement
import provenance
import python_submits
import schedule
import short_tasks
import submit_once
from figures import Report, short, table

MEASUREMENTS: dict[str, Callable[..., Report]] = {
    "tasks": short_tasks.measure,
    "submit": submit_once.measure,
    "array": big_array.measure,
    "placement": placement.measure,
    "many": many_jobs.measure,
    "idle": idle.measure,
    "python": python_submits.measure,
    "dependencies": dependent_jobs.measure,
    "machines": machines.measure,
    "inbox": inbox.measure,
    "clusters": clusters.measure,
    "month": month.measure,
    "provenance": provenance.measure,
    "schedule": schedule.measure,
    "datalad-slurm": datalad_slurm.measure,
    "peers": peers.measure,
}
_BUSY = 0.5  # load average above which others surely use the machine


def main() -> int:
    """Measure what is asked for and print the table."""
    asked = _asked()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # an exit that cleans up
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cpus, load average {load:.2f} at the start, Python {sys.version.split()[0]}")
    if load > _BUSY:
        print("warning: others use this machine now; wall times are too long, and ratios less sure")
    reports = []
    for name in asked.only or MEASUREMENTS:
        print(f"measuring {name} ...", flush=True)
        reports.append(MEASUREMENTS[name](quick=asked.quick))
    print()
    _print(reports)
    print(f"\nload average {os.getloadavg()[0]:.2f} at the end (some of it is this)")
    if asked.json:
        _write(asked.json, reports, load)
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="smaller counts: to see whether it works, not how fast")
    parser.add_argument("--only", action="append", choices=list(MEASUREMENTS), help="this one; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    return parser.parse_args()


def _print(reports: list[Report]) -> None:
    rows = [figure.row for report in reports for figure in report.figures]
    print(table([("what", "figure", "target", "", "beside"), *rows]))
    for report in reports:
        for remark in report.remarks:
            print(f"{report.name}: {remark}")


def _write(path: Path, reports: list[Report], load: float) -> None:
    figures = [
        {"measurement": report.name, **dataclasses.asdict(figure), "met": figure.met, "shown": short(figure.value)}
        for report in reports
        for figure in report.figures
    ]
    moment = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    text = {"at": moment, "cpus": os.cpu_count(), "load": load, "python": sys.version.split()[0], "figures": figures}
    path.write_text(json.dumps(text, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
