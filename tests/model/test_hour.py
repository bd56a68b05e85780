"""How many cores were busy over the last hour."""

from __future__ import annotations

import pytest

from burro.model.hour import Hour

NOW = 1_000_000 * 60.0 + 12


def test_a_core_that_was_busy_all_the_time_is_one_however_long_before():
    hour = Hour({})
    hour.add(NOW - 9000, NOW, 1, now=NOW)
    assert hour.average(now=NOW) == pytest.approx(1)


def test_half_an_hour_of_four_cores_is_two_and_an_hour_later_none():
    hour = Hour({})
    hour.add(NOW - 2700, NOW - 900, 4, now=NOW)
    assert hour.average(now=NOW) == pytest.approx(2)
    assert hour.average(now=NOW + 3600) == 0
    assert hour.minutes == {}


def test_many_short_ones_of_a_minute_add_up_in_one_number():
    hour = Hour({})
    for number in range(60):
        hour.add(NOW - 72 + number, NOW - 71.5 + number, 2, now=NOW)
    assert list(hour.minutes.values()) == pytest.approx([60])
