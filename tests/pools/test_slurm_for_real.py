"""Allocations of a real Slurm, from the request to the end, as the server asks for them."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from burro.pools.client import Client, Here
from burro.pools.following import look
from burro.pools.scheduler import Declined, NoWord, Request, Stage
from burro.pools.slurm import Slurm
from tests.rig.slurm import running
from tests.rig.slurm_settings import Cluster
from tests.waiting import until

LONG = 30  # seconds

# Stands for keeper and worker: tells what it was given, hears signals, and leaves when it is told so by a file.
WORKER = """
import os, signal, sys, time, threading
here, name = sys.argv[1], os.environ["BURRO_NODE"]
def note(word): print(word, name, flush=True); open(f"{here}/{name}.{word}", "w").close()
for sign, word in ((signal.SIGUSR1, "warned"), (signal.SIGTERM, "told")):
    signal.signal(sign, lambda _s, _f, word=word: note(word))
given = " ".join(os.environ[n] for n in ("BURRO_ALLOCATION", "BURRO_WALLTIME_END", "CUDA_VISIBLE_DEVICES", "K"))
open(f"{here}/{name}.given", "w").write(given)
note("here")
while not os.path.exists(f"{here}/leave") and not os.path.exists(f"{here}/{name}.leave"): time.sleep(0.05)
sys.exit(int(open(f"{here}/leave").read() or 0) if os.path.exists(f"{here}/leave") else 0)
"""


class Site:
    """A user of a Slurm, who asks it as burro does."""

    def __init__(self, rig, directory):
        self.rig, self.directory = rig, directory
        self.scheduler = Slurm()
        self.client = Client(self.scheduler, env=rig.env, directory=str(directory))
        (directory / "worker.py").write_text(WORKER)

    def request(self, mark="burro-whole-1f", **how):
        command = (sys.executable, str(self.directory / "worker.py"), str(self.directory))
        settings = {"time": 600.0, "env": {"K": "it's"}, "log": f"{self.directory}/%j.out"}
        return Request(mark=mark, command=command, **{**settings, **how})

    def ask(self, question):
        return asyncio.run(self.client.ask(question))

    def submit(self, **how):
        return self.ask(self.scheduler.submit(self.request(**how)))

    def see(self, mark="burro-whole-1f", job=None):
        self.client.wake()
        return asyncio.run(look(self.client, {mark: job}, since=time.time() - 60)).get(mark)

    def becomes(self, stage, mark="burro-whole-1f", job=None):
        return until(lambda: (sight := self.see(mark, job)) and sight.stage is stage and sight, within=LONG)

    def notes(self, word):
        return sorted(path.name.partition(".")[0] for path in self.directory.glob(f"*.{word}"))

    def noted(self, word, *nodes):
        until(lambda: self.notes(word) == sorted(nodes), within=LONG)


def hanging_at(command, slurm):
    """A way on which the controller begins to hang just before this command is run."""

    class Way(Here):
        def words(self, argv):
            if command in argv:
                slurm.hang_controller()
            return list(argv)

    return Way()


@pytest.fixture
def site(slurm, tmp_path):
    return Site(slurm, tmp_path)


def test_an_allocation_has_a_whole_node_and_knows_when_it_ends(site):
    job = site.submit()
    sight = site.becomes(Stage.RUNNING)

    assert (sight.id, sight.nodes, sight.cpus, sight.mark) == (job, ("node1",), 8, "burro-whole-1f")
    assert sight.ends_at == sight.starts_at + 600
    site.noted("here", "node1")
    assert (site.directory / "node1.given").read_text().split(" ") == [job, f"{sight.ends_at:.0f}", "0,1,2,3", "it's"]

    (site.directory / "leave").write_text("7")
    sight = site.becomes(Stage.ENDED)
    assert (sight.word, sight.dead) == ("FAILED", True)
    site.rig.becomes(int(job), "FAILED")
    assert site.rig.field(int(job), "ExitCode") == "7:0"
    assert (site.directory / f"{job}.out").read_text() == "here node1\n"


def test_each_node_has_a_worker_and_goes_back_when_that_leaves(site):
    job = site.submit(nodes=3)
    site.noted("here", "node1", "node2", "node3")

    (site.directory / "node2.leave").touch()
    until(lambda: len(site.rig.well("squeue", "--steps", "--noheader", "--jobs", job).splitlines()) == 3, within=LONG)
    site.ask(site.scheduler.keep_nodes(job, ["node1", "node3"]))

    until(lambda: site.see().nodes == ("node1", "node3"), within=LONG)
    until(lambda: site.rig.nodes()["node2"] == "idle", within=LONG)
    site.rig.well("scancel", "--batch", "--signal=USR1", job)
    site.noted("warned", "node1", "node3")
    assert site.see().stage is Stage.RUNNING
    (site.directory / "leave").write_text("0")
    assert site.becomes(Stage.ENDED).word == "COMPLETED"


@pytest.mark.parametrize("nodes", [1, 2])
def test_workers_are_warned_and_nothing_ends_by_that(site, nodes):
    job = site.submit(nodes=nodes)
    site.noted("here", *["node1", "node2"][:nodes])

    site.rig.well("scancel", "--batch", "--signal=USR1", job)

    site.noted("warned", *["node1", "node2"][:nodes])
    assert site.see().stage is Stage.RUNNING


def test_a_cancelled_allocation_tells_its_workers_and_waits_for_them(site):
    job = site.submit(nodes=2)
    site.noted("here", "node1", "node2")

    site.ask(site.scheduler.cancel([job]))

    site.noted("told", "node1", "node2")
    assert site.see().stage is Stage.ENDING
    (site.directory / "leave").write_text("0")
    assert (site.becomes(Stage.ENDED).word, site.see().dead) == ("CANCELLED", True)


def test_one_node_of_two_is_lost_and_the_other_worker_goes_on(site):
    site.submit(nodes=2)
    site.noted("here", "node1", "node2")

    site.rig.kill_node("node2")
    site.rig.give_up("node2")

    until(lambda: site.see().nodes == ("node1",), within=LONG)
    assert site.see().stage is Stage.RUNNING
    (site.directory / "node1.leave").touch()
    site.becomes(Stage.ENDED)


def test_a_lost_node_is_blamed_and_no_proof(site):
    site.submit()
    site.noted("here", "node1")

    site.rig.kill_node("node1")
    site.rig.give_up("node1")

    sight = site.becomes(Stage.ENDED)
    assert (sight.word, sight.dead, sight.blames_node) == ("NODE_FAIL", False, True)


def test_a_partition_that_is_not_there_is_one_sentence(site):
    with pytest.raises(Declined, match="Slurm has no partition 'nope'; see: sinfo -s") as said:
        site.submit(options=("--partition=nope",))
    assert not said.value.passing
    assert site.see() is None


def test_odd_options_arrive_as_they_are(site):
    job = site.submit(options=('--comment=a "b" # \\ c', "--begin=now+1hour"))
    assert site.rig.well("squeue", "--noheader", "--jobs", job, "--format=%k") == 'a "b" # \\ c'
    assert site.see().reason == "it may not start yet"
    assert site.see().stage is Stage.WAITING


def test_a_controller_that_is_down_is_noticed_at_once_and_nothing_is_concluded(site):
    job = site.submit()
    site.becomes(Stage.RUNNING)
    site.rig.stop_controller()
    began = time.monotonic()

    with pytest.raises(NoWord, match=r"the controller of Slurm at .* is down") as silence:
        site.submit(mark="burro-whole-2")

    assert time.monotonic() - began < 2
    assert not silence.value.sent
    site.rig.start_controller()
    assert site.becomes(Stage.RUNNING).id == job
    assert site.see("burro-whole-2") is None


def test_a_request_that_a_hanging_controller_took_is_found_by_its_mark(tmp_path):
    with running(Cluster(nodes=1, message_timeout=3)) as slurm:
        site = Site(slurm, tmp_path)
        site.client = Client(site.scheduler, env=slurm.env, directory=str(tmp_path), way=hanging_at("sbatch", slurm))

        with pytest.raises(NoWord, match="the controller of Slurm does not answer in time") as silence:
            site.submit()
        assert silence.value.sent
        assert site.client.rest > 0
        slurm.resume_controller()

        assert until(site.see, within=LONG).stage in (Stage.WAITING, Stage.RUNNING)


def test_ended_allocations_that_slurm_has_forgotten_have_no_word(tmp_path):
    with running(Cluster(nodes=1, min_job_age=2)) as slurm:
        site = Site(slurm, tmp_path)
        job = site.submit()
        (tmp_path / "leave").write_text("0")
        site.becomes(Stage.ENDED)

        until(lambda: site.see(job=job) is None, within=LONG)


def test_a_limit_is_a_refusal_that_passes_and_the_accounting_remembers(tmp_path):
    with running(Cluster(nodes=1, accounting=True, min_job_age=2)) as slurm:
        site = Site(slurm, tmp_path)
        slurm.limit("GrpSubmitJobs", 1)
        job = site.submit()
        with pytest.raises(Declined, match="the limit of the QOS on jobs in the queue is reached") as said:
            site.submit(mark="burro-whole-2")
        assert said.value.passing

        (tmp_path / "leave").write_text("7")
        until(lambda: "Invalid job id" in slurm.run("scontrol", "show", "job", job).stderr, within=60)

        by_id, by_mark = site.becomes(Stage.ENDED, job=job), site.becomes(Stage.ENDED)
        assert (by_id.exit, by_id.dead, by_id.id) == ((7, 0), True, job)
        assert by_mark == by_id


def test_what_there_is_to_be_had(site):
    found = {one.name: one for one in site.ask(site.scheduler.partitions())}
    assert [(found[name].whole, found[name].longest) for name in ("whole", "shared", "short")] == [
        (True, None),
        (False, None),
        (True, 120.0),
    ]
    assert (found["whole"].cpus, found["whole"].gpus, found["whole"].nodes) == (8, 4, 4)
