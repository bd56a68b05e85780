from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burro.base.errors import UsageError
from burro.model.footprint import ancestors, below, from_store, meet, normal, parse_footprint, stem, stored

PARTS = st.lists(st.sampled_from(["a", "b", "ab", "a.x", "*", "a*", "*.x", "?b", "[ab]", "**"]), min_size=1, max_size=4)
PLAIN = st.lists(st.sampled_from(["a", "b", "ab", "a.x", "b.x"]), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("path", "here", "expected"),
    [
        ("a/b/c", "/ds", "a/b/c"),
        ("/ds/a/b/c", "/ds", "a/b/c"),
        ("a/../a/b/c", "/ds", "a/b/c"),
        ("a//b/c", "/ds", "a/b/c"),
        ("./a/b/c/", "/ds", "a/b/c"),
        ("../a/b/c", "/ds/sub", "a/b/c"),
        (".", "/ds", "."),
        ("..", "/ds/sub", "."),
        ("c", "/ds/a/b", "a/b/c"),
        ("//ds/a", "/", "a"),
    ],
)
def test_a_path_has_one_form_however_it_is_written(path, here, expected):
    assert normal(path, root="/ds", here=here) == expected


@pytest.mark.parametrize("path", ["/elsewhere", "../x", "/dsx/a", "a/../../x"])
def test_what_lies_outside_is_refused(path):
    with pytest.raises(UsageError, match="not in the repository"):
        normal(path, root="/ds", here="/ds")


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        ("a", "a", True),
        ("a", "a/b/c", True),
        ("a/b/cc", "a/b/c", False),
        (".", "x", True),
        ("res/*.csv", "res/1.csv", True),
        ("res/*.csv", "res/1.txt", False),
        ("res/*.csv", "res", True),
        ("res/*", "res/1/deep", True),
        ("res/a*", "res/b*", False),
        ("res/a*", "res/ab*", True),
        ("res/*.csv", "res/*.txt", False),
        ("**/x", "anything/at/all", True),
        ("a/**", "b/c", False),
        ("[ab]x", "ax", True),
        ("[ab]x", "cx", False),
    ],
)
def test_which_paths_meet(one, other, meets):
    assert meet(one, other) is meet(other, one) is meets


@given(PARTS, PLAIN)
def test_what_a_pattern_stands_for_meets_it(pattern, path):
    matches = len(pattern) == len(path) and all(map(fnmatchcase, path, pattern))
    assert meet("/".join(pattern), "/".join(path)) or not matches


@given(PARTS, PARTS, PLAIN)
def test_two_patterns_that_stand_for_one_path_meet(one, other, path):
    both = (
        len(one) == len(other) == len(path) and all(map(fnmatchcase, path, one)) and all(map(fnmatchcase, path, other))
    )
    assert meet("/".join(one), "/".join(other)) or not both


@given(PLAIN, PLAIN)
def test_what_is_below_sorts_between_its_bounds(one, other):
    path, deeper = "/".join(one), "/".join([*one, *other])
    first, before = below(path)
    assert first <= deeper < before
    assert not first <= path + "-" < before
    assert path in ancestors(deeper)


@given(st.binary(max_size=20))
def test_any_name_can_be_stored(name):
    text = name.decode("utf-8", "surrogateescape")
    assert from_store(stored(text)) == text
    assert all(ord(letter) < 256 for letter in stored(text))


def test_the_part_before_a_pattern_is_its_stem():
    assert [stem(path) for path in ("a/b", "a/*/c", "*", "a/b?")] == ["a/b", "a", ".", "a"]


def test_a_job_that_writes_nothing_is_not_scheduled():
    with pytest.raises(UsageError, match="--output"):
        parse_footprint({"dataset": "/ds", "writes": []})
    with pytest.raises(UsageError, match="normal form"):
        parse_footprint({"dataset": "/ds", "writes": ["a/../b"]})
