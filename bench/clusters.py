"""A cluster: a real Slurm of four nodes on this machine (tests/rig), filled by pilots, and by Slurm itself."""

from __future__ import annotations

import datetime
import getpass
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from figures import Figure, Report
from yard import Yard, until

sys.path.insert(0, str(Path(__file__).parents[1]))  # the cluster is that of the tests

from tests.rig.slurm import running  # only now can it be found
from tests.rig.slurm_settings import Cluster

if TYPE_CHECKING:
    from tests.rig.slurm import Slurm

_NODES, _SLOTS = 4, 2
_TASK = 0.05  # seconds
_TASKS, _FEW_TASKS = 5_000, 800
_ARRAY, _SHORT_ARRAY = 1_000, 100  # Slurm's own rate does not depend on how many there are
_LONG = 120  # seconds


def measure(*, quick: bool) -> Report:
    """Many short tasks by pilots and by Slurm, and how soon a task runs again whose node is gone for certain."""
    report = Report("clusters")
    with _slurm() as slurm, Yard(0) as yard:
        pool = ["--scheduler", "slurm", "--workers", str(_NODES), "--cpus", str(_SLOTS)]
        yard.burro("pool", "add", "whole", *pool)
        count = _FEW_TASKS if quick else _TASKS
        pilots = _by_pilots(yard, count)
        ideal = count * _TASK / (_NODES * _SLOTS)
        plain = count / _by_xargs(count)
        beside = (
            f"{count / pilots:.0f}/s, ideal {count / ideal:.0f}/s, xargs -P {_NODES * _SLOTS} gets {plain:.0f}/s here"
        )
        name = f"{count:,} x 50 ms over {_NODES} nodes x {_SLOTS} slots by pilots"
        report.figures.append(Figure(name, ideal / pilots, "of the ideal", least=0.9, beside=beside))
        report.figures.append(_lost_node(yard, slurm))
        yard.burro("pool", "pause", "whole")
        slurm.well("scancel", f"--user={getpass.getuser()}")
        until(lambda: not slurm.well("squeue", "--noheader", "--format=%i"), within=_LONG)
        array = _SHORT_ARRAY if quick else _ARRAY
        report.figures.append(_beside_slurm(slurm, array, count / pilots))
        report.figures.append(_direct(yard, slurm, array))
    return report


@contextmanager
def _slurm() -> Iterator[Slurm]:
    with running(Cluster(nodes=_NODES, cpus=_SLOTS)) as slurm:
        os.environ["SLURM_CONF"] = str(slurm.conf)
        try:
            yield slurm
        finally:
            del os.environ["SLURM_CONF"]


def _by_pilots(yard: Yard, count: int) -> float:
    """Seconds from the arrival of the first worker to the last end."""
    words = ["submit", "--parsable", "-p", "whole", "-o", "none", "-a", f"0-{count - 1}", "sleep", str(_TASK)]
    job = yard.burro(*words).strip()
    until(lambda: _workers(yard) > 0, within=_LONG)
    began = time.time()
    yard.burro("wait", job)
    ended = yard.job(job)
    if ended["tasks"] != {"done": count}:
        raise SystemExit(f"not every task is done: {ended['tasks']}")
    return datetime.datetime.fromisoformat(ended["ended"]).timestamp() - began


def _by_xargs(count: int) -> float:
    """Seconds that the same takes on this machine as it is now, by who does nothing but start processes."""
    numbers = "\n".join(map(str, range(count))).encode()
    words = ["xargs", "-P", str(_NODES * _SLOTS), "-n", "1", "sh", "-c", f"exec sleep {_TASK}"]
    began = time.monotonic()
    subprocess.run(words, input=numbers, check=True)
    return time.monotonic() - began


def _workers(yard: Yard) -> int:
    found = json.loads(yard.burro("workers", "--json"))["workers"]
    return sum(one["pool"] == "whole" for one in found)


def _allocations(yard: Yard) -> list[dict]:
    found = json.loads(yard.burro("allocations", "--json"))["allocations"]
    return [one for one in found if one["state"] != "ended"]


def _lost_node(yard: Yard, slurm: Slurm) -> Figure:
    """From the moment at which Slurm says that an allocation is over, and its node gone, to the next start."""
    begun = yard.work / "begun"
    script = f"echo $BURRO_ATTEMPT >> {begun}; [ $BURRO_ATTEMPT -gt 1 ] || sleep 1000"
    job = yard.burro("submit", "--parsable", "-p", "whole", "-o", "none", "--shell", script).strip()
    until(lambda: begun.exists() and begun.read_text() != "", within=_LONG)
    node = json.loads(yard.burro("show", job, "--json"))["tasks"][0]["attempts"][0]["host"]
    held = next(one for one in _allocations(yard) if node in one["nodes"])
    slurm.kill_node(node)
    slurm.well("scancel", "--full", held["id"])
    slurm.give_up(node)
    proven = time.monotonic()
    until(lambda: len(begun.read_text().split()) > 1, within=_LONG)
    taken = time.monotonic() - proven
    slurm.start_node(node)
    return Figure(
        "task of a dead node started again, from proof", taken, "s", most=60, beside="Slurm is asked every 15 s"
    )


def _direct(yard: Yard, slurm: Slurm, count: int) -> Figure:
    """From the acknowledgement of an array to the moment at which Slurm has all of it."""
    slurm.well("scontrol", "update", "PartitionName=shared", "State=DOWN")  # only handing over is measured
    pool = ["--scheduler", "slurm", "--mode", "direct", "--option=--partition=shared"]
    yard.burro("pool", "add", "each", *pool)
    job = yard.burro("submit", "--parsable", "-p", "each", "-o", "none", "-a", f"0-{count - 1}", "true").strip()
    began = time.monotonic()
    until(lambda: len(slurm.well("squeue", "--noheader", "--array", "--format=%i").splitlines()) == count, within=_LONG)
    taken = time.monotonic() - began
    yard.burro("cancel", job)
    return Figure(f"an array of {count:,} to a direct pool: Slurm has all of it", taken, "s", most=2)


def _beside_slurm(slurm: Slurm, count: int, rate: float) -> Figure:
    """The same tasks as an array of Slurm's own."""
    began = time.monotonic()
    options = ["--partition=shared", "--ntasks=1", "--mem=100", "--output=/dev/null", f"--array=0-{count - 1}"]
    slurm.well("sbatch", "--parsable", *options, f"--wrap=sleep {_TASK}")
    until(lambda: not slurm.well("squeue", "--noheader", "--format=%i"), within=30 * _LONG)
    own = count / (time.monotonic() - began)
    beside = f"{rate:.0f}/s by pilots, {own:.1f}/s as an array of {count:,}"
    return Figure("the same as an array of Slurm's own", rate / own, "times its rate", least=10, beside=beside)
