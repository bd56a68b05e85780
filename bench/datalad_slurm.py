"""Scheduling and finishing beside datalad-slurm: the same sbatch commands, on the same Slurm with accounting."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from figures import Figure, Report
from yard import Yard, environment, seconds, until

sys.path.insert(0, str(Path(__file__).parents[1]))  # the cluster is that of the tests

from tests.rig.extensions import beside  # only now can it be found
from tests.rig.programs import Missing, program
from tests.rig.slurm import running
from tests.rig.slurm_settings import Cluster

COUNT, QUICK = 200, 10
_ALONE = 20  # jobs that burro schedules and finishes one by one
_LONG = 900  # seconds
_SCRIPT = """#!/bin/sh
mkdir -p "$1"
echo "text of $1" > "$1/a.txt"
head -c 4096 /dev/urandom > "$1/b.bin"
"""
_WHO = {"GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@example.org"}
_WHO |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in _WHO.items()}


def measure(*, quick: bool) -> Report:
    """Jobs of two files and a log: as datalad-slurm does it, by one call of burro's each, and all in one call."""
    report = Report("datalad-slurm")
    trouble = _cannot()
    if trouble:
        report.remarks.append(f"datalad-slurm cannot run here: {trouble}")
        return report
    count = QUICK if quick else COUNT
    os.environ["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"  # git-annex is there
    with running(Cluster(nodes=1, accounting=True)) as slurm:
        os.environ |= {"SLURM_CONF": str(slurm.conf), **_WHO}
        try:
            with Yard(0) as yard:
                yard.burro("pool", "add", "each", "--scheduler", "slurm", "--mode", "direct")
                report.figures = _figures(yard, count)
        finally:
            for name in ("SLURM_CONF", *_WHO):
                del os.environ[name]
    return report


def _cannot() -> str:
    """What is missing here; empty where all is there."""
    try:
        for name in ("slurmctld", "slurmdbd", "mariadbd"):
            program(name)
        beside({})
    except (Missing, subprocess.CalledProcessError, OSError) as error:
        return str(error).partition("\n")[0]
    return ""


def _figures(yard: Yard, count: int) -> list[Figure]:
    theirs, alone, together = (_dataset(yard, name) for name in ("theirs", "alone", "together"))
    few = min(_ALONE, count)
    scheduled = sum(_theirs(theirs, "slurm-schedule", *_words(number)) for number in range(count))
    _wait_for_slurm()
    finished = _theirs(theirs, "slurm-finish")
    one = sum(seconds(yard.command("schedule", *_words(number)), alone) for number in range(few))
    at_once = seconds(yard.command("schedule", "--from", _lines(yard, count)), together)
    began = time.perf_counter()
    until(lambda: _in_slurm() >= few + count, within=_LONG)
    handed = time.perf_counter() - began
    yard.burro("wait", *map(str, range(1, few + count + 1)))
    one += sum(seconds(yard.command("finish", str(number + 1)), alone) for number in range(few))
    ours = seconds(yard.command("finish"), together)
    for place, commits in ((theirs, count), (alone, few), (together, count)):
        _check(place, commits)
    whole = scheduled + finished
    each = f"datalad-slurm: {whole / count:.2f} s"
    said = f"{scheduled:.1f} s to schedule and {finished:.1f} s to finish, against {at_once:.2f} and {ours:.2f} s"
    what = f"schedule {count} jobs in one call, and finish them"
    return [
        Figure(what, whole / (at_once + ours), "times as fast", least=30, beside=said),
        Figure("... from that call until Slurm has them all", handed, "s"),
        Figure("a job by a call to schedule and one to finish it", one / few, "s", beside=each),
    ]


def _dataset(yard: Yard, name: str) -> Path:
    place = yard.work / name
    subprocess.run(_datalad("create", "-c", "text2git", str(place)), check=True, capture_output=True, env=environment())
    (place / "job.sh").write_text(_SCRIPT)
    subprocess.run(_datalad("save", "-m", "script"), cwd=place, check=True, capture_output=True, env=environment())
    return place


def _theirs(place: Path, *words: str) -> float:
    """Seconds that one of datalad-slurm's commands takes."""
    began = time.perf_counter()
    subprocess.run(_datalad(*words), cwd=place, env=beside(environment()), check=True, capture_output=True)
    return time.perf_counter() - began


def _datalad(*words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("datalad")), "-l", "error", *words]


def _words(number: int) -> Sequence[str]:
    return ("-o", f"out/{number}", "sbatch", "--partition=shared", "job.sh", f"out/{number}")


def _lines(yard: Yard, count: int) -> str:
    path = yard.work / "jobs.jsonl"
    told = [{"cmd": shlex.join(_words(number)[2:]), "outputs": [f"out/{number}"]} for number in range(count)]
    path.write_text("".join(json.dumps(one) + "\n" for one in told))
    return str(path)


def _wait_for_slurm() -> None:
    """Until all is over, and the accounting has heard of it: datalad-slurm asks nobody else."""
    words = ("sacct", "--noheader", "--allocations", "--parsable2", "--format=State")
    until(lambda: set(_said(*words)) == {"COMPLETED"}, within=_LONG)


def _in_slurm() -> int:
    """How many jobs it has had of burro: their comment is burro's own name for them."""
    return sum(
        word.startswith("burro-") for word in _said("squeue", "--noheader", "--states=all", "--array", "--format=%k")
    )


def _said(*words: str) -> list[str]:
    return subprocess.check_output(words, text=True).split()


def _check(place: Path, commits: int) -> None:
    said = subprocess.check_output(["git", "log", "--format=%s", "-F", "--grep=[DATALAD "], cwd=place, text=True)
    if said.count("\n") != commits:
        raise SystemExit(f"{said.count(chr(10))} of {commits} jobs have a record in {place.name}")
