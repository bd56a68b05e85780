"""`burro status`: filters, columns, and the words of other queues; a queue that is long."""

from __future__ import annotations

import json
import os
import pty
import subprocess

import pytest

from burro import Queue
from tests.conftest import BURRO
from tests.waiting import until


@pytest.fixture(scope="module")
def busy(shared):
    """A queue with one job of each kind."""
    shared.jobs = {
        "done": shared.done("-J", "fit-1", "-o", "none", "-P", "3", "true"),
        "failed": shared.ended("-J", "fit-2", "-o", "none", "false"),
        "late": shared.ended("-J", "slow", "-o", "none", "-t", "1s", "sleep", "60"),
        "held": shared.submit("-J", "fit-3", "--hold", "-P", "7", "true"),
        "later": shared.submit("-J", "later", "-o", "none", "--begin", "+2h", "true"),
    }
    return shared


def _kinds(world, *words):
    found = [str(job["id"]) for job in json.loads(world.well("status", "--json", *words))["jobs"]]
    return {kind for kind, job in world.jobs.items() if job in found}


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (["--state", "COMPLETED"], {"done"}),
        (["--state", "failed"], {"failed", "late"}),
        (["--state", "timeout"], {"late"}),
        (["--state", "TO,CD"], {"late", "done"}),
        (["--state", "pending"], {"held", "later"}),
        (["--state", "waiting", "--state", "held"], {"held", "later"}),
        (["--state", "stale"], set()),
        (["--name", "fit-*"], {"done", "failed", "held"}),
        (["--name", "fit-[12]", "--state", "done"], {"done"}),
        (["--since", "2h"], {"done", "failed", "late", "held", "later"}),
        (["--since", "2999-01-01"], {"held", "later"}),
        (["--since", "today", "--state", "done"], {"done"}),
    ],
)
def test_jobs_are_chosen_in_the_words_of_any_queue(busy, words, kinds):
    assert _kinds(busy, *words) == kinds


def test_the_bare_state_of_a_job_or_task_is_a_word(busy):
    jobs = busy.jobs
    assert busy.well("status", jobs["done"], "--format", "state") == "done\n"
    assert busy.well("status", jobs["failed"], "--format", "id,state,name") == f"{jobs['failed']}\tfailed\tfit-2\n"
    assert busy.well("status", f"{jobs['failed']}.0", "--format", "state,exit_code") == "failed\t1\n"
    assert busy.burro("status", "999", "--format", "state").code == 3
    assert busy.burro("status", f"{jobs['done']}.7", "--format", "state").code == 3


def test_columns_are_chosen_and_sorted_by(busy):
    ids = [busy.jobs[kind] for kind in ("held", "done", "failed")]
    words = ("--name", "fit-*", "--sort", "-priority,id", "--columns", "jobid,prio,status")
    lines = busy.well("status", *words).splitlines()
    assert lines[0].split() == ["ID", "PRIORITY", "STATE"]
    assert [line.split()[0] for line in lines[1:4]] == ids


def test_tsv_has_a_head_and_whole_values(busy):
    lines = busy.well("status", "--tsv", "--columns", "id,started,time,reason", busy.jobs["failed"]).splitlines()
    head, cells = (line.split("\t") for line in lines)
    assert head == ["id", "started", "time", "reason"]
    assert cells[0] == busy.jobs["failed"]
    assert "T" in cells[1]
    assert float(cells[2]) < 60
    assert cells[3] == "exited with code 1"


