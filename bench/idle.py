"""What server, keeper and worker use while nothing is to be done."""

from __future__ import annotations

import time

from figures import Figure, Report
from yard import ROLES, Yard

SPAN, QUICK = 20.0, 3.0  # seconds
_SETTLE = 1.0


def measure(*, quick: bool) -> Report:
    """Cpu over a span of time, then memory: after a job, as it is in life."""
    span = QUICK if quick else SPAN
    with Yard(2) as yard:
        yard.burro("wait", yard.burro("submit", "--parsable", "-o", "none", "-a", "0-99", "true").strip())
        time.sleep(_SETTLE)
        before = yard.cpu()
        time.sleep(span)
        after = yard.cpu()
        rss, pss = yard.memory("Rss"), yard.memory("Pss")
    used = sum(after[role] - before[role] for role in ROLES) / span * 100
    return Report(
        "idle",
        [
            Figure(
                "cpu while idle",
                used,
                "%",
                most=0.2,
                beside=f"over {span:g} s; a tick of the clock is {1 / span:.2g} %",
            ),
            Figure("memory while idle, RSS", sum(rss.values()) / 1e6, "MB", most=90, beside=_by_role(rss)),
            Figure("memory while idle, PSS", sum(pss.values()) / 1e6, "MB", beside=_by_role(pss)),
        ],
    )


def _by_role(memory: dict[str, float]) -> str:
    return ", ".join(f"{role} {memory[role] / 1e6:.1f}" for role in ROLES)
