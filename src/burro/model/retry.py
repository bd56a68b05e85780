"""What becomes of a task when an attempt at it has ended: the whole policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..base.errors import UsageError
from .states import EXITED, LOST, MEMORY, NOT_STARTED, RELEASED, SIGNALLED, STOPPED, TIMEOUT, WALLTIME

CRASH_LIMIT = 5
LONGEST_DELAY = 300.0  # seconds
_CAUSES = {"exit": EXITED, "signal": SIGNALLED, "timeout": TIMEOUT, "memory": MEMORY, "lost": LOST}
_OWN_FAULTS = ("exit", "signal", "timeout", "memory")
_FREE = (LOST, RELEASED, WALLTIME)  # not the task's fault


@dataclass(frozen=True)
class Policy:
    """How often a task that failed is tried again, when, for which causes, with how much more of what.

    `delay`: seconds until the first retry; doubled with each.
    """

    retries: int = 0
    delay: float = 1.0
    causes: tuple[str, ...] = _OWN_FAULTS  # also `exit:75`
    mem_factor: float = 1.0
    time_factor: float = 1.0

    @property
    def plain(self) -> dict[str, Any] | None:
        """As JSON keeps it; None for the policy that never retries."""
        return asdict(self) if self.retries else None

    def covers(self, outcome: str, code: int | None) -> bool:
        """Whether an attempt that ended so is tried again."""
        return any(
            _CAUSES[cause.partition(":")[0]] == outcome and cause.partition(":")[2] in ("", str(code))
            for cause in self.causes
        )

    def wait(self, fails: int) -> float:
        """Seconds before the retry that follows failure number `fails`."""
        return min(self.delay * 2.0 ** min(fails - 1, 30), max(LONGEST_DELAY, self.delay))


NEVER = Policy()


def policy_from(plain: Mapping[str, Any] | None) -> Policy:
    """The policy that `Policy.plain` gave."""
    return NEVER if plain is None else Policy(**{**plain, "causes": tuple(plain["causes"])})


def parse_causes(value: object) -> tuple[str, ...]:
    """`exit:75,memory,timeout,lost`; `exit` is any exit code but 0. Raises UsageError."""
    parts = [str(part).strip() for part in (value if isinstance(value, list) else str(value).split(","))]
    for part in parts:
        code = re.fullmatch(r"exit:(\d{1,9})", part)
        if not code and part not in _CAUSES:
            raise UsageError(
                f"--retry-on does not know '{part}'; it takes exit, exit:75, signal, memory, timeout, lost"
            )
        if code and not 1 <= int(code[1]) <= 255:
            raise UsageError(f"--retry-on {part}: a task that failed exits with a code from 1 to 255")
    return tuple(dict.fromkeys(parts))


def parse_factor(value: object, option: str) -> float:
    """`x2`, `x1.5` or the number alone. Raises UsageError."""
    found = re.fullmatch(r"x?(\d+(?:\.\d+)?)", str(value).strip())
    if not found or not 1 <= float(found[1]) <= 100:
        raise UsageError(f"--{option} takes a factor from x1 to x100, as in --{option} x2, not '{value}'")
    return float(found[1])


def refuse_idle(policy: Policy, *, mem: float | None, time: float | None) -> None:
    """Raise UsageError for a factor that could never grow anything."""
    for what, factor, asked, cause in (
        ("mem", policy.mem_factor, mem, "memory"),
        ("time", policy.time_factor, time, "timeout"),
    ):
        if not policy.retries or factor == 1:
            continue
        if not asked:
            raise UsageError(f"--retry-{what} x{factor:g} grows what --{what} asks for; say that too, or leave it out")
        if cause not in policy.causes:
            raise UsageError(f"--retry-{what} acts after '{cause}', which --retry-on leaves out; add it there")


@dataclass(frozen=True)
class Verdict:
    """The next move of a task. `delay`: seconds before it may start again; `grow`: what it was short of."""

    move: str
    delay: float = 0.0
    grow: str | None = None  # mem, time
    counts: bool = False  # as one failure of its own


def judge(
    outcome: str, code: int | None, *, policy: Policy, fails: int, crashes: int, requeue: bool, cancelled: bool
) -> Verdict:
    """The move of a task whose attempt ended with `outcome`.

    `fails` counts the failures of its own before this one, `crashes` the lost attempts, this one included. Being lost
    is not the task's fault: it is tried again up to CRASH_LIMIT times unless `requeue` is off, and being released (the
    user stopped the queue) does not count. A task that somebody cancelled meanwhile is not tried again, but one that
    ended by itself first keeps its real outcome.
    """
    if outcome == EXITED and code == 0:
        return Verdict("succeed")
    if outcome == STOPPED or (cancelled and outcome in (*_FREE, SIGNALLED)):
        return Verdict("stop")
    if outcome in _FREE:
        again = requeue and (outcome != LOST or crashes < CRASH_LIMIT)
        return Verdict("give back" if again else "fail")
    if cancelled or outcome == NOT_STARTED or fails >= policy.retries or not policy.covers(outcome, code):
        return Verdict("fail", counts=True)
    grow = {MEMORY: "mem", TIMEOUT: "time"}.get(outcome)
    return Verdict("put off", policy.wait(fails + 1), grow, counts=True)
