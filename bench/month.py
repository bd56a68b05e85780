"""A month of a site's life with a clock of its own (tests/month): burro's rules beside those of two others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from figures import Figure, Report

sys.path.insert(0, str(Path(__file__).parents[1]))  # the site is that of the tests

from tests.month.rules import Burro, HyperQueue, SlurmHog  # only now can they be found
from tests.month.site import Figures, Place, Rules, Site
from tests.month.work import Month

_SEED = 1
_MONTHS = {"a busy month": Place(workers=5), "a month at half load": Place(workers=8)}
_RULES: dict[str, Callable[[], Rules]] = {
    "burro": Burro,
    "HyperQueue": HyperQueue,
    "HyperQueue with a backlog of 5": lambda: HyperQueue(backlog=5),
    "slurm_hog": SlurmHog,
}


def measure(*, quick: bool) -> Report:
    """How much of what was held was used, and how long campaigns took."""
    report = Report("month")
    month = Month(days=2) if quick else Month()
    for name, place in _MONTHS.items():
        found = {who: Site(make(), month=month, place=place, seed=_SEED).run() for who, make in _RULES.items()}
        goal = 0.97 if name == "a busy month" else None
        report.figures.append(_figure(name, found, goal))
        report.remarks += [f"{name}, {who}: {_in_words(one)}" for who, one in found.items()]
    return report


def _figure(name: str, found: dict[str, Figures], goal: float | None) -> Figure:
    beside = ", ".join(f"{who} {one.utilisation:.3f}" for who, one in found.items())
    return Figure(f"held cores that were busy, {name}", found["burro"].utilisation, least=goal, beside=beside)


def _in_words(one: Figures) -> str:
    hours = {"held": one.held, "idle": one.held - one.busy - one.cut, "cut off": one.cut, "campaigns took": one.waited}
    text = ", ".join(f"{what} {seconds / 3600:,.0f}" for what, seconds in hours.items())
    return f"{text} hours; {one.tasks:,} tasks, {one.repeated:,} again; {one.requests} requests"
