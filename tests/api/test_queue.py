"""`burro.Queue`: the queue from Python."""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import FrozenInstanceError
from datetime import datetime, timedelta

import pytest

import burro
from burro.api.context import context
from burro.base.errors import NotFound, UsageError
from burro.link.call import Connection


def test_one_job_from_submission_to_output(book):
    job = book.submit(["echo", "hello", "wörld"], name="greeting")
    result = job.result(timeout=30)
    assert (job.id, job.tasks, job.single) == (1, 1, True)
    assert (result.id, result.job, result.index, result.state, result.ok, result.exit_code) == (
        "1",
        1,
        0,
        "done",
        True,
        0,
    )
    assert result.output() == job.output() == "hello wörld\n"
    assert job.show().name == "greeting"


def test_a_failure_is_a_result_not_an_exception(book):
    result = book.submit(shell="echo no >&2; exit 3", error="%j.err").result(timeout=30)
    assert (result.ok, result.state, result.outcome, result.exit_code, result.signal) == (
        False,
        "failed",
        "exited",
        3,
        None,
    )
    assert result.output(err=True) == "no\n"
    killed = book.submit(shell="kill -9 $$").result(timeout=30)
    assert (killed.outcome, killed.signal) == ("signalled", signal.SIGKILL)


def test_an_array_comes_back_in_the_order_of_its_indices(book):
    job = book.array(shell="echo $BURRO_TASK_ID", indices=range(0, 10, 3))
    results = job.results(timeout=30)
    assert [result.index for result in results] == [0, 3, 6, 9]
    assert job.output() == "0\n3\n6\n9\n"
    assert [result.index for result in book.array(["true"], indices=[7, 2, 5]).results(timeout=30)] == [2, 5, 7]
    with pytest.raises(UsageError, match="has 4 tasks"):
        job.result()


def test_many_jobs_are_submitted_at_once_or_not_at_all(book):
    jobs = book.submit_many([["true"], {"argv": ["false"], "name": "bad"}, {"shell": "exit 2", "cpus": 1}])
    assert [job.id for job in jobs] == [1, 2, 3]
    counts = book.wait(jobs, timeout=30)
    assert (counts.tasks, counts.done, counts.failed, counts.ended) == (3, 1, 2, 3)
    with pytest.raises(UsageError):
        book.submit_many([["true"], {"argv": ["true"], "cpus": "none"}])
    assert book.submit(["true"]).id == 4


def test_results_come_as_tasks_end_each_once(book, here):
    slow = book.submit(shell="until test -e go; do sleep 0.02; done")
    quick = book.submit(["true"])
    seen = []
    for result in book.as_completed([slow, quick, slow], timeout=60):
        seen.append(result.id)
        (here / "go").write_text("")
    assert seen == ["2", "1"]


def test_waiting_ends_in_time(book):
    job = book.submit(["sleep", "600"])
    with pytest.raises(TimeoutError):
        job.wait(timeout=0.2)
    with pytest.raises(TimeoutError):
        list(book.as_completed([job], timeout=0.2))
    assert job.cancel().asked + job.show().tasks.get("cancelled", 0) >= 1
    assert job.result(timeout=30).state == "cancelled"


def test_a_job_is_held_released_and_cancelled(book):
    job = book.submit(["true"], hold=True)
    assert job.show().state == "held"
    assert job.release().changed == 1
    assert job.result(timeout=30).ok
    again = job.cancel()
    assert (again.changed, again.final) == (0, 1)
    assert "1" in again.text


def test_the_queue_is_read_as_values(book):
    job = book.submit(["true"], output="none")
    job.wait(timeout=30)
    status = book.status()
    assert [(row.id, row.state, row.tasks) for row in status.jobs] == [(1, "done", {"done": 1})]
    assert status.workers[0].cpus >= 1
    assert datetime.now().astimezone() - status.jobs[0].submitted < timedelta(minutes=5)
    [record] = job.show().records
    assert (record.attempts[0].outcome, record.attempts[0].exit_code) == ("exited", 0)
    assert book.task("1") == record
    assert book.status(states=["failed"]).jobs == ()
    assert book.job(1) == job
    assert book.job("last").tasks == 1
    with pytest.raises(FrozenInstanceError):
        record.state = "x"


