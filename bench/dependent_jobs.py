"""Single jobs that depend on each other, all submitted by one `burro.Queue`: chains, and fans that join again."""

from __future__ import annotations

import datetime

from figures import Figure, Report
from short_tasks import SLOTS
from yard import Yard

import burro

COUNT, QUICK = 10_000, 1_000
STEPS, QUICK_STEPS = 300, 60
_LENGTH = 50  # jobs of a chain; of a fan: one, then all but two of them, then one that waits for those


def measure(*, quick: bool) -> Report:
    """Server cpu a job, from the first submit to the last end; and the time from one step of a chain to the next."""
    count = QUICK if quick else COUNT
    with Yard(SLOTS) as yard, burro.Queue(yard.queue) as queue:
        before = yard.cpu()
        jobs = _submit(queue, count)
        queue.wait(jobs)
        spent = yard.cpu()["server"] - before["server"]
        step = _step(yard, queue, QUICK_STEPS if quick else STEPS)
    return Report(
        "dependencies",
        [
            Figure(f"server cpu a job, {len(jobs):,} in chains and fans", spent / len(jobs) * 1e3, "ms", most=0.5),
            Figure("a step of a chain, end to end", step * 1e3, "ms", most=6.0),
        ],
    )


def _submit(queue: burro.Queue, count: int) -> list[burro.Job]:
    """Chains and fans in turns, each in one request; the jobs name each other."""
    jobs: list[burro.Job] = []
    for group in range(count // _LENGTH):
        names = [f"g{group}.{place}" for place in range(_LENGTH)]
        behind = [None, *(names[0] if group % 2 else name for name in names[:-2]), ":".join(names[1:-1])]
        jobs += queue.submit_many(
            {"argv": ["true"], "output": "none", "name": name, "dependency": on and f"afterok:{on}"}
            for name, on in zip(names, behind, strict=True)
        )
    return jobs


def _step(yard: Yard, queue: burro.Queue, steps: int) -> float:
    """Seconds of one step of a chain that waits for its release."""
    first = last = queue.submit(["true"], output="none", hold=True)
    for _ in range(steps):
        last = queue.submit(["true"], output="none", dependency=f"afterok:{last.id}")
    queue.release([first])
    queue.wait([last])
    started, ended = (
        datetime.datetime.fromisoformat(yard.job(str(job.id))[field])
        for job, field in ((first, "started"), (last, "ended"))
    )
    return (ended - started).total_seconds() / (steps + 1)
