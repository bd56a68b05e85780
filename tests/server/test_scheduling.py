"""The guard with the real store and no sockets: what is reserved, refused, taken over and freed."""

from __future__ import annotations

import pytest

from burro.base.clock import now
from burro.base.errors import NotFound, UsageError
from burro.model.spec import parse_submission
from burro.server import acting, records, scheduling
from burro.store import jobs
from tests.server.test_placing import Stand, Worker


class Desk(Stand):
    """A stand where jobs are scheduled."""

    def schedule(self, *writes, reads=(), **options):
        """The number of a new job, and its hints."""
        said = {"cwd": "/ds", "umask": 18, "env": {}, "limits": {}, "user": "ann"}
        raw = {"argv": ["true"], "options": options}
        raw["provenance"] = {"dataset": "/ds", "writes": list(writes), "reads": list(reads), "asked": {"cmd": "true"}}
        found = []

        def step():
            with self.db.part():
                new = parse_submission(raw, said, queue="/q", now=now())
                new, footprint = scheduling.with_footprint(new, raw)
                added = jobs.add(self.db, new, env="e", request=None, now=now())
                found.extend([added.id, scheduling.reserve(self.server, added, new, footprint).hints])

        self.turn(step)
        return found

    def asks(self, step, **message):
        answer = []
        self.turn(lambda: answer.append(step(self.server, None, message)))
        return answer[0]


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    made.schedule("a/b/c")
    yield made
    made.db.close()


@pytest.mark.parametrize("path", ["a/b/c", "a/b", "a", ".", "a/b/c/d", "a/*/c", "a/b/?", "**/c"])
def test_what_meets_an_open_output_is_refused_by_job_and_path(desk, path):
    with pytest.raises(UsageError, match=r"is to be written by job 1( \(as a/b/c\))?, which is ready"):
        desk.schedule(path)


@pytest.mark.parametrize("path", ["a/b/cc", "a/b/c-d", "a/bb", "a/b/d*", "b"])
def test_a_neighbour_is_not(desk, path):
    assert desk.schedule(path) == [2, []]


def test_what_lies_below_a_pattern_is_refused_too(desk):
    desk.schedule("res/*.csv")
    for path in ("res/1.csv", "res", "res/a*"):
        with pytest.raises(UsageError, match="job 2"):
            desk.schedule(path)
    assert desk.schedule("res/1.txt")[0] == 3


def test_the_log_of_a_job_is_reserved_as_well(desk):
    with pytest.raises(UsageError, match=r"burro-1\.out"):
        desk.schedule("burro-1.out")
    with pytest.raises(UsageError, match="job 1"):
        desk.schedule("x", output="a/b/c/log")


def test_tasks_with_outputs_of_their_own_are_reserved_and_freed_one_by_one(desk):
    desk.schedule("res/{i}", array="0-2")
    with pytest.raises(UsageError, match=r"res/1 is to be written by job 2\.1"):
        desk.schedule("res/1")
    assert desk.asks(records.close, records=[{"job": 2, "task": 1, "finished": True, "made": "abc"}]) == {"changed": 1}
    assert desk.asks(records.close, records=[{"job": 2, "task": 1, "finished": True, "made": "abc"}]) == {"changed": 0}
    desk.schedule("res/1")
    with pytest.raises(UsageError, match=r"job 2\.2"):
        desk.schedule("res/2")


def test_an_index_in_an_output_wants_an_array(desk):
    with pytest.raises(UsageError, match="--array"):
        desk.schedule("res/{i}")


def test_what_another_job_is_to_write_gets_a_hint_and_its_dependency_none(desk):
    assert "afterok:1" in desk.schedule("x", reads=["a/b/c/d"])[1][0]
    assert desk.schedule("y", reads=["a/b/c"], dependency="1")[1] == []


def test_what_is_done_is_refused_until_it_is_recorded_and_what_failed_is_taken_over(desk):
    worker = Worker(desk, "w")
    worker.hello()
    worker.says("exited", 0)
    with pytest.raises(UsageError, match="run: burro finish 1"):
        desk.schedule("a")
    desk.schedule("b")
    worker.says("exited", 3)
    assert desk.schedule("b")[0] == 3
    states = {one["id"]: one["record"] for one in desk.asks(records.show, ids=["1-3"])["records"]}
    assert states == {"1": "open", "2": "dropped", "3": "open"}
    with pytest.raises(UsageError, match="burro reschedule 2"):
        desk.asks(acting.retry, ids=["2"])


def test_only_what_was_scheduled_has_a_record(desk):
    desk.submit()
    with pytest.raises(NotFound, match="submitted, not scheduled"):
        desk.asks(records.show, ids=["2"])


def test_the_guard_costs_the_same_however_much_is_open(desk):
    before = _steps_of(desk, "new/0")
    with desk.db.write():
        for number in range(20_000):
            rows = [("/ds", f"old/{number}/{name}", "", 1, -1, f"old/{number}", name) for name in "0123"]
            desk.db.run_many("add_reservation", rows)
    assert _steps_of(desk, "new/1") <= before + 1


def _steps_of(desk, directory):
    """How many times a thousand steps of SQLite's machine it takes to schedule a job."""
    steps = []
    desk.db._link.set_progress_handler(lambda: bool(steps.append(1)), 1000)
    desk.schedule(*(f"{directory}/{place}" for place in range(4)))
    desk.db._link.set_progress_handler(None)
    return len(steps)


def test_logs_of_many_tasks_are_told_as_patterns(desk):
    job, _ = desk.schedule("d", array="0-100", name="fit[1]", output="logs/%x-%A/%a.out")
    desk.asks(acting.cancel, ids=[str(job)])
    (found,) = desk.asks(records.show, ids=[str(job)])["records"]
    assert found["logs"] == ["/ds/logs/fit[[]1]-2/*.out", "/ds/logs/fit[[]1]-2/*.out.[0-9]*"]
    desk.schedule("few", array="0-99")
    desk.asks(acting.cancel, ids=["3"])
    assert desk.asks(records.show, ids=["3"])["records"][0]["logs"] is None
