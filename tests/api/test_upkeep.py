"""The server, the store and the health of a queue, from Python."""

from __future__ import annotations

from datetime import timedelta

import pytest

from burro.base.errors import Failed, UsageError


def test_a_queue_goes_up_and_down(book, queue):
    up = book.up(cpus=2)
    assert (up.pid, up.cpus, up.workers[0].cpus) == (queue.server(), 2, 2)
    [worker] = book.workers()
    assert (worker.pool, worker.cpus, worker.state) == ("local", 2, "up")
    job = book.submit(["sleep", "600"])
    queue.runs(str(job.id))
    with pytest.raises(Failed, match="running"):
        book.down()
    down = book.down(now=True)
    assert (down.was, down.ended, down.left) == ("up", 1, ())
    assert book.down().was == "down"
    with pytest.raises(UsageError):
        book.down(drain=True, now=True)
    assert book.status(job).jobs[0].id == 1


def test_down_waits_for_what_runs(book, queue):
    job = book.submit(shell="touch runs; sleep 0.3; touch ended")
    queue.runs(str(job.id))
    assert book.down(drain=True).was == "up"
    assert (queue.work / "ended").exists()


def test_the_doctor_starts_no_server(book, queue):
    found = book.doctor()
    assert found.ok
    assert "none runs" in {check.name: check.text for check in found.checks}["server"]
    assert not (queue.queue / "server.json").exists()
    book.up()
    found = book.doctor()
    assert (found.ok, {check.name: check.ok for check in found.checks}["store"]) == (True, True)
    assert found.logs["server.log"]


def test_what_has_ended_is_forgotten_and_nothing_else(book):
    jobs = [book.submit([word], output="none", name=word) for word in ("true", "false")]
    book.wait(jobs, timeout=30)
    held = book.submit(["true"], hold=True)
    assert book.clean([]).jobs == ()
    assert (book.clean(older=timedelta(days=7)).jobs, book.clean(older="7d").tasks) == ((), 0)
    assert book.clean(states="failed", dry=True).jobs == book.clean(name="fal*", dry=True).jobs == (2,)
    [kept] = book.clean([jobs[0], held]).kept
    assert (kept.job, "3" in kept.text) == (3, True)
    cleaned = book.clean()
    assert (cleaned.jobs, cleaned.tasks, cleaned.after > 0) == ((2,), 1, True)
    assert [job.id for job in book.status("all").jobs] == [3]
    with pytest.raises(UsageError):
        book.clean(older=[7])


def test_cleaning_by_itself_is_told_and_set(book):
    assert book.auto_clean() is None
    assert book.auto_clean(timedelta(days=30)) == book.auto_clean() == 30 * 86400
    assert book.auto_clean("7d") == 7 * 86400
    assert book.auto_clean("off") is None
