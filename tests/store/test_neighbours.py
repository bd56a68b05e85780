from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burro.model.footprint import Footprint, meet
from burro.store import neighbours, scheduled
from burro.store.db import Database

PART = [
    "a",
    "b",
    "ab",
    "abc",
    "a.x",
    "é",
    "*",
    "a*",
    "ab*",
    "*.x",
    "?b",
    "[ab]",
    "a[b]c",
    "**",
    "é*",
    "b]",
    "*b]",
    "x*b",
]
PART = st.sampled_from(PART)
PATH = st.lists(PART, min_size=1, max_size=4).map("/".join) | st.just(".")


@pytest.fixture(scope="module")
def db():
    made = Database(":memory:")
    made._link.pragma("foreign_keys", False)  # reservations alone
    yield made
    made.close()


def reserve(db, paths):
    rows = [scheduled._row("/ds", path, job, -1) for job, path in paths]
    db.run_many("add_reservation", rows)


def found(db, path, *, job=0):
    return {(one.part.job, one.path) for one in neighbours.holders(db, "/ds", path, job=job)}


@pytest.fixture(scope="module", params=[16, 0], ids=["by heads", "by tails"])
def patience(request):
    """How many rows are looked at in vain: also the other way has to find everything."""
    before, neighbours._IN_VAIN = neighbours._IN_VAIN, request.param
    yield
    neighbours._IN_VAIN = before


@given(st.lists(PATH, max_size=8, unique=True), PATH)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=1000, deadline=None)
def test_the_index_finds_all_that_meets_a_path_and_nothing_else(db, patience, open_ones, path):
    db._link.execute("delete from reservation")
    reserve(db, enumerate(open_ones, 1))

    theirs = {(job, one) for job, one in enumerate(open_ones, 1) if meet(path, one)}
    assert found(db, path) == theirs
    assert neighbours.is_near(db, "/ds", [path], job=0) or not theirs


def test_a_directory_meets_the_patterns_in_it_whatever_else_is_looked_at_in_vain(db):
    db._link.execute("delete from reservation")
    reserve(db, [(number, f"?{number}*") for number in range(1, 40)])
    reserve(db, [(40, "a/*.x")])

    assert found(db, "a") == {(40, "a/*.x")}


def test_a_job_is_no_neighbour_of_its_own(db):
    db._link.execute("delete from reservation")
    reserve(db, [(1, "a"), (1, "b/*.x")])

    assert found(db, "a", job=1) == found(db, "b/c.x", job=1) == set()
    assert not neighbours.is_near(db, "/ds", ["a", "b/c.x"], job=1)
    assert not neighbours.is_near(db, "/other", ["a"], job=2)


def test_patterns_in_one_directory_are_told_apart_by_the_index(db):
    """Ten thousand of them, of which a look has to read only those that begin or end as it does."""
    db._link.execute("delete from reservation")
    reserve(db, [(number, f"res/{number}_*.txt") for number in range(1, 10_001)])
    reserve(db, [(number, f"{place}*_{number}.txt") for number in range(1, 10_001) for place in ("by/", "by/tail_")])
    reserve(db, [(number, f"by/burro-{number}.out") for number in range(1, 10_001)])

    steps = []
    db._link.set_progress_handler(lambda: bool(steps.append(1)), 100)  # so many steps of SQLite's machine
    try:
        assert found(db, "res/77_a.txt") == found(db, "res/77_*.txt") == {(77, "res/77_*.txt")}
        assert found(db, "res/10001_*") == found(db, "res/x") == set()
        assert (
            found(db, "by/*_77.txt") == found(db, "by/tail_*_77.txt") == {(77, "by/*_77.txt"), (77, "by/tail_*_77.txt")}
        )
        assert found(db, "by/*_10001.txt") == found(db, "by/burro-0.out") == set()
    finally:
        db._link.set_progress_handler(None)
    assert len(steps) < 400


def test_a_footprint_is_reserved_under_what_the_index_looks_for(db):
    db._link.execute("delete from reservation")
    made = Footprint("/ds", ("a/b", "c/*.x"), (), {}, "replace")
    scheduled.add(db, 7, made, indices=[0], logs=["log"])

    assert found(db, "a") == {(7, "a/b")}
    assert found(db, "c/1.x") == {(7, "c/*.x")}
    assert found(db, "log") == {(7, "log")}
