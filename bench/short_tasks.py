"""Short tasks: an array of `true` against a C loop that starts as many processes, turn by turn."""

from __future__ import annotations

import datetime
import shutil
from dataclasses import dataclass

from figures import Figure, Report
from floor import Floor, Run
from yard import ROLES, Yard

SLOTS = 2
ROUNDS = 4
COUNT, QUICK = 20_000, 3_000
_LEAST = {False: 0.65, True: 0.55}


@dataclass(frozen=True)
class Passage:
    """One array that went through the queue: seconds from its first start to its last end, cpu seconds by role."""

    wall: float
    cpu: dict[str, float]


def measure(*, quick: bool) -> Report:
    """Throughput against the floor, without and with output files; and the cpu time of a task."""
    count = QUICK if quick else COUNT
    report = Report("short tasks")
    with Yard(SLOTS) as yard:
        floor = Floor(yard.root)
        for files in (False, True):
            pairs = [_pair(yard, floor, count, files=files) for _ in range(ROUNDS)]
            _tell(report, count, pairs, files=files)
    return report


def _pair(yard: Yard, floor: Floor, count: int, *, files: bool) -> tuple[Run, Passage]:
    """The floor, then burro; what they leave on disk goes before the next."""
    outputs = yard.work / "outputs"
    outputs.mkdir()
    ran = floor.run(count, SLOTS, files=outputs if files else None)
    passed = passage(yard, count, files=files)
    for directory in [path for path in yard.work.iterdir() if path.is_dir()]:
        shutil.rmtree(directory)
    return ran, passed


def passage(yard: Yard, count: int, *, files: bool) -> Passage:
    """Send an array of `true` through the queue."""
    before = yard.cpu()
    words = [] if files else ["-o", "none"]
    job = yard.burro("submit", "--parsable", "-a", f"0-{count - 1}", *words, "--", "true").strip()
    yard.burro("wait", job)
    after, ended = yard.cpu(), yard.job(job)
    if ended["tasks"] != {"done": count}:
        raise SystemExit(f"not every task is done: {ended['tasks']}")
    times = [datetime.datetime.fromisoformat(ended[name]) for name in ("started", "ended")]
    return Passage((times[1] - times[0]).total_seconds(), {role: after[role] - before[role] for role in ROLES})


def _tell(report: Report, count: int, pairs: list[tuple[Run, Passage]], *, files: bool) -> None:
    kind = "with files" if files else "no files"
    floor = min((ran for ran, _ in pairs), key=lambda ran: ran.wall)
    best = min((passed for _, passed in pairs), key=lambda passed: passed.wall)
    beside = f"burro {count / best.wall:,.0f}/s, floor {count / floor.wall:,.0f}/s"
    ratio = floor.wall / best.wall
    report.figures.append(
        Figure(f"{count:,} x true, {kind}", ratio, "of the floor", least=_LEAST[files], beside=beside)
    )
    cheapest = min((passed for _, passed in pairs), key=lambda passed: sum(passed.cpu.values()))
    spent = ", ".join(f"{role} {cheapest.cpu[role] / count * 1e6:.0f}" for role in ROLES)
    lean = min((ran for ran, _ in pairs), key=lambda ran: ran.own + ran.children)
    beside = f"{spent}; floor {lean.own / count * 1e6:.0f} and {lean.children / count * 1e6:.0f} in the children"
    cost = sum(cheapest.cpu.values()) / count * 1e6
    report.figures.append(Figure(f"cpu of burro a task, {kind}", cost, "us", beside=beside))
