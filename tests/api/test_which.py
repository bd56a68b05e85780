"""Naming jobs: one or several, by whatever tells which."""

from __future__ import annotations

import pytest

from burro.api.which import ids_of
from burro.base.errors import NotFound, UsageError


def test_a_text_is_one_name_and_never_its_letters(book):
    book.submit_many([{"argv": ["true"], "hold": True}] * 12)
    assert [change.id for change in book.cancel("12")] == ["12"]
    assert [change.id for change in book.hold("last")] == ["12"]
    assert [result.id for result in book.as_completed("12", timeout=30)] == ["12"]
    assert book.wait("12", timeout=30).cancelled == 1
    assert {job.state for job in book.status("1-11").jobs} == {"held"}


def test_one_is_named_by_whatever_tells_of_it(book):
    job = book.array(["false"], indices=range(2), output="none")
    first, second = job.results(timeout=30)
    assert (book.cancel(job)[0].final, book.cancel(job.id)[0].final) == (2, 2)
    assert book.retry(first, only="failed")[0].id == "1.0"
    assert [change.id for change in book.retry([job.show().records[1], book.status().jobs[0]])] == ["1.1", "1"]
    assert book.task(second).id == "1.1"
    assert book.job(job) == book.job(book.status().jobs[0]) == job
    assert [change.job for change in book.signal(range(1, 2), "USR1")] == [1]
    assert book.set("1", priority=1)[0].id == "1"
    assert book.output(job) == book.output([1]) == ""


def test_states_may_be_one_word(book):
    job = book.submit(["true"], hold=True)
    assert [row.id for row in book.status(states="held").jobs] == [row.id for row in book.status([job]).jobs] == [1]
    with pytest.raises(UsageError, match="there is no state 'hled'"):
        book.status(states="hled")


@pytest.mark.parametrize("nothing", [None, True, 1.5, b"12", [None], [[1]]])
def test_what_names_no_job_is_told_in_a_sentence(nothing):
    with pytest.raises(UsageError, match="names no job; give a Job, a number, or a text"):
        ids_of(nothing)


def test_a_task_is_no_job_and_a_job_of_several_no_task(book):
    job = book.array(["true"], indices=range(2), hold=True)
    with pytest.raises(UsageError, match=r"'1\.0' names 0 jobs"):
        book.show("1.0")
    with pytest.raises(UsageError, match="'1' names 2 tasks"):
        book.task(job)
    with pytest.raises(NotFound):
        book.hold("12")
