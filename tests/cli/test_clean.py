"""`burro clean`: final jobs are forgotten, live ones and what they need never; the store shrinks."""

from __future__ import annotations

import json
import os
import sqlite3

import pytest

from tests.crew import is_alive
from tests.waiting import until


def _clean(queue, *words):
    return json.loads(queue.well("clean", "--json", *words))


def _rows(queue, table):
    """How many rows a table of a stopped queue has."""
    link = sqlite3.connect(f"file:{queue.queue}/burro.db?mode=ro", uri=True)
    try:
        return link.execute(f"select count(*) from {table}").fetchone()[0]
    finally:
        link.close()


def test_what_has_ended_is_forgotten_with_all_its_rows_and_what_lives_stays(queue):
    done = queue.done("-o", "none", "-a", "0-9", "true")
    failed = queue.ended("-o", "none", "false")
    queue.well("submit", "-o", "none", "-f", "-", "--wait", stdin=b"true 1\ntrue 2\n")
    held = queue.submit("--hold", "true")
    out = queue.well("clean")
    assert out.startswith("forgot 3 jobs with 13 tasks; the store has ")
    assert queue.burro("show", done).code == 3
    assert queue.burro("show", failed).code == 3
    assert queue.state(held) == "held"
    assert queue.burro("doctor").code == 0
    queue.well("down")
    assert [_rows(queue, table) for table in ("job", "task", "attempt", "line", "leftover")] == [1, 1, 0, 0, 0]
    assert list((queue.queue / "env").iterdir())


def test_a_dry_run_says_what_would_be_forgotten_and_forgets_nothing(shared):
    jobs = [shared.done("-o", "none", "-J", "dry", "true") for _ in range(3)]
    out = shared.well("clean", *jobs, "--dry-run")
    assert out == f"would forget 3 jobs with 3 tasks: {jobs[0]}-{jobs[-1]}\n"
    assert shared.state(jobs[0]) == "done"


def test_ids_states_names_and_ages_choose(shared):
    done, failed = shared.done("-o", "none", "-J", "fit-1", "true"), shared.ended("-o", "none", "-J", "fit-2", "false")
    other = shared.done("-o", "none", "-J", "plot", "true")
    assert not set(_clean(shared, "--older", "1h", "--dry-run")["jobs"]) & {int(done), int(failed), int(other)}
    assert _clean(shared, "--name", "fit-*", "--dry-run")["jobs"] == [int(done), int(failed)]
    assert _clean(shared, "--name", "fit-*", "--state", "F", "--dry-run")["jobs"] == [int(failed)]
    assert _clean(shared, "--state", "done,failed", failed, other)["jobs"] == [int(failed), int(other)]
    assert shared.state(done) == "done"


def test_a_live_job_that_is_named_is_kept_and_said_so(shared):
    held, done = shared.submit("--hold", "true"), shared.done("-o", "none", "true")
    ended = shared.burro("clean", held, done)
    assert ended.code == 1
    assert ended.out.splitlines()[0] == f"{held}: kept, it is held"
    assert "forgot 1 job with 1 task" in ended.out
    assert shared.state(held) == "held"


def test_what_a_live_job_depends_on_is_kept_until_that_has_ended(shared):
    parent = shared.done("-o", "none", "true")
    child = shared.submit("-o", "none", "--hold", "-d", f"afterok:{parent}", "true")
    ended = shared.burro("clean", parent)
    assert (ended.code, ended.out) == (1, f"{parent}: kept, job {child} depends on it\n")
    shared.well("cancel", child)
    assert _clean(shared, parent)["jobs"] == [int(parent)]
    assert shared.state(child) == "cancelled"


def test_who_is_asked_for_again_does_not_wait_for_what_was_forgotten(shared):
    parent = shared.ended("-o", "none", "false")
    child = shared.ended("-o", "none", "-d", f"afterok:{parent}", "true")
    pair = shared.ended("-o", "none", "-d", f"aftercorr:{parent}", "true")
    assert shared.state(child) == "skipped"
    shared.well("clean", parent)
    assert shared.burro("show", child).code == 0
    for job in (child, pair):
        shared.well("retry", job)
        assert shared.burro("wait", job).code == 0


def test_what_somebody_waits_for_is_kept_as_long(queue):
    done, runs = queue.done("-o", "none", "true"), queue.submit("-o", "none", "sleep", "600")
    queue.runs(runs)
    waiter = queue.start("wait", done, runs)
    until(lambda: queue.burro("clean", done, "--dry-run").code == 1, within=20)
    assert "somebody waits for it" in queue.burro("clean", done).out
    queue.well("cancel", runs)
    assert waiter.wait(timeout=20) == 1
    assert _clean(queue)["tasks"] == 2


