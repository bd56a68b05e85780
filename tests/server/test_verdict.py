"""What is made of a task's slips, its scheduler's word and our wish."""

from __future__ import annotations

import pytest

from burro.pools.scheduler import Sight
from burro.pools.slurm_states import STATES, meaning
from burro.server.verdict import Act, Case, judge
from burro.store.handed import BACK, CANCEL, RELEASE


def sight(word):
    means = meaning(word)
    return Sight(
        "7",
        "m",
        word,
        means.stage,
        means.sentence,
        dead=means.dead,
        blames_node=means.blames_node,
        outcome=means.outcome,
    )


def case(word=None, *, begun=True, code=None, told=False, wish=None, **more):
    outcome = None if code is None else "exited" if code >= 0 else "signalled"
    ended = None if code is None else {"end": [outcome, code, 1.0, 2.0, 3, 4.0, None, None, None], "told": told}
    return Case(begun=begun, ended=ended, sight=None if word is None else sight(word), wish=wish, **more)


def ending(found):
    return found.act, found.ending.outcome, found.ending.code


@pytest.mark.parametrize("word", [None, "RUNNING", "NODE_FAIL", "FAILED", "COMPLETED", "SUSPENDED"])
def test_a_slip_says_how_a_task_ended_whatever_its_scheduler_believes(word):
    assert ending(judge(case(word, code=200))) == (Act.END, "exited", 200)


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("PREEMPTED", "walltime"),
        ("TIMEOUT", "timeout"),
        ("DEADLINE", "timeout"),
        ("CANCELLED by 1000", "cancelled"),
        ("NODE_FAIL", "lost"),
        ("PENDING", "walltime"),
        ("COMPLETED", "exited"),
    ],
)
def test_only_the_scheduler_knows_what_a_task_was_told_to_end_for(word, outcome):
    assert ending(judge(case(word, code=0, told=True))) == (Act.END, outcome, 0)
    assert judge(case("RUNNING", code=0, told=True)).act is Act.WAIT
    assert ending(judge(case("RUNNING", code=-15, told=True, is_late=True))) == (Act.END, "signalled", -15)


def test_what_was_killed_may_have_been_short_of_memory():
    assert judge(case("COMPLETING", code=-9)).act is Act.WAIT
    assert ending(judge(case("OUT_OF_MEMORY", code=137))) == (Act.END, "memory", 137)
    assert ending(judge(case("FAILED", code=-9))) == (Act.END, "signalled", -9)


@pytest.mark.parametrize(("wish", "outcome"), [(CANCEL, "cancelled"), (RELEASE, "released"), (BACK, "walltime")])
def test_what_we_wanted_stopped_has_ended_for_that(wish, outcome):
    assert ending(judge(case("CANCELLED", code=-15, told=True, wish=wish))) == (Act.END, outcome, -15)
    assert ending(judge(case("CANCELLED", code=0, wish=wish))) == (Act.END, "exited", 0)
    assert judge(case("RUNNING", wish=wish)).act is Act.STOP


def test_silence_and_a_node_out_of_sight_prove_nothing():
    assert judge(case(None)).act is Act.BEGIN
    assert judge(case(None, begun=False)).act is Act.WAIT
    assert ending(judge(case("NODE_FAIL"))) == (Act.DOUBT, "lost", None)
    assert ending(judge(case(None, is_forgotten=True))) == (Act.DOUBT, "lost", None)
    assert ending(judge(case(None, begun=False, is_forgotten=True))) == (Act.NEVER, None, None)
    assert judge(case("NO_SUCH_STATE")).act is Act.BEGIN


def test_what_ends_without_a_slip_is_waited_for_and_then_lost():
    assert judge(case("FAILED")).act is Act.BEGIN
    assert ending(judge(case("FAILED", is_late=True))) == (Act.END, "lost", None)
    assert ending(judge(case("OUT_OF_MEMORY", is_late=True))) == (Act.END, "memory", None)


def test_what_never_began_is_given_back_cancelled_or_could_not_be_started():
    assert ending(judge(case("PREEMPTED", begun=False))) == (Act.NEVER, None, None)
    assert ending(judge(case("CANCELLED", begun=False))) == (Act.NEVER, "cancelled", None)
    assert ending(judge(case("CANCELLED", begun=False, wish=CANCEL))) == (Act.NEVER, None, None)
    assert ending(judge(case("BOOT_FAIL", begun=False))) == (Act.NEVER, "lost", None)
    found = judge(case("FAILED", begun=False, said="no Python"))
    assert ending(found) == (Act.NEVER, "not-started", None)
    assert found.ending.reason == "its script failed, and it had not begun: no Python"


def test_what_is_put_back_behind_our_back_is_stopped_and_what_stands_still_says_so():
    assert judge(case("REQUEUED")).act is Act.STOP
    assert judge(case("PENDING", begun=False)).act is Act.WAIT
    assert "stand still" in judge(case("SUSPENDED")).note
    assert judge(case("RUNNING")).note == ""


@pytest.mark.parametrize("word", STATES)
def test_every_state_of_slurms_has_an_answer(word):
    for begun in (True, False):
        assert judge(case(word, begun=begun)).act in Act
