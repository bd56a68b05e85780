"""Watcher and server are killed at random moments while folders come: each runs once and arrives once."""

from __future__ import annotations

import os
import random
import signal

from tests.waiting import until

FOLDERS = 40


def test_each_folder_runs_once_and_arrives_once_whoever_is_killed(drop):
    rng = random.Random(6)
    drop.add("--quiet", "0", "--max-jobs", "12", "--max-error-percent", "0", "--period", "1")
    names = [f"{rng.randrange(1000):03}-{number}" for number in range(FOLDERS)]
    for place, name in enumerate(names):
        drop.put(name, f"sleep 0.0{rng.randrange(5)}; exit {rng.choice([0, 0, 1])}")
        if place % 5 == 4:
            arrived = len(drop.names("complete"))
            strike(drop, rng)
            until(lambda arrived=arrived: len(drop.names("complete")) > arrived, within=30)
    until(lambda: len(drop.names("complete")) == FOLDERS and not drop.names("pending"), within=60)
    for name in names:
        assert drop.result(name)["state"] in ("done", "failed")
    assert drop.runs == drop.names("complete") == sorted(names)


def strike(drop, rng):
    """Kill the watcher, or the server, or both."""
    found = drop.world.processes()
    watchers = [pid for pid, line in found.items() if "burro.inbox" in line]
    servers = [pid for pid, line in found.items() if "burro.server" in line]
    for pid in rng.choice([watchers, servers, watchers + servers]):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    if not any("burro.inbox" in line for line in drop.world.processes().values()):
        drop.world.burro("status")  # nobody is left who would start a server
