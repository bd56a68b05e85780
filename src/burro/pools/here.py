"""The allocation that this very process is in, as its scheduler tells those that are within: when it ends, its cpus."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

_WITHIN = 20.0  # seconds for the scheduler to answer


@dataclass(frozen=True)
class Here:
    """What is known of it. `mark`: a name for it; `ends`: seconds since 1970. None: nobody says so."""

    mark: str | None = None
    cpus: int | None = None
    ends: float | None = None


def here(env: Mapping[str, str] = os.environ) -> Here:
    """The allocation of Slurm's that this is in; outside of any nothing is known."""
    number = env.get("SLURM_JOB_ID")
    if not number:
        return Here()
    ends = _number(env.get("BURRO_WALLTIME_END")) or _number(env.get("SLURM_JOB_END_TIME")) or _asked(number, env)
    cpus = _number(env.get("SLURM_CPUS_ON_NODE"))
    return Here(f"slurm-{number}", None if cpus is None else int(cpus), ends)


def _asked(number: str, env: Mapping[str, str]) -> float | None:
    """Slurm before 23.02 tells the end only when it is asked; silence is no answer."""
    argv = ["squeue", "--noheader", f"--jobs={number}", "--format=%e"]
    told = {**env, "SLURM_TIME_FORMAT": "%s"}
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_WITHIN, env=told, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _number(done.stdout.strip())


def _number(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None
