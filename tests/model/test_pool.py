"""What can be set for a pool, and what is refused with a sentence."""

from __future__ import annotations

import pytest

from burro.base.errors import UsageError
from burro.model.lease import looser
from burro.model.pool import chosen_gpus, counters, read_entry, read_table


def test_a_table_has_cpus_gpus_an_order_and_counters():
    read = read_table({"cpus": 4, "gpus": ["0", 2], "policy": "mcf", "licence": 3})
    assert read == {"cpus": 4, "gpus": ["0", "2"], "policy": "mcf", "licence": 3}
    assert counters(read) == {"licence": 3}


def test_values_may_be_typed():
    assert (read_entry("cpus", "4"), read_entry("gpus", "2"), read_entry("disk", "7")) == (4, 2, 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cpus", -1),
        ("cpus", True),
        ("cpus", "four"),
        ("cpus", 1.5),
        ("gpus", ["a,b"]),
        ("gpus", [""]),
        ("policy", "lifo"),
        ("mem", 4),
        ("a b", 1),
        ("licence", "many"),
        ("licence", 2**31),
    ],
)
def test_what_makes_no_sense_is_refused(name, value):
    with pytest.raises(UsageError):
        read_entry(name, value)


def test_gpus_are_those_found_unless_a_number_or_ids_are_given():
    found = ("0", "1", "2")
    assert chosen_gpus(None, found) == found
    assert chosen_gpus(2, found) == ("0", "1")
    assert chosen_gpus(["7", "x"], found) == ("7", "x")
    assert chosen_gpus(2, ()) == ("0", "1")
    assert chosen_gpus(0, found) == ()


def test_of_two_leases_the_one_that_ends_later_is_the_looser():
    assert (looser(60, 90), looser(None, 90), looser(60, None), looser(0, 5)) == (90, None, None, None)
