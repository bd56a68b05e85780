"""What a job may wait for, as people write it."""

from __future__ import annotations

import pytest

from burro.base.errors import UsageError
from burro.model.dependency import Dependency, parse_dependencies, verdict


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("afterok:12", [("afterok", "12")]),
        ("12", [("afterok", "12")]),
        ("afterok:12:13,afterany:14.0-9", [("afterok", "12"), ("afterok", "13"), ("afterany", "14.0-9")]),
        ("afterany:prepare,last", [("afterany", "prepare"), ("afterany", "last")]),
        ("aftercorr:3, afternotok:4", [("aftercorr", "3"), ("afternotok", "4")]),
    ],
)
def test_kinds_and_ids_are_read_as_slurm_has_them(text, found):
    assert parse_dependencies(text) == tuple(Dependency(*one) for one in found)


def test_given_twice_they_add_up():
    assert len(parse_dependencies(["afterok:1", "afterok:1,afterany:2"])) == 2


@pytest.mark.parametrize(
    "text", ["afterok:", "afterok", "", "after:12", "aftertime:12", "singleton", "afterok:1?afterok:2"]
)
def test_what_makes_no_sense_is_refused_with_a_sentence(text):
    with pytest.raises(UsageError):
        parse_dependencies(text)


@pytest.mark.parametrize(
    ("kind", "left", "bad", "state"),
    [
        ("afterok", 1, 0, "open"),
        ("afterok", 0, 0, "met"),
        ("afterok", 5, 1, "broken"),
        ("afterany", 1, 3, "open"),
        ("afterany", 0, 3, "met"),
        ("afternotok", 1, 3, "open"),
        ("afternotok", 0, 3, "met"),
        ("afternotok", 0, 0, "broken"),
    ],
)
def test_a_condition_is_open_met_or_broken(kind, left, bad, state):
    assert verdict(kind, left=left, bad=bad) == state
