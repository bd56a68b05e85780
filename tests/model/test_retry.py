"""What becomes of a task when an attempt at it has ended."""

from __future__ import annotations

import pytest

from burro.model.retry import CRASH_LIMIT, move_after
from burro.model.states import MOVES, OUTCOMES, RUNNING


def move(outcome, code=None, *, crashes=0, requeue=True, cancelled=False):
    return move_after(outcome, code, crashes=crashes, requeue=requeue, cancelled=cancelled)


def test_the_exit_code_decides_where_there_is_one_also_when_somebody_cancelled_meanwhile():
    assert [move("exited", code, cancelled=asked) for code in (0, 1) for asked in (False, True)] == [
        "succeed",
        "succeed",
        "fail",
        "fail",
    ]


@pytest.mark.parametrize("outcome", ["timeout", "memory", "not-started", "signalled", "walltime"])
def test_what_went_wrong_by_itself_is_not_tried_again(outcome):
    assert move(outcome) == "fail"


def test_being_lost_is_not_the_tasks_fault_up_to_a_limit():
    assert [move("lost", crashes=crashes) for crashes in range(1, CRASH_LIMIT + 1)] == [
        *["give back"] * (CRASH_LIMIT - 1),
        "fail",
    ]
    assert move("lost", crashes=1, requeue=False) == "fail"


def test_what_somebody_cancelled_is_not_tried_again():
    assert [move(outcome, cancelled=True) for outcome in ("lost", "released", "cancelled")] == ["stop"] * 3


def test_what_was_to_be_stopped_and_ended_by_a_signal_was_stopped():
    assert move("signalled", -15, cancelled=True) == "stop"


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize("requeue", [False, True])
def test_every_outcome_leads_to_a_move_that_the_table_has(outcome, cancelled, requeue):
    assert (RUNNING, move(outcome, 0, crashes=1, cancelled=cancelled, requeue=requeue)) in MOVES
