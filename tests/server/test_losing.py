"""What a worker had that is gone for good, and how it is begun again."""

from __future__ import annotations

import pytest

from burro.server import reporting
from burro.store import tasks
from tests.server.test_placing import Stand, Worker


@pytest.fixture
def stand(tmp_path):
    made = Stand(tmp_path)
    yield made
    assert tasks.unsound(made.db) == []
    made.db.close()


def lose_both(stand, **options):
    """Two tasks of a worker that is gone; of the first it had told that it was begun."""
    worker = Worker(stand, "w", cpus=2)
    worker.hello()
    stand.submit(array="0-1", **options)
    stand.turn()
    first, _ = worker.has
    starts = [[*first[:3], 1.0, None, None]]
    stand.turn(lambda: reporting.report(stand.server, worker, {"seq": 2, "starts": starts}))
    number = stand.server.crew.by_name["w"].number
    stand.turn(lambda: reporting.gone(stand.server, worker))
    stand.turn(lambda: reporting.lose_all(stand.server, number, "its node is gone"))
    attempts = stand.db.dicts("attempts_of", {"job": 1, "first": 0, "last": 1})
    return [(one["outcome"], one["reason"]) for one in attempts]


def test_what_may_have_begun_unseen_is_given_back_and_begins_as_another_attempt(stand):
    unsure = "its node is gone; whether it had begun is not known"
    assert lose_both(stand) == [("lost", "its node is gone"), ("released", unsure)]

    other = Worker(stand, "other", cpus=2)
    other.hello()
    assert [(idx, number) for _, idx, _, number, _ in other.has] == [(0, 2), (1, 2)]
    crashes = [row[4] for row in stand.db.run("tasks_of", {"job": 1, "first": 0, "last": 1, "most": 2})]
    assert crashes == [1, 0]


def test_what_must_not_run_twice_has_failed_also_where_nobody_saw_it_begin(stand):
    lose_both(stand, no_requeue=True)
    states = [row[1] for row in stand.db.run("tasks_of", {"job": 1, "first": 0, "last": 1, "most": 2})]
    assert states == ["failed", "failed"]
