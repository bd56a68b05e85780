"""A client of the storm: submits what its seed says; its own ledger is on disk before and after each submission.

Usage: submitter.py LEDGER WITNESSES SEED COUNT api|command [POOL...]. Started again, it goes on where its ledger ends.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import burro

TASK = str(Path(__file__).with_name("task.sh"))
BURRO = str(Path(sys.executable).with_name("burro"))


def plan(seed: int, count: int, pools: Sequence[str] = ()) -> list[dict]:
    """The submissions of one client: single tasks and arrays, mostly short, a few long, some for two cpus.

    With `pools` half of them name one, and more of them are long.
    """
    rng = random.Random(seed)
    asked = []
    for number in range(count):
        short, at_once = rng.random() < 0.95, rng.random() < 0.2
        seconds = f"{rng.uniform(0, 0.05) if short else rng.uniform(1, 2.5):.3f}"
        asked.append(
            {
                "number": number,
                "key": f"{seed}-{number}",
                "tasks": rng.randint(2, 24) if short and rng.random() < 0.4 else 1,
                "cpus": 2 if rng.random() < 0.2 else 1,
                "seconds": "0" if short and at_once else seconds,
                "code": rng.choice([0, 0, 0, 0, 0, 7]),
                "mode": rng.choice(["plain"] * 10 + ["child", "daemon"]) if short else "plain",
                "again": rng.random() < 0.5,
                "retries": rng.choice([0, 0, 0, 0, 1, 2]),
                "after": rng.choice([None] * 8 + ["afterok", "afterok", "afterany", "afternotok"]),
                "hold": rng.random() < 0.1,
                "edit": rng.random() < 0.1,
                "cancel": rng.random() < 0.1,
                "out": rng.choice(["none", None]),
            }
        )
        asked[-1]["again"] |= asked[-1]["hold"]  # somebody has to release it
        if asked[-1]["retries"] and rng.random() < 0.5:
            asked[-1] |= {"mode": "flaky", "code": 0}
    if pools:
        _spread(asked, pools, random.Random(f"{seed} of {pools}"))
    return asked


def _spread(asked: list[dict], pools: Sequence[str], rng: random.Random) -> None:
    for one in asked:
        one["pool"] = rng.choice([*pools, *(["any"] * len(pools))])
        if one["mode"] == "plain" and rng.random() < 0.6:
            one["seconds"] = f"{rng.uniform(0.1, 1.2):.3f}"


def main() -> None:
    """Submit the plan, what was acknowledged only once."""
    ledger, witnesses, seed, count, way, *pools = sys.argv[1:]
    intents, acks, released = _so_far(ledger)
    end = os.open(ledger, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    for one in plan(int(seed), int(count), pools):
        key = one["key"]
        if key in acks and one["hold"] and key not in released:
            _release(end, key, acks[key])
        if key in acks or (key in intents and not one["again"]):
            continue
        if key not in intents:
            before = f"{seed}-{one['number'] - 1}"
            after = [one["after"], before, acks[before]] if one["after"] and before in acks else None
            intents[key] = {"tasks": one["tasks"], "code": one["code"], "retries": one["retries"], "after": after}
            _note(end, {"intent": key, **intents[key], "at": time.time()})
        one["behind"] = intents[key]["after"]
        words = ["/bin/sh", TASK, witnesses, one["seconds"], str(one["code"]), one["mode"]]
        job = acks[key] = _by_api(one, words) if way == "api" else _by_command(one, words)
        _note(end, {"ack": key, "job": job, "at": time.time()})
        if one["edit"]:
            subprocess.run([BURRO, "set", str(job), "--priority", "3"], capture_output=True, check=False)
        if one["hold"]:
            _release(end, key, job)
        if one["cancel"]:
            _note(end, {"cancel": one["key"]})
            with burro.Queue() as queue:
                (change,) = queue.cancel([job])
            # what a worker had already may be on its way to its start: of that nothing is promised yet
            _note(end, {"cancelled": one["key"], "at": None if change.asked or change.other else time.time()})


def _release(end: int, key: str, job: int) -> None:
    with burro.Queue() as queue:
        queue.release([job])
    _note(end, {"released": key})


def _so_far(ledger: str) -> tuple[dict[str, dict], dict[str, int], set[str]]:
    """What was intended, acknowledged, released; a line that was cut off is ended, so that the next one is whole."""
    if not os.path.exists(ledger):
        return {}, {}, set()
    text = Path(ledger).read_text()
    whole, _, cut = text.rpartition("\n")
    if cut:
        os.truncate(ledger, len(whole) + 1 if whole else 0)
    lines = [json.loads(line) for line in whole.splitlines()]
    return (
        {line["intent"]: line for line in lines if "intent" in line},
        {line["ack"]: line["job"] for line in lines if "ack" in line},
        {line["released"] for line in lines if "released" in line},
    )


def _note(end: int, line: dict) -> None:
    os.write(end, json.dumps(line).encode() + b"\n")
    os.fsync(end)


def _by_api(one: dict, words: list[str]) -> int:
    with burro.Queue() as queue:
        options = {"cpus": one["cpus"], "key": one["key"], "output": one["out"], "hold": one["hold"]}
        if "pool" in one:
            options["pool"] = one["pool"]
        if one["retries"]:
            options |= {"retries": one["retries"], "retry_delay": "0.1s"}
        if one["behind"]:
            options["dependency"] = f"{one['behind'][0]}:{one['behind'][2]}"
        if one["tasks"] > 1:
            return queue.array(words, indices=range(one["tasks"]), **options).id
        return queue.submit(words, **options).id


def _by_command(one: dict, words: list[str]) -> int:
    array = ["-a", f"0-{one['tasks'] - 1}"] if one["tasks"] > 1 else []
    more = ["-o", one["out"]] if one["out"] else []
    more += ["--retries", str(one["retries"]), "--retry-delay", "0.1s"] if one["retries"] else []
    more += ["-d", f"{one['behind'][0]}:{one['behind'][2]}"] if one["behind"] else []
    more += ["--hold"] if one["hold"] else []
    more += ["-p", one["pool"]] if "pool" in one else []
    asked = [BURRO, "submit", "--parsable", "--key", one["key"], "-c", str(one["cpus"]), *array, *more, "--", *words]
    return int(subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout)


if __name__ == "__main__":
    main()
