"""One submit from the shell, against the same interpreter doing nothing, turn by turn."""

from __future__ import annotations

import sys

from figures import Figure, Report
from yard import Yard, seconds

ROUNDS, QUICK_ROUNDS = 3, 1
RUNS = 20
_MOST = 2.5


def measure(*, quick: bool) -> Report:
    """How many times `python -c pass` a submit takes: the best of each round, the best round."""
    with Yard(0) as yard:
        rounds = [_round(yard) for _ in range(QUICK_ROUNDS if quick else ROUNDS)]
    submit, nothing = min(rounds, key=lambda pair: pair[0] / pair[1])
    spread = ", ".join(f"{one / other:.2f}" for one, other in rounds)
    beside = f"{submit * 1000:.1f} ms against {nothing * 1000:.1f} ms; rounds {spread}"
    return Report("submit", [Figure("submit of one job", submit / nothing, "x -c pass", most=_MOST, beside=beside)])


def _round(yard: Yard) -> tuple[float, float]:
    submit = yard.command("submit", "-o", "none", "true")
    times = [(seconds(submit, yard.work), seconds([sys.executable, "-c", "pass"], yard.work)) for _ in range(RUNS)]
    return min(one for one, _ in times), min(other for _, other in times)
