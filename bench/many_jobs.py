"""A queue of 100,000 jobs: how long people wait who look at it, and how long looking keeps the server from others."""

from __future__ import annotations

import json
import threading
import time

from figures import Figure, Report
from yard import Yard, seconds

import burro
from burro.link.call import Connection

COUNT, QUICK = 100_000, 5_000
_AT_ONCE = 2_500
_RUNS = 5
_FILTERED = ("--state", "failed"), ("--name", "n3", "--columns", "id,state")


def measure(*, quick: bool) -> Report:
    """Submit single jobs that wait for room; the wall time of `status` in several forms."""
    count = QUICK if quick else COUNT
    with Yard(0) as yard:
        _fill(yard, count)
        best = _best(yard)
        figures = [Figure(f"status with {count:,} jobs", best, "s", most=0.4)]
        figures += [Figure(f"status {' '.join(words)}", _best(yard, *words), "s") for words in _FILTERED]
        whole, longest = _whole(yard, count)
        figures.append(Figure("status --json, all of them", whole, "s"))
        figures.append(Figure("longest answer to a ping meanwhile", longest * 1000, "ms", most=100.0))
    return Report("many", figures)


def _fill(yard: Yard, count: int) -> None:
    with burro.Queue(yard.queue) as queue:
        for start in range(0, count, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, count))
            queue.submit_many([{"argv": ["true"], "output": "none", "name": f"n{number % 7}"} for number in numbers])


def _best(yard: Yard, *words: str) -> float:
    return min(seconds(yard.command("status", *words), yard.work) for _ in range(_RUNS))


def _whole(yard: Yard, count: int) -> tuple[float, float]:
    """Seconds of the whole list as JSON, and of the slowest answer to somebody else while it is made."""
    over, waits = threading.Event(), []
    pinger = threading.Thread(target=_ping, args=(yard, over, waits))
    pinger.start()
    began = time.perf_counter()
    text = yard.burro("status", "--json")
    wall = time.perf_counter() - began
    over.set()
    pinger.join()
    jobs = json.loads(text)["jobs"]
    if len(jobs) != count:
        raise SystemExit(f"status --json gave {len(jobs)} of {count} jobs")
    return wall, max(waits)


def _ping(yard: Yard, over: threading.Event, waits: list[float]) -> None:
    with Connection(str(yard.queue)) as end:
        while not over.wait(0.02):
            began = time.perf_counter()
            end.ask({"op": "ping"})
            waits.append(time.perf_counter() - began)
