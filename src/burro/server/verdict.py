"""What is to be made of a task that is a scheduler's own job: of its slips, its scheduler's words, our wish. Pure.

The slips go first: a task that put down its end has ended so. Where it was told to end, only its scheduler knows what
for. Where it put down nothing, its scheduler's word counts, but never silence, and never a node that was lost of sight.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..link.slips import Slip
from ..model.states import EXITED, LOST, NOT_STARTED, RELEASED, SIGNALLED, STOPPED, WALLTIME
from ..pools.scheduler import Sight, Stage
from ..store import handed

_KILLED = (-9, 137)
_BACK = "its scheduler had put it back"
_MEANT = {
    handed.CANCEL: (STOPPED, None),
    handed.BACK: (WALLTIME, _BACK),
    handed.RELEASE: (RELEASED, "the queue was stopped"),
}


class Act(Enum):
    """What is to be done."""

    WAIT = "wait"
    BEGIN = "begin"  # it runs
    END = "end"  # it has ended so
    NEVER = "never"  # take it back; if it has not begun it never will, and then it has ended so, or is given back
    DOUBT = "doubt"  # it is over once it has shown no sign of life for long enough
    STOP = "stop"  # its scheduler is to end it


@dataclass(frozen=True)
class Ending:
    """How an attempt ended, as its report has it; without an outcome it is given back unstarted."""

    outcome: str | None = None
    code: int | None = None
    reason: str | None = None
    rest: tuple[Any, ...] = ()  # started, ended, max_rss, cpu_time, out, err; empty: nobody knows


@dataclass(frozen=True)
class Verdict:
    """`note`: what it waits for, or that it stands still."""

    act: Act
    ending: Ending = field(default_factory=Ending)
    note: str = ""


@dataclass(frozen=True)
class Case:
    """What is known of one task. `wish`: why we want it stopped. `said`: the last word of burro's own part there.

    `is_late`: it was waited long enough for a word that had to come. `is_forgotten`: its scheduler has told of others
    often enough and long enough without it.
    """

    begun: bool
    ended: Slip | None
    sight: Sight | None
    wish: str | None
    is_late: bool = False
    is_forgotten: bool = False
    said: str = ""


def judge(case: Case) -> Verdict:
    """The one decision."""
    sight = case.sight
    if case.ended is not None:
        return _of_slip(case, case.ended)
    if sight is None:
        return _unknown(case)
    if sight.stage is Stage.ENDED:
        return _over(case, sight)
    if sight.stage is Stage.WAITING and case.begun:
        return Verdict(Act.STOP)  # put back behind our back: that would be the same attempt once more
    if case.wish is not None:
        return Verdict(Act.STOP)
    stands = sight.stage in (Stage.WAITING, Stage.STARTING, Stage.STOPPED)
    return Verdict(Act.BEGIN if case.begun else Act.WAIT, note=sight.reason if stands else "")


def _of_slip(case: Case, slip: Slip) -> Verdict:
    outcome, code, *rest, reason = slip["end"]
    ending = Ending(outcome, code, reason, tuple(rest))
    if outcome not in (EXITED, SIGNALLED) or not (slip.get("told") or code in _KILLED):
        return Verdict(Act.END, ending)
    sight = case.sight
    has_word = sight is not None and sight.stage in (Stage.ENDED, Stage.WAITING)
    if not has_word and not case.is_late and case.wish is None:
        return Verdict(Act.WAIT)
    if slip.get("told") and case.wish is not None:
        outcome, reason = _MEANT[case.wish]
    elif sight is not None and sight.outcome:
        outcome, reason = sight.outcome, sight.reason or reason
    elif sight is not None and sight.stage is Stage.WAITING:
        outcome, reason = WALLTIME, _BACK
    return Verdict(Act.END, Ending(outcome, code, reason, tuple(rest)))


def _unknown(case: Case) -> Verdict:
    """Nobody has a word of it: it was never taken, or is long gone."""
    if not case.is_forgotten:
        return Verdict(Act.BEGIN if case.begun else Act.WAIT)
    if case.begun:
        return Verdict(Act.DOUBT, Ending(LOST, None, "its scheduler does not know it any more, and it said nothing"))
    return Verdict(Act.NEVER)


def _over(case: Case, sight: Sight) -> Verdict:
    """It has ended, and has not said how."""
    if not case.begun:
        return Verdict(Act.NEVER, _never_begun(case, sight))
    if not sight.dead:
        return Verdict(Act.DOUBT, Ending(sight.outcome or LOST, None, sight.reason))
    if not case.is_late:
        return Verdict(Act.BEGIN)
    if case.wish is not None:
        outcome, reason = _MEANT[case.wish]
        return Verdict(Act.END, Ending(outcome, None, reason))
    what = sight.reason or f"its scheduler says {sight.word}"
    return Verdict(
        Act.END, Ending(sight.outcome or LOST, None, what if sight.outcome else f"{what}, and it said nothing")
    )


def _never_begun(case: Case, sight: Sight) -> Ending:
    if case.wish is not None or sight.outcome == WALLTIME or sight.word.startswith("COMPLETED"):
        return Ending()
    if sight.outcome == STOPPED:
        return Ending(STOPPED, None, f"{sight.reason} at its scheduler")
    if sight.blames_node or sight.outcome == LOST:
        return Ending(LOST, None, sight.reason)
    said = f": {case.said}" if case.said else ""
    return Ending(NOT_STARTED, None, f"{sight.reason or sight.word}, and it had not begun{said}")
