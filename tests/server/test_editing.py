"""What editing means for placement and for workers, with the real store and no sockets."""

from __future__ import annotations

import pytest

from burro.base.errors import NotFound
from burro.server import editing, reporting, signalling
from burro.store import jobs, tasks
from burro.store.jobs import Span
from tests.server.test_placing import Stand, Worker

G = 2**30


class Hearer(Worker):
    """A worker's end that keeps every message."""

    def __init__(self, stand, name, **facts):
        super().__init__(stand, name, **facts)
        self.heard = []

    def send(self, message):
        super().send(message)
        self.heard.append(message)

    def of(self, op):
        return [message for message in self.heard if message["op"] == op]


@pytest.fixture
def stand(tmp_path):
    made = Stand(tmp_path)
    yield made
    made.db.close()


@pytest.fixture
def worker(stand):
    made = Hearer(stand, "w", cpus=2)
    made.hello()
    return made


def _set(stand, *ids, **options):
    answer = []
    asked = {"ids": [str(name) for name in ids], "options": options}
    stand.turn(lambda: answer.extend(editing.edit(stand.server, None, asked)["jobs"]))
    assert tasks.unsound(stand.db) == []
    return answer


def test_smaller_needs_let_a_job_start_at_once(stand, worker):
    first, second = stand.submit(array="0-1"), stand.submit(cpus=2)
    stand.turn()
    assert worker.jobs == [first, first]
    worker.says("exited", 0)
    assert worker.jobs == [first]
    _set(stand, second, cpus=1)
    assert worker.jobs == [first, second]


def test_a_worker_that_knows_the_job_hears_what_it_is_now(stand, worker):
    job = stand.submit(array="0-3")
    other = stand.submit(hold=True)
    stand.turn()
    worker.heard.clear()
    _set(stand, job, other, mem="1G", priority=4)
    [message] = worker.of("work")
    assert (message["tasks"], list(message["specs"])) == ([], [str(job)])
    assert message["specs"][str(job)]["mem"] == G
    worker.heard.clear()
    _set(stand, job, priority=5, retries=2)
    assert worker.heard == []


def test_a_time_limit_goes_to_those_who_have_tasks_of_the_job(stand, worker):
    job = stand.submit(array="0-3", time="10m")
    stand.turn()
    _set(stand, job, time=60)
    [message] = worker.of("limit")
    assert sorted(map(tuple, message["tasks"])) == [(job, 0, 1, 60.0), (job, 1, 1, 60.0)]
    worker.says("exited", 0)
    [_, row] = [row for row in worker.has if row[0] == job]
    assert row[:2] == [job, 2]
    assert (row[5] if len(row) > 5 else None) is None
    assert jobs.row(stand.db, job)["spec"]["time"] == 60


def test_a_worker_that_was_away_hears_of_the_limit_when_it_comes_back(stand, worker):
    job = stand.submit(array="0-1", time="10m")
    stand.turn()
    stand.server.crew.clear()
    _set(stand, job, time=None)
    _set(stand, f"{job}.1", time=30)
    back = Hearer(stand, "w", cpus=2)
    back.hello([row[:3] for row in worker.has])
    [message] = back.of("limit")
    assert sorted(map(tuple, message["tasks"])) == [(job, 0, 1, None), (job, 1, 1, 30.0)]


def test_what_a_task_has_of_its_own_is_all_that_its_claim_says(stand, worker):
    job = stand.submit(array="0-1", hold=True, mem="1G")
    _set(stand, f"{job}.1", time=30)
    stand.turn(lambda: tasks.release(stand.db, stand.server.moves, Span(job), now=9e9))
    assert [row[5:] for row in sorted(worker.has)] in ([[], [{"time": 30}]], [[None], [{"time": 30}]])
    _set(stand, job, time=90)
    assert {row["time"] for row in stand.db.dicts("grown_tasks", {"job": job, "worker": 1})} == {90.0}


def test_an_edit_of_the_job_takes_back_what_single_tasks_had(stand):
    job = stand.submit(array="0-2", hold=True)
    _set(stand, f"{job}.1-2", time=30)
    _set(stand, job, priority=2)
    _set(stand, job, time=60)
    worker = Hearer(stand, "w")
    worker.hello()
    stand.turn(lambda: tasks.release(stand.db, stand.server.moves, Span(job), now=9e9))
    assert [row[5] if len(row) > 5 else None for row in worker.has] == [None] * 3


def test_an_error_tells_nobody_anything(stand, worker):
    job = stand.submit()
    stand.turn()
    worker.heard.clear()
    with pytest.raises(NotFound):
        _set(stand, job, 99, time=5)
    stand.turn()
    assert worker.heard == []


def test_a_signal_goes_to_what_runs_only(stand, worker):
    job = stand.submit(array="0-3")
    stand.turn()
    asked = {"ids": [str(job)], "signal": "USR1"}
    worker.heard.clear()
    [row] = signalling.send_signal(stand.server, None, asked)["jobs"]
    assert (row["asked"], row["other"]) == (0, 4)
    starts = [[*row[:3], 1.0, None, None] for row in worker.has]
    stand.turn(lambda: reporting.report(stand.server, worker, {"seq": 2, "starts": starts}))
    stand.turn(lambda: signalling.send_signal(stand.server, None, asked))
    [message] = worker.of("signal")
    assert (sorted(key[:2] for key in map(list, message["tasks"])), message["signal"]) == ([[job, 0], [job, 1]], 10)
    stand.server.crew.clear()
    [row] = signalling.send_signal(stand.server, None, asked)["jobs"]
    assert (row["asked"], row["text"]) == (0, f"{job}: the worker of 2 running tasks does not answer; try again")
