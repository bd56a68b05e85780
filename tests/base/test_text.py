"""Durations, sizes and ids as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burro.base.errors import UsageError
from burro.base.text import (
    format_duration,
    format_ids,
    format_size,
    parse_duration,
    parse_indices,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 1800),
        ("0:30", 30),
        ("1:02:03", 3723),
        ("1-0", 86400),
        ("1-2:30", 95400),
        ("1-2:30:15", 95415),
        ("90s", 90),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1.5h", 5400),
        (" 2 d ", 172800),
        ("1W", 604800),
    ],
)
def test_durations_are_read_as_slurm_writes_them_and_as_people_do(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "1:2:3:4", "-1", "1-", "1h2", "1:", "5 parsecs", "1-2-3", "٣", "²"])
def test_what_is_no_duration_is_refused_with_examples(text):
    with pytest.raises(UsageError, match="write minutes"):
        parse_duration(text)


@given(st.integers(0, 10**9))
def test_a_duration_that_was_printed_is_read_as_the_same(seconds):
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("4", 4 * 2**20), ("512K", 512 * 2**10), ("4G", 4 * 2**30), ("1.5T", 3 * 2**39), ("2gb", 2**31), ("1MiB", 2**20)],
)
def test_sizes_are_megabytes_unless_they_say_otherwise(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "G", "-4", "4X", "4 4", "1e3"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(UsageError, match="no size"):
        parse_size(text)


@given(st.integers(1, 9000), st.sampled_from("KMGT"))
def test_a_size_in_whole_units_is_read_as_it_was_printed(number, unit):
    size = parse_size(f"{number}{unit}")
    assert abs(parse_size(format_size(size)) - size) <= size * 0.05


def test_a_size_below_a_kilobyte_is_bytes():
    assert format_size(1023) == "1023B"


@pytest.mark.parametrize(
    ("text", "indices"),
    [
        ("0", [0]),
        ("0-3", [0, 1, 2, 3]),
        ("0-2,20", [0, 1, 2, 20]),
        ("0-10:5", [0, 5, 10]),
        ("5,1,5,0-1", [0, 1, 5]),
        (" 1 , 3 ", [1, 3]),
    ],
)
def test_indices_come_sorted_and_each_once(text, indices):
    assert list(parse_indices(text)) == indices


@pytest.mark.parametrize("text", ["", "a", "-1", "1-", "3-1", "0-9:0", "1,,2", "1.5", "99999999999"])
def test_what_is_no_list_of_indices_is_refused(text):
    with pytest.raises(UsageError):
        parse_indices(text)


def test_a_million_indices_cost_nothing_and_too_many_are_refused():
    assert len(parse_indices("0-999999")) == 10**6
    with pytest.raises(UsageError, match="split it"):
        parse_indices("0-99999999")


@given(st.sets(st.integers(0, 10**6), min_size=1, max_size=50))
def test_ids_that_were_printed_are_read_as_the_same(numbers):
    assert list(parse_indices(format_ids(sorted(numbers)))) == sorted(numbers)
