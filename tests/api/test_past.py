"""Events and attempts from Python."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta

import pytest

from burro.base.errors import NotFound, UsageError


def test_what_has_happened_is_told_of_all_or_of_some(book):
    first, second = book.submit(["true"], output="none"), book.submit(["false"], output="none")
    book.wait([first, second], timeout=30)
    whats = [event.what for event in book.events(second)]
    assert (whats[0], {event.job for event in book.events(second)}) == ("submitted", {2})
    [last] = book.events(last=1)
    assert last == book.events()[-1] == book.events([first, second], last=1)[0]
    assert datetime.now().astimezone() - last.at < timedelta(minutes=5)
    assert book.events(since=datetime.now().astimezone() + timedelta(hours=1)) == []
    assert book.events(first, since=timedelta(hours=1)) == book.events(first, since="1h") == book.events(first)
    assert book.events([]) == book.events(last=0) == []
    with pytest.raises(NotFound):
        book.events(99)
    with pytest.raises(UsageError):
        book.events(since="whenever")


def test_what_happens_is_followed_from_the_call_on_also_past_the_server(book, queue):
    before = book.submit(["true"], hold=True)
    following = book.follow_events(timeout=60)
    job = book.submit(["true"], output="none", hold=True)
    event = next(following)
    assert (event.job, event.what, before.id) == (job.id, "submitted", 1)
    os.kill(queue.server(), signal.SIGKILL)
    job.release()
    seen = []
    for one in following:
        seen.append(one)
        if one.job == job.id:
            break
    assert [one.seq for one in seen] == sorted({one.seq for one in seen} - {event.seq})
    again = book.follow_events(job, after=event, timeout=30)
    assert next(again) == next(one for one in seen if one.job == job.id)


def test_following_ends_in_time(book):
    job = book.submit(["true"], hold=True)
    with pytest.raises(TimeoutError):
        list(book.follow_events(job, timeout=0.2))


def test_every_attempt_is_told_with_what_it_used(book):
    job = book.array(
        shell="exit $BURRO_TASK_ID", indices=range(2), output="none", retries=1, retry_delay=0.01, mem=64e6
    )
    job.wait(timeout=30)
    other = book.submit(["true"], output="none", name="other")
    other.wait(timeout=30)
    tries = book.history(job)
    assert [(one.id, one.number, one.exit_code) for one in tries] == [("1.0", 1, 0), ("1.1", 1, 1), ("1.1", 2, 1)]
    assert (tries[0].mem, tries[0].started <= tries[0].ended, tries[0].elapsed >= 0) == (64_000_000, True, True)
    assert [one.job for one in book.history(states="failed")] == [1, 1]
    assert [one.name for one in book.history(name="oth*", since=timedelta(hours=1))] == ["other"]
    assert [one.id for one in book.history(last=1)] == ["2"]
    assert book.history([job, other], last=1) == book.history(other)
    assert book.history([]) == []
