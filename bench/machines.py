"""Machines by ssh: four real sshd on loopback addresses, each with a home of its own (tests/rig)."""

from __future__ import annotations

import datetime
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from figures import Figure, Report
from yard import TICKS, Yard, until

sys.path.insert(0, str(Path(__file__).parents[1]))  # the machines are those of the tests

from burro.link.call import Connection
from tests.rig import sshd  # only now can it be found

if TYPE_CHECKING:
    from tests.rig.sshd import Machines

_MACHINES = 4
_STARTS, _FEW_STARTS = 40, 10
_TASKS, _FEW_TASKS = 2_000, 400
_ROUNDS = 3
_SPAN, _SHORT_SPAN = 20.0, 3.0  # seconds
_ROLES = ("keeper", "worker", "link")


def measure(*, quick: bool) -> Report:
    """The first task and later ones, many short ones, what a task costs on the line, and what waits there uses."""
    report = Report("machines")
    with _machines() as machines, Yard(_MACHINES) as yard:
        relay = machines.relay("m1")
        report.figures.append(_first(yard))
        for one in list(machines)[1:]:
            yard.burro("pool", "add", one.name, "--ssh", one.name, "--cpus", "1")
        report.figures.append(_later(yard, _FEW_STARTS if quick else _STARTS))
        count = _FEW_TASKS if quick else _TASKS
        report.figures.append(_many(yard, count))
        before = relay.passed
        _array(yard, count, "m1")
        each = (relay.passed - before) / count
        report.figures.append(
            Figure("an array's task on the line, both ways", each, "bytes", most=600, beside="encrypted, 300 each way")
        )
        report.figures += _idle(machines, _SHORT_SPAN if quick else _SPAN)
    return report


@contextmanager
def _machines() -> Iterator[Machines]:
    machines, path = sshd.loopback(_MACHINES), os.environ["PATH"]
    try:
        machines.start()
        os.environ["PATH"] = f"{machines.user.bin}:{path}"
        yield machines
    finally:
        os.environ["PATH"] = path
        machines.close()


def _first(yard: Yard) -> Figure:
    """From the submission to the start at a machine that is new, to the queue and to burro."""
    adding = Thread(target=_add_first, args=[yard])
    adding.start()
    until(lambda: "m1" in yard.burro("pools", "--json"), within=30)
    asked = time.time()
    job = yard.burro("submit", "--parsable", "-p", "m1", "-o", "none", "true").strip()
    yard.burro("wait", job)
    adding.join()
    figure = _started(yard, job) - asked
    return Figure("first task at a machine never used", figure, "s", most=1.5, beside="from before the submit")


def _add_first(yard: Yard) -> None:
    with Connection(str(yard.queue), timeout=60) as connection:
        connection.ask({"op": "pool", "act": "add", "pool": "m1", "values": {"ssh": "m1", "cpus": 1}})


def _started(yard: Yard, job: str) -> float:
    """Seconds since 1970."""
    shown = json.loads(yard.burro("show", job, "--json"))
    return datetime.datetime.fromisoformat(shown["tasks"][0]["attempts"][-1]["started"]).timestamp()


def _later(yard: Yard, count: int) -> Figure:
    """From the acknowledgement to the start."""
    context = {"cwd": str(yard.work), "umask": 0o22, "env": {}, "limits": {}, "user": "ann"}
    options = {"pool": "m2", "output": "none"}
    times = []
    with Connection(str(yard.queue), timeout=60) as connection:
        for number in range(count):
            answer = connection.ask(
                {"op": "submit", "request": f"{number:032x}", "context": context, "options": options, "argv": ["true"]}
            )
            acknowledged = time.time()
            yard.burro("wait", str(answer["id"]))
            times.append((_started(yard, str(answer["id"])) - acknowledged) * 1000)
    middle = statistics.median(times)
    beside = f"median of {count}, from the acknowledgement; the slowest {max(times):.1f} ms"
    return Figure("later task at a machine", middle, "ms", most=30, beside=beside)


def _many(yard: Yard, count: int) -> Figure:
    """The same array by four machines and by this one, turn by turn."""
    rates: dict[str, list[float]] = {"here": [], "there": []}
    names = [f"m{number}" for number in range(1, _MACHINES + 1)]
    for _ in range(_ROUNDS):
        yard.burro("pool", "pause", *names)
        rates["here"].append(count / _array(yard, count, "any"))
        yard.burro("pool", "resume", *names)
        yard.burro("pool", "pause", "local")
        rates["there"].append(count / _array(yard, count, "any"))
        yard.burro("pool", "resume", "local")
    here, there = max(rates["here"]), max(rates["there"])
    beside = f"{there:,.0f}/s there, {here:,.0f}/s here with as many slots; best of {_ROUNDS}"
    return Figure(f"{count:,} x true over four machines", there / here, "of one worker", least=0.7, beside=beside)


def _array(yard: Yard, count: int, pool: str) -> float:
    """Seconds from the first start to the last end."""
    job = yard.burro("submit", "--parsable", "-p", pool, "-o", "none", "-a", f"0-{count - 1}", "true").strip()
    yard.burro("wait", job)
    ended = yard.job(job)
    if ended["tasks"] != {"done": count}:
        raise SystemExit(f"not every task is done: {ended['tasks']}")
    times = [datetime.datetime.fromisoformat(ended[name]) for name in ("started", "ended")]
    return (times[1] - times[0]).total_seconds()


def _idle(machines: Machines, span: float) -> list[Figure]:
    """What stays at one machine while nothing is to be done."""
    pids = {role: pid for pid, words in machines["m1"].processes().items() if (role := _role(words)) is not None}
    before = _cpu(pids)
    time.sleep(span)
    used = (_cpu(pids) - before) / span * 100
    memory = {role: _resident(pid) / 1e6 for role, pid in pids.items()}
    beside = ", ".join(f"{role} {number:.1f}" for role, number in memory.items())
    return [
        Figure("cpu of an idle machine's worker, keeper and link", used, "%", most=0.2, beside=f"over {span:g} s"),
        Figure("memory of an idle machine's worker, RSS", memory["worker"], "MB", most=30, beside=beside),
    ]


def _role(words: str) -> str | None:
    return next((role for role in _ROLES if role in words.split()), None)


def _cpu(pids: dict[str, int]) -> float:
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids.values()]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / TICKS


def _resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
