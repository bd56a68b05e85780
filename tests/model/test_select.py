"""How people name jobs and tasks."""

from __future__ import annotations

import pytest

from burro.base.errors import NotFound, UsageError
from burro.model.select import parse_selector
from burro.model.spec import parse_submission
from burro.store import jobs
from burro.store.db import Database
from burro.store.jobs import Span


@pytest.mark.parametrize(("text", "numbers"), [("12", [12]), ("3-5", [3, 4, 5]), ("1,4", [1, 4])])
def test_numbers_are_jobs(text, numbers):
    assert list(parse_selector(text).jobs) == numbers


@pytest.mark.parametrize(
    ("text", "indices"), [("12.3", [3]), ("12.0-2", [0, 1, 2]), ("12.1,5", [1, 5]), ("12.0-9:5", [0, 5])]
)
def test_a_dot_names_tasks(text, indices):
    selector = parse_selector(text)
    assert (list(selector.jobs), list(selector.tasks)) == ([12], indices)


@pytest.mark.parametrize("text", ["fit", "all", "last", "1x", "12.", "12.a", "-3", "3-", "a.1"])
def test_anything_else_is_a_name(text):
    assert parse_selector(text).name == text


def test_all_and_last_are_words():
    assert parse_selector("all").is_all
    assert parse_selector(" last ").is_last
    assert not parse_selector("fit").is_all


@pytest.mark.parametrize("text", ["", "  ", "9-3", "1.9-3"])
def test_what_names_nothing_is_refused(text):
    with pytest.raises(UsageError):
        parse_selector(text)


@pytest.fixture
def db():
    """Three jobs: 1 called fit, 2 called fit with tasks 0-3 and 8, 3 called other."""
    made = Database(":memory:")
    with made.write():
        for name, array in (("fit", None), ("fit", "0-3,8"), ("other", None)):
            raw = {"argv": ["true"], "options": {"name": name, "array": array}}
            new = parse_submission(raw, {"cwd": "/", "env": {}}, queue="/q", now=0.0)
            jobs.add(made, new, env="e", request=None, now=0.0)
    return made


def found(db, *texts):
    return jobs.find(db, [parse_selector(text) for text in texts])


def test_a_list_is_a_union_in_the_order_named(db):
    assert found(db, "3", "1", "3") == [Span(3), Span(1)]
    assert found(db, "fit") == [Span(1), Span(2)]
    assert found(db, "last") == [Span(3)]
    assert found(db, "all") == [Span(1), Span(2), Span(3)]
    assert found(db, "1,3") == [Span(1), Span(3)]


def test_tasks_are_found_as_neighbours(db):
    assert found(db, "2.0-2") == [Span(2, 0, 2, whole=False)]
    assert found(db, "2.1,3,8") == [Span(2, 1, 1, whole=False), Span(2, 3, 3, whole=False), Span(2, 8, 8, whole=False)]


@pytest.mark.parametrize("text", ["4", "1-9", "nobody", "2.5", "2.4-7", "9.0", "1.1"])
def test_what_is_not_there_is_not_found(db, text):
    with pytest.raises(NotFound, match=r"burro (status|show)"):
        found(db, text)


def test_in_an_empty_queue_all_is_nothing_and_last_is_not_found():
    empty = Database(":memory:")
    assert found(empty, "all") == []
    with pytest.raises(NotFound):
        found(empty, "last")
