"""Ends of tasks: what was over before anybody reported its start, what the store has as running, and both at once."""

from __future__ import annotations

from operator import itemgetter

import pytest

from burro.model.spec import parse_submission
from burro.store import claims, jobs, tasks, workers
from burro.store.claims import End
from burro.store.counts import Moves
from burro.store.db import Database
from burro.store.jobs import Span, spans

FACTS = {"pool": "local", "host": "h", "boot": "b", "pid": 1, "cpus": 4, "mem": 2**30}


class Store:
    """A store with one job of ten tasks, all of which the first of two workers has claimed."""

    def __init__(self):
        self.db, self.moves = Database(":memory:"), Moves()
        asked = {"argv": ["true"], "options": {"array": "0-9"}}
        new = parse_submission(asked, {"cwd": "/", "env": {}}, queue="/q", now=0.0)
        with self.db.write():
            self.one, self.two = (workers.sign_in(self.db, {"worker": name, **FACTS}, now=0.0) for name in "ab")
            jobs.add(self.db, new, env="e", request=None, now=0.0)
            claims.claim(self.db, self.moves, job=1, worker=self.one, count=10)
            self.moves.write(self.db, now=1.0)

    def starts(self, *indices):
        starts = [(1, idx, 1, 10.0, None, None) for idx in indices]
        return self.turn(lambda: claims.start(self.db, self.moves, starts, worker=self.one))

    def ends(self, *ends, worker=None, running=()):
        finish = {"worker": worker or self.one, "running": running}
        return self.turn(lambda: claims.finish(self.db, self.moves, ends, now=0.0, **finish))

    def turn(self, step):
        with self.db.write():
            found = step()
            self.moves.write(self.db, now=100.0)
        assert tasks.unsound(self.db) == []
        return found

    @property
    def job(self):
        return jobs.row(self.db, 1)

    @property
    def counts(self):
        return {state: count for state, count in tasks.count(self.db, Span(1)).items() if count}

    def task(self, idx):
        """One task, and the attempts at it."""
        (task,), attempts = tasks.read(self.db, Span(1, idx, idx, whole=False))
        return task, attempts.get(idx, [])

    def attempt(self, idx):
        (attempt,) = self.task(idx)[1]
        return attempt


@pytest.fixture
def store():
    made = Store()
    yield made
    made.db.close()


def exited(idx, code=0, *, token=1):
    return End(1, idx, token, "exited", code, 20.0, 21.5, 4096, 0.25)


def test_a_short_task_has_an_attempt_like_any_other(store):
    end = End(1, 3, 1, "exited", 7, 20.0, 21.5, 4096, 0.25, "o.txt", "e.txt", "why")
    assert store.ends(end) == {(1, 3, 1)}
    wanted = {"number": 1, "started": 20.0, "ended": 21.5, "outcome": "exited", "code": 7, "max_rss": 4096}
    wanted |= {"cpu_time": 0.25, "out": "o.txt", "err": "e.txt", "reason": "why", "name": "a"}
    assert store.attempt(3).items() >= wanted.items()
    task, _ = store.task(3)
    assert itemgetter("state", "tries", "worker")(task) == ("failed", 1, None)
    assert store.counts == {"claimed": 9, "failed": 1}


def test_a_job_of_short_tasks_has_started_and_ended(store):
    assert store.job["started"] is None
    store.ends(exited(0))
    assert (store.job["started"], store.job["ended"]) == (100.0, None)
    store.ends(*(exited(idx, idx % 2) for idx in range(1, 10)))
    assert store.job["ended"] == 100.0
    assert store.counts == {"done": 5, "failed": 5}


def test_a_short_task_that_runs_for_the_second_time_has_a_second_attempt(store):
    store.ends(End(1, 0, 1, "lost", None, 20.0, 21.0))
    store.turn(lambda: claims.claim(store.db, store.moves, job=1, worker=store.one, count=1))
    assert store.ends(exited(0, token=2)) == {(1, 0, 2)}
    numbers = [(attempt["number"], attempt["outcome"]) for attempt in store.task(0)[1]]
    assert numbers == [(1, "lost"), (2, "exited")]


