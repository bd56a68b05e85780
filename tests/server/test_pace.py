"""How far work is handed ahead, by what was seen of its pace."""

from __future__ import annotations

from burro.server.pace import HORIZON, Pace

TRUST = 32


def _met(count, seconds=0.001):
    pace = Pace()
    for job in range(count):
        pace.saw(job, [seconds])
    return pace


def test_a_job_whose_tasks_are_short_is_handed_ahead_more_and_more():
    pace = Pace()
    assert pace.ahead(1) == 1.0
    pace.saw(1, [0.001] * 5)
    assert pace.ahead(1) == 6.0
    pace.saw(1, [0.001] * 1000)
    assert 100 < pace.ahead(1) < 500


def test_an_unknown_job_is_taken_to_be_short_when_many_others_were():
    assert _met(TRUST - 1).ahead(999) == 1.0
    pace = _met(TRUST)
    assert pace.trusts
    assert pace.ahead(999) == TRUST + 1


def test_one_long_task_ends_the_trust_in_unknown_jobs():
    pace = _met(TRUST)
    pace.saw(1000, [HORIZON])
    assert not pace.trusts
    assert pace.ahead(999) == 1.0
    assert pace.ahead(1) > 1.0


def test_work_that_came_back_ends_it_too():
    pace = _met(TRUST)
    pace.slowed(500)
    assert pace.ahead(999) == 1.0
