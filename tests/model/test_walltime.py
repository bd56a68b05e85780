"""What of a walltime tasks can have, and which of them may still begin."""

from __future__ import annotations

from math import inf

import pytest

from burro.model.walltime import FOR_EVER, Stay, needed, usable, was_whole

HOUR = 3600.0


@pytest.mark.parametrize(
    ("stay", "need", "fits"),
    [
        (FOR_EVER, 10**9, True),
        (Stay(600.0), None, True),
        (Stay(600.0), 601.0, False),
        (Stay(600.0), 599.0, True),
        (Stay(600.0, drain=900.0), None, False),
        (Stay(600.0, drain=900.0), 300.0, True),
        (Stay(8 * HOUR - 30, 8 * HOUR), 8 * HOUR, True),  # it has just come, and has as much as there is
        (Stay(7 * HOUR, 8 * HOUR), 8 * HOUR, False),
        (Stay(8 * HOUR - 30, 8 * HOUR), 9 * HOUR, False),
        (Stay(8 * HOUR - 30, 8 * HOUR, 24 * HOUR), None, True),  # a drain that is longer than all there is
        (Stay(-1.0, 8 * HOUR), None, False),
    ],
)
def test_what_may_begin(stay, need, fits):
    assert stay.fits(need) == fits


@pytest.mark.parametrize(
    ("stay", "need", "seen", "fits"),
    [
        (Stay(HOUR, 8 * HOUR), None, 0.6 * HOUR, True),
        (Stay(HOUR, 8 * HOUR), None, 0.7 * HOUR, False),
        (Stay(HOUR, 8 * HOUR), 0.5 * HOUR, 3 * HOUR, True),  # what was said goes before what was seen
        (Stay(HOUR, 8 * HOUR, 2 * HOUR), None, 60.0, False),  # the drain is for all who say nothing
        (Stay(8 * HOUR - 30, 8 * HOUR), None, 20 * HOUR, True),  # it has as much as there is
        (FOR_EVER, None, 20 * HOUR, True),
    ],
)
def test_who_says_nothing_is_taken_to_be_like_others_of_the_job(stay, need, seen, fits):
    assert stay.fits(need, seen) == fits


def test_the_time_that_is_needed_is_what_was_said_or_else_the_limit():
    assert (needed(5.0, 10.0), needed(None, 10.0), needed(None, None)) == (5.0, 10.0, None)


def test_of_any_walltime_something_can_be_used():
    assert usable(inf) == inf
    assert all(0 < usable(seconds) < seconds for seconds in (30.0, 60.0, 120.0, HOUR, 240 * HOUR))


def test_nearly_all_is_all():
    assert was_whole(7.9 * HOUR, 8 * HOUR)
    assert not was_whole(6 * HOUR, 8 * HOUR)
