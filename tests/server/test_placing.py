"""A turn's handing out with the real store and line: who gets what, and what the worker is told of it."""

from __future__ import annotations

import json
import random

import pytest

from burro.base.clock import now
from burro.base.log import Log
from burro.model.spec import parse_submission
from burro.server import pooling, reporting
from burro.server.consequences import follow
from burro.server.placing import hand_out
from burro.server.rooms import places
from burro.server.state import Server
from burro.store import jobs, tasks
from burro.store.db import Database
from burro.store.environments import Environments
from burro.store.jobs import Span

G = 2**30


class Worker:
    """A worker's end that keeps what it hears."""

    def __init__(self, stand, name, **facts):
        self.stand, self.name, self.has = stand, name, []
        self.facts = {"pool": "local", "host": "h", "boot": "b", "pid": 1, "cpus": 4, "mem": 8 * G, "gpus": [], **facts}

    def send(self, message):
        if message["op"] == "work":
            self.has += message["tasks"]

    def close(self):
        pass

    def hello(self, holds=()):
        message = {"op": "hello", "worker": self.name, "seq": 1, "holds": list(holds), "ends": [], **self.facts}
        self.stand.turn(lambda: reporting.hello(self.stand.server, self, message))

    def says(self, outcome, code=None, *, key=None):
        """How one of its tasks ended, the oldest unless said otherwise."""
        row = next(row for row in self.has if key is None or row[:2] == list(key))
        self.has.remove(row)
        end = [*row[:3], outcome, code, 1.0, 2.0, None, None, None, None, None]
        self.stand.turn(lambda: reporting.report(self.stand.server, self, {"seq": 2, "ends": [end]}))

    @property
    def jobs(self):
        return [row[0] for row in self.has]


class Stand:
    """The parts of a server, without sockets."""

    def __init__(self, root):
        self.db = Database(str(root / "burro.db"))
        log = Log(str(root / "server.log"), "server")
        self.server = Server(str(root), self.db, Environments(str(root / "env")), log)

    def turn(self, step=lambda: None):
        """A turn, and those that follow at once."""
        self._turn(step)
        while self.server.again:
            self.server.again = False
            self._turn(lambda: None)

    def _turn(self, step):
        with self.db.write():
            step()
            follow(self.server)
            hand_out(self.server)
            self.server.write_moves()
        outgoing, self.server.outgoing = self.server.outgoing, []
        self.server.afterwards.clear()
        for peer, message in outgoing:
            peer.send(message)

    def set(self, **values):
        self.turn(lambda: pooling.change(self.server, "local", values))

    def submit(self, **options):
        context = {"cwd": "/", "env": {}, "user": "ann"}
        new = parse_submission({"argv": ["true"], "options": options}, context, queue=self.server.queue, now=0.0)
        env = self.server.environments.keep(new.env)
        with self.db.write():
            return jobs.add(self.db, new, env=env, request=None, now=0.0).id

    def again(self, job):
        """What failed is asked for again at once: back-off is not this story."""
        self.turn(lambda: tasks.hold(self.db, self.server.moves, Span(job)))
        self.turn(lambda: tasks.release(self.db, self.server.moves, Span(job), now=9e9))


@pytest.fixture
def stand(tmp_path):
    made = Stand(tmp_path)
    yield made
    made.db.close()


@pytest.fixture
def worker(stand):
    made = Worker(stand, "w")
    made.hello()
    return made


def test_gpus_are_used_up_and_come_back(stand):
    worker = Worker(stand, "w", gpus=["0", "1"])
    worker.hello()
    first, second, third = stand.submit(gpus=1), stand.submit(gpus=2), stand.submit()
    stand.turn()
    assert worker.jobs == [first, third]
    worker.says("exited", 0)
    assert worker.jobs == [third, second]


def test_counters_are_used_up_come_back_and_are_held_over_a_new_connection(stand, worker):
    stand.set(licence=2)
    first, second, third = (stand.submit(need="licence=1") for _ in range(3))
    stand.turn()
    assert worker.jobs == [first, second]
    again = Worker(stand, "w")
    again.has = worker.has
    again.hello(holds=[row[:3] for row in worker.has])
    assert again.jobs == [first, second]
    again.says("exited", 0)
    assert again.jobs == [second, third]


def test_a_limit_on_an_array_is_kept(stand, worker):
    job = stand.submit(array="0-9%2")
    stand.turn()
    assert worker.jobs == [job, job]
    for _ in range(8):
        worker.says("exited", 0)
        assert worker.jobs == [job, job]


