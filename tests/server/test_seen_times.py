"""What others of its job took says whether a task that says nothing of its time may begin on a worker that ends."""

from __future__ import annotations

from burro.base.clock import now
from burro.server.rooms import places
from burro.store import jobs
from tests.server.test_placing import Worker, stand

__all__ = ["stand"]


def test_what_would_hardly_come_to_its_end_does_not_begin_and_the_reason_says_why(stand):
    worker = Worker(stand, "w", until=now() + 120)
    worker.hello()
    job = stand.submit(array="0-9")
    stand.turn()
    assert worker.jobs == [job] * 4  # nobody knows yet

    stand.server.pace.saw(job, [100.0])
    worker.says("signalled", 9)
    assert worker.jobs == [job] * 3
    [place] = places(stand.server, jobs.row(stand.db, job))
    assert place["text"].startswith("others of its job took 1:40 and the worker has 1:")

    short = stand.submit()
    stand.turn()
    assert worker.jobs == [job, job, job, short]
