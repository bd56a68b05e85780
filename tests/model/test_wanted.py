from __future__ import annotations

import pytest

from burro.base.errors import UsageError
from burro.model.states import DONE, FAILED, FINAL, HELD, READY, RUNNING, STATES, WAITING
from burro.model.wanted import WORDS, Wanted, parse_states


def test_our_own_words_mean_what_they_say():
    for state in STATES:
        assert parse_states([state]) == Wanted(frozenset({state}))


@pytest.mark.parametrize(
    ("words", "states"),
    [
        (["PENDING"], {HELD, WAITING, READY}),
        (["queued"], {HELD, WAITING, READY}),
        (["PD,R"], {HELD, WAITING, READY, RUNNING}),
        (["COMPLETED", "CD"], {DONE}),
        (["success"], {DONE}),
        (["CANCELLED+"], {"cancelled"}),
        (["canceled"], {"cancelled"}),
        (["ended"], FINAL),
    ],
)
def test_the_words_of_other_queues_are_taken(words, states):
    assert parse_states(words) == Wanted(frozenset(states))


@pytest.mark.parametrize(
    ("word", "outcome"), [("timeout", "timeout"), ("OOM", "memory"), ("stale", "lost"), ("outoftime", "walltime")]
)
def test_a_word_for_how_something_failed_is_an_outcome(word, outcome):
    wanted = parse_states([word])
    assert wanted.has(FAILED, outcome)
    assert not wanted.has(FAILED, "exited")
    assert not wanted.has(DONE, "exited")


def test_without_a_word_everything_is_wanted():
    assert parse_states([]).everything
    assert parse_states([]).has(DONE, None)


def test_only_live_states_need_no_look_at_what_has_ended():
    assert parse_states(["pending,running"]).only_live
    assert not parse_states(["pending,done"]).only_live
    assert not parse_states([]).only_live


def test_every_word_stands_for_something():
    for word in WORDS:
        assert not parse_states([word]).everything


def test_an_unknown_word_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'running'"):
        parse_states(["runing"])
