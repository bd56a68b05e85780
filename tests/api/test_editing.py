"""`Queue.set`, `signal` and `retry`."""

from __future__ import annotations

import os
import signal

import pytest

from burro.base.errors import NotFound, UsageError
from tests.waiting import until


def test_jobs_are_changed_by_the_names_of_options(book):
    jobs = [book.submit(["echo", "old"], hold=True, mem="1G") for _ in range(2)]
    first, second = book.set(jobs, ["echo", "new"], mem=None, time=90, priority=2)
    assert (first.id, second.id, first.tasks, first.late) == ("1", "2", 1, [])
    assert first.changed == {
        "priority": [0, 2],
        "mem": [2**30, None],
        "time": [None, 90.0],
        "command": ["echo old", "echo new"],
    }
    jobs[0].release()
    assert jobs[0].result(timeout=30).output() == "new\n"
    assert jobs[0].set(priority=1).text == "1: already done; nothing changed"
    assert jobs[1].set(shell="echo a | cat", array_limit=3).changed["array_limit"] == [None, 3]
    with pytest.raises(UsageError):
        book.set(jobs, outputs="x")
    with pytest.raises(NotFound):
        book.set([99], priority=1)


def test_a_job_gets_a_signal(book):
    job = book.submit(shell="trap 'exit 7' USR1; touch trapped; while :; do sleep 0.02; done")
    until(lambda: os.path.exists("trapped") and book.status(job).jobs[0].state == "running", within=30)
    assert job.signal(signal.SIGUSR1).asked == 1
    assert job.result(timeout=30).exit_code == 7
    assert book.signal([job], "USR1")[0].asked == 0


def test_a_job_is_tried_again(book):
    job = book.submit(["test", "-e", "there"], output="none")
    child = book.submit(["true"], output="none", dependency=f"afterok:{job.id}")
    assert book.wait([job, child], timeout=30).skipped == 1
    with open("there", "w", encoding="utf-8"):
        pass
    assert job.retry(only=["cancelled"]).changed == 0
    changes = book.retry([job], children=True)
    assert [change.id for change in changes] == ["1", "2"]
    assert book.wait([job, child], timeout=30).done == 2
    assert len(job.show().records[0].attempts) == 2
