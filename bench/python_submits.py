"""Single submits by one `burro.Queue`."""

from __future__ import annotations

import time

from figures import Figure, Report
from yard import Yard

import burro

COUNT, QUICK = 1_000, 200


def measure(*, quick: bool) -> Report:
    """Submits a second, one after another, each acknowledged before the next."""
    count = QUICK if quick else COUNT
    with Yard(0) as yard, burro.Queue(yard.queue) as queue:
        queue.submit(["true"], output="none")
        began = time.perf_counter()
        for _ in range(count):
            queue.submit(["true"], output="none")
        wall = time.perf_counter() - began
    return Report("python", [Figure(f"{count:,} submits by one burro.Queue", count / wall, "a second")])
