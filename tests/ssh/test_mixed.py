"""This machine and three others, of different sizes, with tasks of different lengths: none is idle while work waits."""

from __future__ import annotations

import random

from tests.chaos.ledgers import read_written
from tests.ssh.fleet import TASK

LONGEST_IDLE = 1.5  # seconds with a free cpu while tasks wait that could have it; generous, for a busy computer
CPUS = {"local": 1, "m1": 1, "m2": 2, "m3": 4}


def test_no_machine_is_idle_while_tasks_wait_that_it_could_run(fleet):
    rng = random.Random(1)
    fleet.declare("m1", "m2", "m3")
    fleet.world.well("up", "-c", "1")
    for pool, cpus in CPUS.items():
        fleet.world.well("pool", "set", pool, "--cpus", str(cpus))
        fleet.is_up(pool)
    line = f"exec /bin/sh {TASK} {fleet.witnesses} {{:.2f}} 0 plain\n"
    lengths = [rng.choice([0.05, 0.1, 0.3, 0.8]) for _ in range(120)]
    anywhere = job_of(fleet, "any", [line.format(length) for length in lengths])
    pinned = job_of(fleet, "m1", [line.format(0.5)] * 4)
    fleet.world.well("wait", anywhere, pinned)

    runs = runs_by_pool(fleet, anywhere, pinned)
    assert sum(map(len, runs.values())) == 124
    began = min(start for found in runs.values() for start, _ in found)
    last = max(line.at for line in fleet.written(anywhere))  # until then some task waited
    idle = {pool: longest_idle(runs[pool], cpus, began, last) for pool, cpus in CPUS.items()}
    assert max(idle.values()) < LONGEST_IDLE, idle
    most = {pool: most_at_once(found) for pool, found in runs.items()}
    assert all(most[pool] <= cpus for pool, cpus in CPUS.items()), most


def job_of(fleet, pool, lines):
    return fleet.world.submit("-p", pool, "-f", "-", stdin="".join(lines).encode()).partition(".")[0]


def runs_by_pool(fleet, *jobs):
    """Start and end of each task, as it wrote them itself, where it ran."""
    times = {}
    for line in read_written(fleet.witnesses):
        times.setdefault((line.job, line.idx), []).append(line.at)
    found = {pool: [] for pool in CPUS}
    for job in jobs:
        for idx, task in enumerate(fleet.world.show(job)["tasks"]):
            [attempt] = task["attempts"]
            found[attempt["pool"]].append(tuple(times[int(job), idx]))
    return found


def changes(runs):
    """When how many more run, ends before starts of the same moment."""
    return sorted([(start, 1) for start, _ in runs] + [(end, -1) for _, end in runs])


def longest_idle(runs, cpus, began, last):
    """The longest time between two moments in which not all cpus were in use."""
    running, since, longest = 0, began, 0.0
    for at, more in [*changes(runs), (last, 0)]:
        if running < cpus:
            longest = max(longest, min(at, last) - since)
        was, running = running, running + more
        if was >= cpus > running:
            since = at
    return longest


def most_at_once(runs):
    running = most = 0
    for _, more in changes(runs):
        running += more
        most = max(most, running)
    return most
