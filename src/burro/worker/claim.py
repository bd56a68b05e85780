"""A task in hand that has not begun, and what its start takes."""

from __future__ import annotations

from typing import NamedTuple, Optional

from ..model.signals import parse_signal
from .entry import Key
from .native import Words
from .room import Needs
from .spec import Files, JobSpec, Wire


class Claim(NamedTuple):
    """A task that was handed to us and is not begun. `since`: steady time of its arrival.

    `spec`: as it was then, whatever is made of the job later; `needs`: the job's, or its own where they have grown.
    """

    key: Key
    number: int
    command: Optional[str]
    since: float
    spec: JobSpec
    needs: Needs


class Share(NamedTuple):
    """What an attempt has for itself: ids of gpus, and the directory of its control group."""

    gpus: tuple[str, ...] = ()
    group: Optional[str] = None


NOTHING = Share()


class Launch(NamedTuple):
    """What a claim's start needs."""

    claim: Claim
    argv: list[str]
    env: Words
    files: Files


def warning_of(wire: Wire) -> Optional[tuple[float, int]]:
    """How many seconds before the end which signal is wanted, of a spec; None: none is."""
    warn = wire.get("warn")
    return None if warn is None else (float(warn["before"]), parse_signal(warn["signal"]))