@pytest.mark.parametrize(("policy", "order"), [("fifo", [3, 1, 4]), ("mcf", [3, 2])])
def test_first_come_first_served_or_most_cpus_first_within_a_priority(stand, policy, order):
    stand.set(policy=policy)
    for options in ({"cpus": 1}, {"cpus": 3}, {"cpus": 1, "priority": 1}, {"cpus": 1}, {"cpus": 1}):
        stand.submit(**options)
    worker = Worker(stand, "w", cpus=4 if policy == "mcf" else 3)
    worker.hello()
    assert worker.jobs == order


def test_what_twice_took_its_worker_down_runs_alone(stand, worker):
    bad, _ = stand.submit(), stand.submit(array="0-5")
    stand.turn()
    for _ in range(2):
        worker.says("lost", key=(bad, 0))
    assert bad not in worker.jobs
    while bad not in worker.jobs:
        worker.says("exited", 0)
    assert worker.jobs == [bad]
    later = stand.submit()
    stand.turn()
    assert worker.jobs == [bad]
    worker.says("exited", 0)
    assert worker.jobs == [later]


def test_memory_that_a_retry_made_more_is_told_and_not_more_than_there_is(stand, worker):
    job = stand.submit(mem="3G", retries=5, retry_on="memory", retry_mem="x2")
    stand.turn()
    assert worker.has[0][5:] == []
    for asked in (6 * G, 8 * G, 8 * G):
        worker.says("memory")
        stand.again(job)
        assert worker.has[0][5] == {"mem": asked}
        assert stand.server.crew.by_name["w"].left.mem == 8 * G - asked


def test_plain_tasks_of_a_job_go_on_beside_one_that_grew(stand, worker):
    job = stand.submit(array="0-3", cpus=2, mem="3G", retries=5, retry_on="memory", retry_mem="x2")
    stand.turn()
    assert [row[1] for row in worker.has] == [0, 1]
    worker.says("memory", key=(job, 0))
    stand.again(job)
    assert [row[1] for row in worker.has] == [1, 2]
    worker.says("exited", 0)
    worker.says("exited", 0)
    assert sorted((row[1], len(row)) for row in worker.has) == [(3, 5)]
    worker.says("exited", 0)
    assert [(row[1], row[5]["mem"]) for row in worker.has] == [(0, 6 * G)]


def test_a_worker_that_ends_too_soon_gets_no_long_task(stand):
    worker = Worker(stand, "w", until=now() + 600)
    worker.hello()
    long, short = stand.submit(time_min="1h"), stand.submit()
    stand.turn()
    assert worker.jobs == [short]
    (place,) = places(stand.server, jobs.row(stand.db, long))
    assert (place["fits"], place["text"]) == (False, "it needs 1:00:00 and the worker has 9:39 left")


def test_a_long_line_of_what_does_not_fit_hides_nothing_that_does(stand, worker):
    for number in range(700):
        options = random.Random(number).choice([{"cpus": 64}, {"gpus": 1}, {"need": "licence=1"}, {"mem": "99G"}])
        stand.submit(**options)
    last = stand.submit()
    stand.turn()
    assert worker.jobs == [last]


def test_places_say_what_is_short(stand, worker):
    stand.set(licence=1)
    stand.submit(cpus=3, need="licence=1")
    stand.turn()
    job = stand.submit(need="licence=1")
    (place,) = places(stand.server, jobs.row(stand.db, job))
    assert (place["fits"], place["text"]) == (True, "waits for licence: 0 of 1 is free")
    far = stand.submit(gpus=2)
    (place,) = places(stand.server, jobs.row(stand.db, far))
    assert (place["fits"], place["text"]) == (False, "it needs 2 gpus and the pool local has 0")


def test_live_values_outlive_the_server_and_end_with_a_change_of_the_file(stand, tmp_path):
    file = tmp_path / "burro.toml"
    file.write_text("[pools.local]\ncpus = 8\nlicence = 3\n")
    stand.turn(lambda: pooling.look(stand.server))
    stand.set(cpus=2, licence=9)
    again = Server(str(tmp_path), stand.db, stand.server.environments, stand.server.log)
    assert (again.pools.value("local", "cpus"), again.pools.counters("local")) == (2, {"licence": 9})
    file.write_text("[pools.local]\ncpus = 6\nlicence = 3 # as before\n")
    assert again.pools.look()
    assert (again.pools.value("local", "cpus"), again.pools.counters("local")) == (6, {"licence": 9})
    file.write_text("[pools.local]\ncpus = 8\nlicence = 3\n")
    again.pools.look()
    assert again.pools.value("local", "cpus") == 8
    assert json.loads(json.dumps(again.pools.sources("local")))["cpus"] == str(file)
