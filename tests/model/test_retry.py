"""What becomes of a task when an attempt at it has ended."""

from __future__ import annotations

import pytest

from burro.base.errors import UsageError
from burro.model.retry import CRASH_LIMIT, NEVER, Policy, judge, parse_causes, parse_factor, policy_from
from burro.model.states import MOVES, OUTCOMES, RUNNING


def verdict(outcome, code=None, *, policy=NEVER, fails=0, crashes=0, requeue=True, cancelled=False):
    return judge(outcome, code, policy=policy, fails=fails, crashes=crashes, requeue=requeue, cancelled=cancelled)


def move(outcome, code=None, **more):
    return verdict(outcome, code, **more).move


def test_the_exit_code_decides_where_there_is_one_also_when_somebody_cancelled_meanwhile():
    assert [move("exited", code, cancelled=asked) for code in (0, 1) for asked in (False, True)] == [
        "succeed",
        "succeed",
        "fail",
        "fail",
    ]


@pytest.mark.parametrize("outcome", ["timeout", "memory", "not-started", "signalled"])
def test_what_went_wrong_by_itself_is_not_tried_again_unless_asked(outcome):
    assert move(outcome) == "fail"


def test_being_lost_is_not_the_tasks_fault_up_to_a_limit():
    assert [move("lost", crashes=crashes) for crashes in range(1, CRASH_LIMIT + 1)] == [
        *["give back"] * (CRASH_LIMIT - 1),
        "fail",
    ]
    assert move("lost", crashes=1, requeue=False) == "fail"


def test_a_worker_whose_time_was_over_is_no_fault_of_the_task_and_does_not_count():
    assert verdict("walltime", crashes=4) == verdict("released")
    assert not verdict("walltime").counts


def test_what_somebody_cancelled_is_not_tried_again():
    policy = Policy(retries=9)
    assert [move(outcome, cancelled=True) for outcome in ("lost", "released", "cancelled")] == ["stop"] * 3
    assert move("exited", 1, cancelled=True, policy=policy) == "fail"


def test_what_was_to_be_stopped_and_ended_by_a_signal_was_stopped():
    assert move("signalled", -15, cancelled=True) == "stop"


def test_a_failure_is_tried_again_as_often_as_asked_each_time_later():
    policy = Policy(retries=3)
    found = [verdict("exited", 1, policy=policy, fails=fails) for fails in range(4)]
    assert [one.move for one in found] == ["put off", "put off", "put off", "fail"]
    assert [one.delay for one in found[:3]] == [1.0, 2.0, 4.0]
    assert all(one.counts for one in found)


def test_the_delay_stops_growing_at_five_minutes_unless_more_was_asked():
    assert Policy(retries=99).wait(50) == 300.0
    assert Policy(retries=99, delay=900.0).wait(50) == 900.0


def test_only_the_causes_that_were_named_are_tried_again():
    policy = Policy(retries=1, causes=parse_causes("exit:75,timeout"))
    assert move("exited", 75, policy=policy) == "put off"
    assert move("exited", 1, policy=policy) == "fail"
    assert move("timeout", policy=policy) == "put off"
    assert move("memory", policy=policy) == "fail"


def test_what_cannot_be_started_is_never_tried_again():
    assert move("not-started", policy=Policy(retries=3)) == "fail"


def test_what_was_short_grows():
    policy = Policy(retries=3, mem_factor=2.0)
    assert [verdict(outcome, policy=policy).grow for outcome in ("memory", "timeout", "signalled")] == [
        "mem",
        "time",
        None,
    ]


def test_a_policy_comes_back_from_what_the_store_keeps():
    policy = Policy(retries=2, delay=5.0, causes=("exit:3", "memory"), mem_factor=1.5)
    assert policy_from(policy.plain) == policy
    assert policy_from(NEVER.plain) == NEVER


@pytest.mark.parametrize("text", ["exit:", "sometimes", "exit:1000", ""])
def test_an_unknown_cause_is_refused(text):
    with pytest.raises(UsageError, match="--retry-on"):
        parse_causes(text)


@pytest.mark.parametrize("text", ["x0.5", "twice", "x", "-2", "x1000"])
def test_a_factor_is_a_factor(text):
    with pytest.raises(UsageError, match="--retry-mem"):
        parse_factor(text, "retry-mem")


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize("requeue", [False, True])
@pytest.mark.parametrize("policy", [NEVER, Policy(retries=5)])
def test_every_outcome_leads_to_a_move_that_the_table_has(outcome, cancelled, requeue, policy):
    assert (RUNNING, move(outcome, 0, crashes=1, cancelled=cancelled, requeue=requeue, policy=policy)) in MOVES
