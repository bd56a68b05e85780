"""The states of a task, the permitted moves between them, and how an attempt can end: the one table."""

from __future__ import annotations

from collections.abc import Mapping

HELD, WAITING, READY, CLAIMED, RUNNING = "held", "waiting", "ready", "claimed", "running"
DONE, FAILED, CANCELLED, SKIPPED = "done", "failed", "cancelled", "skipped"

STATES = (HELD, WAITING, READY, CLAIMED, RUNNING, DONE, FAILED, CANCELLED, SKIPPED)

# (state, move) -> state. Nothing else is permitted; store/sql/schema.sql repeats the pairs and a test compares.
MOVES: Mapping[tuple[str, str], str] = {
    (HELD, "release"): READY,
    (HELD, "wait"): WAITING,
    (HELD, "skip"): SKIPPED,
    (HELD, "cancel"): CANCELLED,
    (WAITING, "ripen"): READY,
    (WAITING, "hold"): HELD,
    (WAITING, "skip"): SKIPPED,
    (WAITING, "cancel"): CANCELLED,
    (READY, "hold"): HELD,
    (READY, "wait"): WAITING,
    (READY, "claim"): CLAIMED,
    (READY, "cancel"): CANCELLED,
    (CLAIMED, "start"): RUNNING,
    (CLAIMED, "succeed"): DONE,  # begun and over before anybody reported the start
    (CLAIMED, "fail"): FAILED,
    (CLAIMED, "give back"): READY,
    (CLAIMED, "stop"): CANCELLED,
    (RUNNING, "give back"): READY,
    (RUNNING, "put off"): WAITING,
    (RUNNING, "succeed"): DONE,
    (RUNNING, "fail"): FAILED,
    (RUNNING, "stop"): CANCELLED,
    # what is final stays so, unless its owner asks for it again
    (FAILED, "retry"): WAITING,
    (CANCELLED, "retry"): WAITING,
    (SKIPPED, "retry"): WAITING,
}
FINAL = frozenset({DONE, FAILED, CANCELLED, SKIPPED})
STEPS = frozenset((start, end) for (start, _), end in MOVES.items())

EXITED, SIGNALLED, TIMEOUT, MEMORY, NOT_STARTED = "exited", "signalled", "timeout", "memory", "not-started"
LOST, WALLTIME, STOPPED, RELEASED = "lost", "walltime", "cancelled", "released"
OUTCOMES = (EXITED, SIGNALLED, TIMEOUT, MEMORY, NOT_STARTED, LOST, WALLTIME, STOPPED, RELEASED)


class IllegalMove(AssertionError):
    """A move that the table does not have: a defect of burro, never of its user."""


def after(state: str, move: str) -> str:
    """The state that `move` leads to. Raises IllegalMove."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise IllegalMove(f"{move} from {state}") from None


def job_state(counts: Mapping[str, int]) -> str:
    """The state of a job from how many of its tasks are in each: the first of these that has any."""
    if counts.get(CLAIMED, 0) + counts.get(RUNNING, 0) > 0 and sum(counts.values()) > 1:
        return RUNNING
    for state in (RUNNING, CLAIMED, READY, WAITING, HELD, FAILED, CANCELLED, SKIPPED):
        if counts.get(state, 0):
            return state
    return DONE
