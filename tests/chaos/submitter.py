"""A client of the storm: submits what its seed says; its own ledger is on disk before and after each submission.

Usage: submitter.py LEDGER WITNESSES SEED COUNT api|command. Started again, it goes on where its ledger ends.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import burro

TASK = str(Path(__file__).with_name("task.sh"))
BURRO = str(Path(sys.executable).with_name("burro"))


def plan(seed: int, count: int) -> list[dict]:
    """The submissions of one client: single tasks and arrays, mostly short, a few long, some for two cpus."""
    rng = random.Random(seed)
    asked = []
    for number in range(count):
        short, at_once = rng.random() < 0.95, rng.random() < 0.2
        seconds = f"{rng.uniform(0, 0.05) if short else rng.uniform(1, 2.5):.3f}"
        asked.append(
            {
                "key": f"{seed}-{number}",
                "tasks": rng.randint(2, 24) if short and rng.random() < 0.4 else 1,
                "cpus": 2 if rng.random() < 0.2 else 1,
                "seconds": "0" if short and at_once else seconds,
                "code": rng.choice([0, 0, 0, 0, 0, 7]),
                "mode": rng.choice(["plain"] * 10 + ["child", "daemon"]) if short else "plain",
                "again": rng.random() < 0.5,
                "cancel": rng.random() < 0.1,
                "out": rng.choice(["none", None]),
            }
        )
    return asked


def main() -> None:
    """Submit the plan, what was acknowledged only once."""
    ledger, witnesses, seed, count, way = sys.argv[1:]
    intents, acks = _so_far(ledger)
    end = os.open(ledger, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    for one in plan(int(seed), int(count)):
        if one["key"] in acks or (one["key"] in intents and not one["again"]):
            continue
        if one["key"] not in intents:
            _note(end, {"intent": one["key"], "tasks": one["tasks"], "code": one["code"], "at": time.time()})
        words = ["/bin/sh", TASK, witnesses, one["seconds"], str(one["code"]), one["mode"]]
        job = _by_api(one, words) if way == "api" else _by_command(one, words)
        _note(end, {"ack": one["key"], "job": job, "at": time.time()})
        if one["cancel"]:
            _note(end, {"cancel": one["key"]})
            with burro.Queue() as queue:
                (change,) = queue.cancel([job])
            # what a worker had already may be on its way to its start: of that nothing is promised yet
            _note(end, {"cancelled": one["key"], "at": None if change.asked or change.other else time.time()})


def _so_far(ledger: str) -> tuple[set[str], set[str]]:
    """What was intended and acknowledged; a line that was cut off is ended, so that the next one is whole."""
    if not os.path.exists(ledger):
        return set(), set()
    text = Path(ledger).read_text()
    whole, _, cut = text.rpartition("\n")
    if cut:
        os.truncate(ledger, len(whole) + 1 if whole else 0)
    lines = [json.loads(line) for line in whole.splitlines()]
    return {line["intent"] for line in lines if "intent" in line}, {line["ack"] for line in lines if "ack" in line}


def _note(end: int, line: dict) -> None:
    os.write(end, json.dumps(line).encode() + b"\n")
    os.fsync(end)


def _by_api(one: dict, words: list[str]) -> int:
    with burro.Queue() as queue:
        options = {"cpus": one["cpus"], "key": one["key"], "output": one["out"]}
        if one["tasks"] > 1:
            return queue.array(words, indices=range(one["tasks"]), **options).id
        return queue.submit(words, **options).id


def _by_command(one: dict, words: list[str]) -> int:
    array = ["-a", f"0-{one['tasks'] - 1}"] if one["tasks"] > 1 else []
    out = ["-o", one["out"]] if one["out"] else []
    asked = [BURRO, "submit", "--parsable", "--key", one["key"], "-c", str(one["cpus"]), *array, *out, "--", *words]
    return int(subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout)


if __name__ == "__main__":
    main()