@pytest.mark.parametrize("running", [(), {(1, 0, 1), (1, 0, 2), (1, 1, 1)}], ids=["seems short", "seems running"])
def test_an_old_token_another_worker_and_what_was_given_back_are_refused(store, running):
    store.turn(lambda: claims.release(store.db, store.moves, [(1, 0, 1)], worker=store.one))
    assert store.ends(exited(0), running=running) == set()
    store.turn(lambda: claims.claim(store.db, store.moves, job=1, worker=store.two, count=1))
    assert store.ends(exited(0), running=running) == set()
    assert store.ends(exited(0), worker=store.two, running=running) == set()
    assert store.ends(exited(1), exited(0, token=2), worker=store.two, running=running) == {(1, 0, 2)}
    assert store.counts == {"claimed": 9, "done": 1}
    assert store.task(1)[1] == []


def test_the_neighbour_of_short_tasks_is_not_touched(store):
    store.turn(lambda: claims.release(store.db, store.moves, [(1, 2, 1)], worker=store.one))
    store.turn(lambda: claims.claim(store.db, store.moves, job=1, worker=store.one, count=1))
    said = [exited(idx) for idx in (0, 1, 2, 3, 5)]
    assert store.ends(*said) == {(1, 0, 1), (1, 1, 1), (1, 3, 1), (1, 5, 1)}
    assert store.counts == {"claimed": 6, "done": 4}


def test_what_is_said_twice_counts_once_and_the_first_word_holds(store):
    assert store.ends(exited(0), exited(0, 1), exited(0)) == {(1, 0, 1)}
    assert store.ends(exited(0, 1)) == set()
    assert store.ends(End(1, 1, 1, "timeout", None, 20.0, 21.0), exited(1)) == {(1, 1, 1)}
    assert store.attempt(0)["code"] == 0
    assert store.attempt(1)["outcome"] == "timeout"
    assert store.counts == {"claimed": 8, "done": 1, "failed": 1}


@pytest.mark.parametrize("running", [(), {(1, 0, 1)}], ids=["seems short", "seems running"])
def test_what_the_store_has_as_running_keeps_the_start_that_was_reported(store, running):
    assert store.starts(0) == {(1, 0, 1)}
    assert store.ends(exited(0), running=running) == {(1, 0, 1)}
    assert itemgetter("number", "started", "ended")(store.attempt(0)) == (1, 10.0, 21.5)
    assert store.task(0)[0]["tries"] == 1


def test_a_start_that_seemed_to_be_recorded_and_was_not_loses_no_end(store):
    assert store.ends(exited(0), running={(1, 0, 1)}) == {(1, 0, 1)}
    assert store.attempt(0)["started"] == 20.0


def test_one_report_tells_of_all_kinds(store):
    running = store.starts(0, 1, 2)
    said = [
        exited(5),
        exited(0),
        End(1, 1, 1, "signalled", -9, 11.0, 12.0),
        exited(4, 3),
        End(1, 6, 1, "timeout", None, 20.0, 30.0),
        End(1, 7, 1, "released", None, 20.0, 30.0),
        exited(2, 1),
        exited(8, token=0),
        exited(5),
    ]
    assert store.ends(*said, running=running) == {(1, idx, 1) for idx in (0, 1, 2, 4, 5, 6, 7)}
    assert store.counts == {"ready": 1, "claimed": 3, "done": 2, "failed": 4}
    assert [store.attempt(idx)["started"] for idx in (0, 1, 2, 4, 5, 6, 7)] == [10.0] * 3 + [20.0] * 4
    assert [attempts for attempts in (store.task(idx)[1] for idx in (3, 8, 9)) if attempts] == []


def test_tasks_of_claims_are_told_in_few_spans():
    told = [(1, 5, 1), (2, 0, 3), (1, 4, 1), (1, 7, 2), (1, 5, 2)]
    assert spans(told) == [Span(1, 4, 5, whole=False), Span(1, 7, 7, whole=False), Span(2, 0, 0, whole=False)]
    assert spans([]) == []