def test_options_may_be_python_values(book, here):
    job = book.submit(
        [sys.executable, "-c", "import os; print(os.environ['EXTRA'])"],
        cpus=1,
        mem=64 * 2**20,
        time=90,
        env={"EXTRA": "a,b"},
        output=here / "paths.txt",
    )
    assert job.result(timeout=30).output() == "a,b\n"
    spec = job.show().spec
    assert (spec["time_limit"], spec["mem"]) == (90, 64 * 2**20)


def test_a_script_and_lines(book, here):
    (here / "job.sh").write_text("#!/bin/sh\n#SBATCH -J scripted\necho got $1\n")
    script = book.submit(script=here / "job.sh", args=["x"])
    lines = book.submit(lines=["echo one", "echo two"])
    assert script.result(timeout=30).output() == "got x\n"
    assert script.show().name == "scripted"
    assert [result.output() for result in lines.results(timeout=30)] == ["one\n", "two\n"]


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (None, {}),
        ("a line", {}),
        (["true"], {"shell": "x"}),
        (["true"], {"args": ["x"]}),
        (["true"], {"cpuss": 2}),
        (None, {"script": "/nonexistent"}),
        (["true"], {"array": "x"}),
    ],
)
def test_what_makes_no_sense_is_refused(book, command, options):
    with pytest.raises(UsageError):
        book.submit(command, **options)


def test_what_is_not_there_is_not_found(book):
    for ask in (book.show, book.task, book.job, book.output, lambda name: book.cancel([name])):
        with pytest.raises(NotFound):
            ask("999")
    with pytest.raises(NotFound):
        book.wait([999])


def test_nothing_to_wait_for_is_no_error(book):
    assert book.wait([]).tasks == 0
    assert list(book.as_completed([])) == []
    assert book.cancel([]) == []


def test_waiting_outlives_the_server(book, queue, here):
    jobs = [book.submit(shell="until test -e go; do sleep 0.02; done"), book.submit(["true"])]
    seen = []
    for result in book.as_completed(jobs, timeout=60):
        seen.append(result.id)
        if len(seen) == 1:
            os.kill(queue.server(), signal.SIGKILL)
            (here / "go").write_text("")
    assert seen == ["2", "1"]
    os.kill(queue.server(), signal.SIGKILL)
    assert book.status().jobs[0].state == "done"


def test_a_key_that_is_known_gives_the_same_job(book):
    first = book.submit(["true"], key="k")
    again = book.submit(["true"], key="k")
    assert (again.id, first.existed, again.existed) == (first.id, False, True)
    with pytest.raises(UsageError):
        book.submit(["false"], key="k")


def test_threads_may_share_a_queue(book):
    jobs = []
    threads = [threading.Thread(target=lambda: jobs.append(book.submit(["true"], output="none"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(job.id for job in jobs) == list(range(1, 9))
    assert book.wait(jobs, timeout=30).done == 8


def test_a_forked_child_may_use_the_queue_it_inherits(book):
    job = book.submit(["true"])
    child = os.fork()
    if not child:
        code = 1
        try:
            code = 0 if book.job(job.id) == job else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert book.job(job.id) == job


def test_the_default_queue_is_the_users(queue, here, monkeypatch):
    monkeypatch.setenv("BURRO_QUEUE", str(queue.queue))
    with burro.Queue() as held:
        assert held.path == str(queue.queue)
        assert held.submit(["true"]).result(timeout=30).ok


def test_jobs_submitted_together_are_the_same_jobs_when_the_answer_was_lost(queue):
    queue.well("up")
    asked = {
        "op": "submit_many",
        "request": "0" * 32,
        "context": context(),
        "jobs": [{"argv": ["true"], "options": {"output": "none"}}] * 3,
    }
    with Connection(str(queue.queue)) as connection:
        first = [row["id"] for row in connection.ask(asked)["ids"]]
        again = [row["id"] for row in connection.ask(asked)["ids"]]
    assert first == again == [1, 2, 3]
