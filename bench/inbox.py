"""Folders of `true` dropped into an inbox at once: what its watcher costs for each, and whether many cost more each."""

from __future__ import annotations

import os
import time
from pathlib import Path

from figures import Figure, Report
from yard import TICKS, Yard, until

COUNT, QUICK, FEW = 10_000, 500, 100


def measure(*, quick: bool) -> Report:
    """Move folders into inbox/; until the last one is finished in complete/."""
    count = QUICK if quick else COUNT
    with Yard(2) as yard:
        few = min((_round(yard, f"few{number}", FEW) for number in range(3)), key=lambda one: one[0])
        many = _round(yard, "many", count)
    figures = [
        Figure(f"watcher's cpu time a folder, {count:,} folders", many[0] * 1000, "ms", most=3.0),
        Figure(f"watcher's cpu time a folder, {FEW} folders", few[0] * 1000, "ms"),
        Figure("many against few, cpu time a folder", many[0] / few[0], "", most=1.0),
        Figure(f"from the first move to the last marker, {count:,} folders", many[1] * 1000, "ms a folder"),
        Figure(f"the same, {FEW} folders", few[1] * 1000, "ms a folder"),
        Figure("server's cpu time a folder", many[2] * 1000, "ms"),
    ]
    return Report("inbox", figures)


def _round(yard: Yard, name: str, count: int) -> tuple[float, float, float]:
    """Seconds a folder: of the watcher's processor, of the wall, of the server's processor."""
    root = yard.work / name
    yard.burro("inbox", "add", str(root))
    staged = yard.work / f"{name}-staged"
    staged.mkdir()
    for number in range(count):
        folder = staged / f"{number:05}"
        folder.mkdir()
        (folder / "job.sh").write_text("#!/bin/sh\ntrue\n")
    until(lambda: '"watching"' in yard.burro("inbox", "list", "--json"), within=30)
    watcher = _watcher(yard)
    before, server = _used(watcher), _used(yard.pids["server"])
    began = time.perf_counter()
    for number in range(count):
        (staged / f"{number:05}").rename(root / "inbox" / f"{number:05}")
    last = root / "complete"
    until(lambda: sum(1 for _ in os.scandir(last)) == count and not os.listdir(root / "pending"), within=600)
    wall = time.perf_counter() - began
    missing = [entry.name for entry in os.scandir(last) if not (Path(entry) / "job_manager-finished").exists()]
    if missing:
        raise SystemExit(f"{len(missing)} folders have no finished marker")
    cpu, served = _used(watcher) - before, _used(yard.pids["server"]) - server
    yard.burro("inbox", "remove", str(root))
    until(lambda: _watcher(yard) == 0, within=30)
    return cpu / count, wall / count, served / count


def _watcher(yard: Yard) -> int:
    """The pid of the one watcher of this queue; 0 until it is there."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"burro.inbox" in line and os.fsencode(yard.queue) in line:
                return int(entry.name)
    return 0


def _used(pid: int) -> float:
    """Seconds of the processor that a process has had (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
