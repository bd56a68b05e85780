"""What becomes of a task when an attempt at it has ended: the whole policy."""

from __future__ import annotations

from .states import EXITED, LOST, RELEASED, SIGNALLED, STOPPED

CRASH_LIMIT = 5


def move_after(outcome: str, code: int | None, *, crashes: int, requeue: bool, cancelled: bool) -> str:
    """The move of a task whose attempt ended with `outcome`.

    `crashes` counts the lost attempts, this one included. Being lost is not the task's fault, so it is tried again up
    to CRASH_LIMIT times unless `requeue` is off; being released (the user stopped the queue) does not count. A task
    that somebody cancelled meanwhile is not tried again, but one that ended by itself first keeps its real outcome.
    """
    if outcome == EXITED:
        return "succeed" if code == 0 else "fail"
    if outcome == STOPPED:
        return "stop"
    if cancelled and outcome in (LOST, RELEASED, SIGNALLED):
        return "stop"
    if outcome not in (LOST, RELEASED):
        return "fail"
    return "give back" if requeue and crashes < CRASH_LIMIT else "fail"