def test_single_tasks_have_a_table_of_their_own(busy):
    lines = busy.well("status", f"{busy.jobs['failed']}.0").splitlines()
    assert lines[0].split()[:4] == ["ID", "STATE", "TIME", "HOST"]
    assert lines[1].split()[:2] == [busy.jobs["failed"], "failed"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--state", "runing"], "did you mean 'running'"),
        (["--columns", "id,sate"], "did you mean 'state'"),
        (["--sort", "size"], "--sort does not know 'size'"),
        (["--format", "exit_code"], "--format does not know 'exit_code'"),
        (["--since", "then"], "--since takes"),
        (["--since", "tomorrow"], "--since takes 2h, 7d, 18:00, today or 2026-12-01, not 'tomorrow'"),
        (["--since", "3xd"], "--since takes 2h"),
        (["5-3"], "'5-3' names no jobs"),
        (["12345678901"], "'12345678901' names no jobs"),
        (["--watch=no"], "--watch takes seconds"),
        (["1", "1.0"], "do not go into one table"),
    ],
)
def test_trouble_is_one_sentence(busy, words, said):
    ended = busy.burro("status", *words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_what_waits_says_for_what(queue):
    first = queue.submit("-J", "first", "--hold", "true")
    second = queue.submit("-d", f"afterok:{first}", "-o", "none", "true")
    third = queue.submit("-a", "0-1", "-d", f"afterany:{second},afterok:{first}", "-o", "none", "true")
    pairs = queue.submit("-a", "0-1", "-d", f"aftercorr:{third}", "-o", "none", "true")
    later = queue.submit("--begin", "2999-01-01T08:00", "true")
    bad = queue.submit("--retries", "2", "--retry-delay", "1h", "-o", "none", "false")
    until(lambda: queue.state(bad) == "waiting", within=30)
    reasons = {str(job["id"]): job["reason"] for job in json.loads(queue.well("status", "--json"))["jobs"]}
    assert reasons[second] == f"waits for job {first} (afterok): held"
    assert reasons[third] == f"waits for job {first} (afterok): held, and for 1 more"
    assert reasons[pairs] == f"waits for the task of the same index: job {third} (aftercorr): waiting"
    assert reasons[later] == "not before 2999-01-01 08:00"
    assert reasons[bad].startswith("tried 1 of 3 times, again in ")
    queue.well("cancel", first)
    skipped = json.loads(queue.well("status", second, "--json"))["jobs"][0]
    assert (skipped["state"], skipped["reason"]) == (
        "skipped",
        f"job {first} was cancelled, and afterok:{first} needed it to be done",
    )


def test_a_long_queue_is_shown_by_its_ends_and_whole_on_request(queue):
    with Queue(queue.queue) as book:
        jobs = [{"argv": ["true"], "hold": True, "output": "none", "name": f"n{n % 2}"} for n in range(1200)]
        numbers = [job.id for job in book.submit_many(jobs)]
        assert [job.id for job in book.status().jobs] == numbers
    lines = queue.well("status").splitlines()
    assert len(lines) == 1 + 200 + 2
    assert "1,000 more that have not ended" in lines[-2]
    assert [line.split()[0] for line in (lines[1], lines[200])] == ["1", "1200"]
    assert len(queue.well("status", "--all").splitlines()) == 1 + 1200 + 1
    assert len(json.loads(queue.well("status", "--json"))["jobs"]) == 1200
    assert len(queue.well("status", "--format", "id", "--name", "n1").splitlines()) == 600
    assert "400 more like these" in queue.well("status", "n1")


def test_help_says_how_the_seconds_of_watching_are_given(shared):
    told = shared.well("status", "--help")
    assert "-w, --watch[=SECONDS]" in told
    assert "-w SECONDS" not in told


def test_watching_shows_it_again(shared):
    shared.done("-J", "seen", "-o", "none", "true")
    watcher = shared.start("status", "--watch=0.2", "--name", "seen")
    seen = 0
    for line in watcher.stdout:
        seen += b"seen" in line
        if seen == 3:
            break
    watcher.kill()


def test_watching_on_a_terminal_draws_in_place(shared):
    job = shared.done("-o", "none", "true")
    ours, theirs = pty.openpty()
    watcher = subprocess.Popen(
        [BURRO, "status", "-w", job],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        cwd=shared.work,
        env={**shared.env, "TERM": "xterm"},
    )
    os.close(theirs)
    try:
        drawn = b""
        while b"cpus free" not in drawn:
            drawn += os.read(ours, 1 << 16)
        assert b"\x1b[H" in drawn
        assert b"\x1b[K" in drawn
    finally:
        watcher.kill()
        watcher.wait()
        os.close(ours)
