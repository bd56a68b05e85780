"""Allocations of a real Grid Engine, from the request to the end, as the server asks for them."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from burro.pools.client import Client
from burro.pools.following import look
from burro.pools.gridengine import GridEngine
from burro.pools.scheduler import Declined, NoWord, Request, Stage
from tests.crew import kill, words_of
from tests.pools.test_slurm_for_real import WORKER
from tests.rig.gridengine import grid_engine
from tests.waiting import until

__all__ = ["grid_engine"]

LONG = 30  # seconds


class Site:
    """A user of a Grid Engine, who asks it as burro does."""

    def __init__(self, rig, directory):
        self.rig, self.directory = rig, directory
        self.scheduler = GridEngine()
        self.client = Client(self.scheduler, env=rig.env, directory=str(directory))
        self.mark = f"burro-whole-{directory.name}"
        (directory / "worker.py").write_text(WORKER)

    def submit(self, **how):
        command = (sys.executable, str(self.directory / "worker.py"), str(self.directory))
        settings = {"time": 600.0, "env": {"K": "it's", "CUDA_VISIBLE_DEVICES": ""}}
        log = f"{self.directory}/%j.out"
        request = Request(mark=self.mark, command=command, log=log, **{**settings, **how})
        return self.ask(self.scheduler.submit(request))

    def ask(self, question):
        return asyncio.run(self.client.ask(question))

    def see(self, job=None):
        self.client.wake()
        return asyncio.run(look(self.client, {self.mark: job}, since=time.time() - 60)).get(self.mark)

    def becomes(self, stage, job=None):
        return until(lambda: (sight := self.see(job)) and sight.stage is stage and sight, within=LONG)

    def noted(self, word):
        until((self.directory / f"{self.rig.host}.{word}").exists, within=LONG)

    def leave(self, code=""):
        (self.directory / "leave").write_text(code)


@pytest.fixture
def site(grid_engine, tmp_path):
    made = Site(grid_engine, tmp_path)
    yield made
    made.leave()
    grid_engine.run("qdel", made.mark)


def test_an_allocation_from_the_request_to_its_end(site):
    job = site.submit(options=("-pe smp 4",))
    site.noted("here")
    runs = site.becomes(Stage.RUNNING)

    assert (runs.id, runs.nodes, runs.cpus, runs.place) == (job, (site.rig.host,), 4, "all.q")
    given = (site.directory / f"{site.rig.host}.given").read_text().split(" ")
    assert given[0] == job
    assert float(given[1]) == pytest.approx(time.time() + 600, abs=30)
    assert runs.ends_at == pytest.approx(float(given[1]), abs=5)
    site.leave("99")  # which would be "start it again"
    ended = site.becomes(Stage.ENDED, job)
    assert (ended.mark, ended.exit, ended.dead, ended.blames_node) == (site.mark, (1, 0), True, False)
    assert "here" in (site.directory / f"{job}.out").read_text()


def test_who_is_cancelled_is_told_so_before_it_is_killed(site):
    job = site.submit()
    site.noted("here")
    site.ask(site.scheduler.cancel([job, "999"]))
    assert site.becomes(Stage.ENDING).id == job
    site.noted("told")
    site.leave()
    assert site.becomes(Stage.ENDED, job).dead


def test_a_warning_comes_before_the_end_of_the_walltime(site):
    site.submit(time=60.0, warn=58.0)
    site.noted("here")
    site.noted("warned")
    assert site.see().stage is Stage.RUNNING


def test_what_the_walltime_ends_has_ended_for_certain(site):
    job = site.submit(time=4.0, warn=0.0)
    site.noted("here")
    ended = site.becomes(Stage.ENDED, job)
    assert (ended.dead, "walltime" in ended.reason) == (True, True)


def test_what_waits_waits_and_what_is_held_says_so(site):
    site.submit(exclude=(site.rig.host, "other"))
    assert site.becomes(Stage.WAITING).nodes == ()
    site.rig.well("qhold", site.mark)
    assert until(lambda: site.see().reason, within=LONG).startswith("it is held")


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("-q nope", "Grid Engine has no queue 'nope'; see: qconf -sql"),
        ("-pe nope 2", "it has no '-pe nope'"),
        ("-l nope=1", "Grid Engine has no resource 'nope'"),
        ("-nope", "qsub has no option '-nope'"),
        ("-w e -pe smp 99", "no queue has what is asked for"),
    ],
)
def test_a_refusal_is_one_sentence(site, option, sentence):
    with pytest.raises(Declined) as no:
        site.submit(options=(option,))
    assert (str(no.value).startswith(sentence), no.value.passing) == (True, False)


def test_a_node_that_is_not_wanted_is_not_taken_and_another_is(site):
    site.submit(exclude=("other", "another"))
    site.noted("here")


def test_its_queues_are_told_with_their_slots(site):
    [one] = site.ask(site.scheduler.partitions())
    assert (one.name, one.is_up, one.nodes, one.cpus) == ("all.q", True, 1, 8)


def test_a_job_whose_processes_died_has_ended_for_certain(site):
    job = site.submit()
    site.noted("here")
    for pid in site.rig.node.processes():
        if any(str(site.directory) in word for word in words_of(pid)):
            kill(pid)
    ended = site.becomes(Stage.ENDED, job)
    assert (ended.dead, ended.exit) == (True, (137, 0))


def test_a_master_that_is_away_proves_nothing_and_jobs_go_on(site):
    job = site.submit()
    site.becomes(Stage.RUNNING)
    site.rig.master.kill()

    with pytest.raises(NoWord, match="the master of Grid Engine cannot be reached") as silence:
        site.submit()
    assert not silence.value.sent
    site.rig.start_master()
    assert site.becomes(Stage.RUNNING).id == job
