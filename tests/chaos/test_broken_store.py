"""The checker finds a store that is broken on purpose, and finds nothing where the same happens to the real one."""

from __future__ import annotations

import json
import os
import time

import pytest

from tests.chaos.checker import Ledgers, check
from tests.chaos.fake_worker import FakeWorker
from tests.chaos.ledgers import read_store, read_told, read_written

WITHOUT_TOKEN = {
    "finish_task": """
        update task set state = ?1, worker = null
        where job = ?2 and idx = ?3 and ?4 is not null and ?5 is not null and state = 'running'
        returning job, idx, ?4"""
}
WITHOUT_ANY_GUARD = {
    "finish_task": """
        update task set state = ?1, worker = null
        where job = ?2 and idx = ?3 and ?4 is not null and ?5 is not null
        returning job, idx, ?4"""
}
GIVES_OUT_TWICE = {
    "claim_tasks": """
        update task set state = 'claimed', token = token + 1, worker = :worker
        where job = :job and idx in (
            select idx from task where job = :job and state in ('ready', 'claimed') order by idx limit :count)
        returning idx, token, tries""",
    "next_ready_task": """
        select idx from task where job = :job and state in ('ready', 'claimed') order by idx limit :count""",
    "claim_task": """
        update task set state = 'claimed', token = token + 1, worker = :worker
        where job = :job and idx = :idx
        returning idx, token, tries""",
}
ROOMIER = os.cpu_count() + 1  # cpus of a fake worker: it is asked before the real one


class Stand:
    """A queue with a server whose statements may be broken, and ledgers beside it."""

    def __init__(self, world, root):
        self.world = world
        self.told, self.witnesses, self.sql = root / "told", root / "witnesses", root / "sql"
        for directory in (self.told, self.witnesses, self.sql):
            directory.mkdir()
        world.env |= {"BURRO_TESTING": "1", "BURRO_SQL": str(self.sql)}

    def breaks(self, statements):
        for name, text in statements.items():
            (self.sql / f"{name}.sql").write_text(text)

    def worker(self, name, **room):
        return FakeWorker(self.world.queue, name, self.witnesses, **room)

    def submit(self, *words, tasks):
        intent = {"intent": "k", "tasks": tasks, "code": 0, "at": time.time()}
        job = int(self.world.submit("--key", "k", "-o", "none", *words, "true"))
        (self.told / "0").write_text(f"{json.dumps(intent)}\n{json.dumps({'ack': 'k', 'job': job})}\n")

    def violations(self):
        """What the checker says once the queue is down."""
        self.world.well("down", "--now")
        return check(
            Ledgers(
                told=read_told(self.told),
                written=read_written(self.witnesses),
                store=read_store(self.world.queue / "burro.db"),
                # an attempt is lost in the story of the late report, as after a kill; it is not what is looked for
                slots=1,
                blind=1,
            )
        )


@pytest.fixture
def stand(queue, tmp_path):
    return Stand(queue, tmp_path)


def a_late_report_comes_after_a_new_claim(stand):
    """A worker comes back and knows nothing of its task, gets it anew, and then the old attempt's end arrives."""
    stand.world.well("up")
    worker = stand.worker("fake", cpus=ROOMIER)
    worker.hello()
    stand.submit(tasks=1)
    (old,) = worker.claims()
    worker.starts(old)
    worker.leaves()
    worker.hello()
    (new,) = worker.claims()
    assert (old[2], new[2]) == (1, 2)
    worker.starts(new)
    worker.reports_end(old, 0)
    worker.ends(new, 0)
    worker.leaves()
    return stand.violations()


def two_workers_have_room_for_one_task_each(stand):
    """A job of two tasks, and two workers of which each gets one."""
    stand.world.well("up")
    workers = [stand.worker(name, cpus=ROOMIER, mem=10 * 2**20) for name in ("first", "second")]
    for worker in workers:
        worker.hello()
    stand.submit("-a", "0-1", "-m", "6", tasks=2)
    given = [worker.claims()[0] for worker in workers]
    for worker, claim in zip(workers, given, strict=True):
        worker.starts(claim)
    for worker, claim in zip(workers, given, strict=True):
        worker.ends(claim, 0)
        worker.leaves()
    return stand.violations()


def test_a_late_report_changes_nothing_in_the_real_store(stand):
    assert a_late_report_comes_after_a_new_claim(stand) == []


@pytest.mark.parametrize("broken", [WITHOUT_TOKEN, WITHOUT_ANY_GUARD], ids=["token", "any guard"])
def test_a_store_that_finishes_without_the_guard_is_found(stand, broken):
    stand.breaks(broken)
    rules = {violation.rule for violation in a_late_report_comes_after_a_new_claim(stand)}
    assert {"recorded wrongly", "left open", "unsound store"} <= rules


def test_two_workers_get_two_tasks_of_the_real_store(stand):
    assert two_workers_have_room_for_one_task_each(stand) == []


def test_a_store_that_gives_a_task_out_twice_is_found(stand):
    stand.breaks(GIVES_OUT_TWICE)
    rules = {violation.rule for violation in two_workers_have_room_for_one_task_each(stand)}
    assert {"started twice", "side by side", "never ended"} <= rules