def test_numbers_are_not_used_again_and_keys_are_forgotten(queue):
    first = queue.done("-o", "none", "--key", "k", "true")
    queue.well("clean")
    assert queue.submit("-o", "none", "--key", "k", "false") == str(int(first) + 1)


def test_kept_output_of_run_goes_with_its_job_and_files_elsewhere_stay(queue):
    queue.well("run", "echo", "kept")
    queue.well("run", "-a", "0-2", "echo", "kept")
    queue.done("-o", "mine.out", "echo", "mine")
    held = queue.submit("--hold", "true")
    assert len(list((queue.queue / "runs").iterdir())) >= 2
    queue.well("clean")
    assert list((queue.queue / "runs").iterdir()) == []
    assert (queue.work / "mine.out").read_text() == "mine\n"
    assert queue.state(held) == "held"


def test_the_store_shrinks_and_others_are_answered_meanwhile(queue):
    queue.submit("-o", "none", "--hold", "-a", "0-199999", "true")
    queue.well("cancel", "last")
    cleaner = queue.start("clean", "--json")
    asked = 0
    while cleaner.poll() is None:
        queue.well("status")
        asked += 1
    answer = json.loads(cleaner.communicate()[0])
    assert (answer["jobs"], answer["tasks"]) == ([1], 200_000)
    assert answer["after"] < answer["before"] / 4
    assert os.path.getsize(queue.queue / "burro.db") < answer["before"] / 4
    assert asked >= 1


def test_a_bound_is_off_by_default_and_cleans_by_itself(queue):
    assert queue.well("clean", "--auto") == "automatic cleaning: off\n"
    old = queue.done("-o", "none", "true")
    assert queue.well("clean", "--auto", "7d") == "automatic cleaning: what ended 7 days ago, off before\n"
    assert "ended 7 days ago" in queue.well("doctor")
    assert queue.state(old) == "done"
    assert json.loads(queue.well("clean", "--auto", "1s", "--json")) == {"auto": 1.0, "before": 604800.0}
    new = queue.done("-o", "none", "true")
    queue.well("down")
    queue.well("up")  # looks soon after its start, and then every hour
    until(lambda: queue.burro("show", new).code == 3, within=20)
    assert queue.well("clean", "--auto", "off") == "automatic cleaning: off, what ended 1 second ago before\n"


def test_a_kill_in_the_middle_loses_nothing_but_final_rows_and_the_next_server_goes_on(queue, tmp_path):
    queue.env |= {
        "BURRO_TESTING": "1",
        "BURRO_FAILPOINT": "clean.in_slice:3=kill9",
        "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent"),
        "BURRO_FAILPOINT_LOG": str(tmp_path / "log"),
    }
    gone = [queue.submit("-o", "none", "--hold", "-a", "0-9999", "true") for _ in range(2)]
    queue.well("cancel", *gone)
    stays = queue.submit("-o", "none", "--hold", "-a", "0-99", "true")
    first = queue.server()
    queue.burro("clean")
    assert "clean.in_slice" in (tmp_path / "log").read_text()
    assert not is_alive(first)
    assert queue.burro("doctor").code == 0
    assert [queue.burro("show", job).code for job in gone] == [3, 3]
    assert len(queue.show(stays)["tasks"]) == 100
    queue.well("clean")  # answered behind what the new server does first
    queue.well("down")
    assert [_rows(queue, table) for table in ("job", "task", "leftover")] == [1, 100, 0]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--state", "running"], 2, "clean forgets only what has ended"),
        (["--state", "nonsense"], 2, "there is no state 'nonsense'"),
        (["--older", "soon"], 2, "'soon' is no duration"),
        (["--auto", "soon"], 2, "'soon' is no duration"),
        (["--auto", "7d", "--state", "done"], 2, "--auto sets or tells the bound"),
        (["99999"], 3, "there is no job 99999"),
    ],
)
def test_bad_input_is_answered_by_one_sentence(shared, words, code, sentence):
    ended = shared.burro("clean", *words)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith(f"burro: {sentence}")
    assert ended.err.count("\n") == 1


def test_a_part_of_a_job_cannot_be_forgotten(shared):
    job = shared.done("-o", "none", "-a", "0-2", "true")
    ended = shared.burro("clean", f"{job}.1")
    assert (ended.code, ended.err) == (2, f"burro: clean forgets whole jobs; write {job} in place of its tasks\n")
    assert shared.state(job) == "done"
