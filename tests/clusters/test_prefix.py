"""Pools that grow by running a command of the user's before that which starts a worker."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.crew import kill
from tests.rig.slurm_fixtures import LONG
from tests.waiting import until

WAITS = "echo $BURRO_ATTEMPT >> ran; while [ ! -e go ]; do sleep 0.05; done"


class Place:
    """A queue with a pool `more`."""

    def __init__(self, world):
        self.world = world
        world.queue.mkdir(mode=0o700)
        world.env |= {"BURRO_SCHEDULER_EVERY": "0.5", "BURRO_LINK_TIMEOUT": "3"}

    def pool(self, prefix, **values):
        lines = [
            f"{name} = {json.dumps(value)}" for name, value in {"command_prefix": prefix, "cpus": 2, **values}.items()
        ]
        (self.world.queue / "burro.toml").write_text("\n".join(["[pools.more]", *lines, ""]))
        self.world.well("up", "-c", "0")

    def submit(self, *words):
        return self.world.submit("-o", "none", "-p", "more", *words)

    def ran(self):
        path = self.world.work / "ran"
        return path.read_text().split() if path.exists() else []

    def rows(self, *states):
        rows = json.loads(self.world.well("allocations", "--json"))["allocations"]
        return [row for row in rows if not states or row["state"] in states]

    def error(self):
        rows = json.loads(self.world.well("pools", "--json"))["pools"]
        return (next(row for row in rows if row["pool"] == "more")["error"] or {}).get("text", "")

    def wait(self, job):
        assert self.world.burro("wait", "--timeout", "50", job).code == 0, (self.rows(), self.error())


@pytest.fixture
def place(queue):
    made = Place(queue)
    yield made
    queue.burro("pool", "set", "more", "--workers", "0")
    queue.burro("down", "--now")


def test_nohup_starts_workers_here_which_leave_when_there_is_nothing_more_to_do(place):
    place.pool("nohup", workers=2, idle=1)

    job = place.submit("-a", "0-15", "--shell", "echo $BURRO_TASK_ID >> ran; sleep 0.2")

    place.wait(job)
    assert sorted(map(int, place.ran())) == list(range(16))
    until(lambda: len(place.rows("ended")) == 2, within=LONG)
    assert len(place.rows()) == 2


def test_srun_brings_workers_to_nodes_and_its_quotes_are_heard(slurm, place):
    slurm.serve(place.world)
    place.pool(
        "srun -N1 --exclusive --comment='it is mine'",
        workers=2,
        time="10m",
        idle=1,
        before="export A=b",
        after="echo >> over",
    )

    job = place.submit("-a", "0-15", "--shell", 'echo "$BURRO_TASK_ID" >> ran; echo $A >> seen; sleep 0.5')

    place.wait(job)
    hosts = {task["attempts"][0]["host"] for task in place.world.show(job)["tasks"]}
    assert len(hosts) == 2
    assert all(host.startswith("node") for host in hosts)
    assert all(row["ends"] for row in place.rows("running"))
    assert "it is mine" in slurm.well("squeue", "--noheader", "--states=all", "--Format=comment")
    assert set((place.world.work / "seen").read_text().split()) == {"b"}
    until(lambda: set(slurm.nodes().values()) == {"idle"}, within=LONG)
    until(lambda: list(place.world.queue.rglob("over")), within=LONG)


def test_what_runs_is_found_again_by_the_next_server_and_counts(place):
    place.pool("nohup", workers=1)
    job = place.submit("sh", "-c", WAITS)
    until(place.ran, within=LONG)
    [before] = until(lambda: place.rows("running"), within=LONG)

    os.kill(place.world.server(), signal.SIGKILL)
    place.world.well("up")
    more = place.submit("-a", "0-3", "sh", "-c", "sleep 0.5")
    (place.world.work / "go").touch()
    place.wait(job)
    place.wait(more)

    assert [row["mark"] for row in place.rows()] == [before["mark"]]
    assert place.ran() == ["1"]


def test_a_server_that_dies_after_it_started_one_finds_it_by_its_record(place, tmp_path):
    log = tmp_path / "log"
    place.world.env |= {
        "BURRO_TESTING": "1",
        "BURRO_FAILPOINT": "allocation.after_asked=kill9",
        "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent"),
        "BURRO_FAILPOINT_LOG": str(log),
    }
    place.pool("nohup")
    place.wait(place.submit("true"))
    assert log.read_text().count("allocation.after_asked") == 1
    assert len(place.rows()) == 1


def test_one_that_is_killed_gives_its_task_back_and_another_is_started(place):
    place.pool("nohup", lease="1m")
    job = place.submit("sh", "-c", WAITS)
    until(place.ran, within=LONG)
    [row] = until(lambda: place.rows("running"), within=LONG)
    [record] = (place.world.queue / "nodes").glob("*.started")

    os.killpg(int(record.read_text().split("\n")[2].split()[0]), signal.SIGTERM)

    until(lambda: len(place.ran()) == 2, within=LONG)
    (place.world.work / "go").touch()
    place.wait(job)
    assert {row["mark"]} < {one["mark"] for one in place.rows()}


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ("no-such-command -N1", "there is no command 'no-such-command'"),
        ("sh -c 'echo no node for you >&2; exit 3'", "ended with code 3 and said: no node for you"),
    ],
)
def test_a_command_that_does_not_work_is_told_with_its_reason(place, prefix, said):
    place.pool(prefix)
    job = place.submit("true")

    until(lambda: said in place.error(), within=LONG)

    assert said in place.world.show(job)["reason"]
    place.pool("nohup")
    place.wait(job)


def test_one_without_a_worker_is_told_to_end_when_nobody_needs_it(place):
    place.pool("sh -c 'exec sleep 1000'")
    job = place.submit("true")
    until(
        lambda: [row for row in place.rows("waiting") if "no worker has come yet" in (row["reason"] or "")], within=LONG
    )
    [record] = (place.world.queue / "nodes").glob("*.started")
    pid = int(record.read_text().split("\n")[2].split()[0])

    place.world.well("cancel", job)

    until(lambda: place.rows("ended"), within=LONG)
    assert not os.path.exists(f"/proc/{pid}") or kill(pid)


def test_a_prefix_whose_quotes_do_not_end_is_refused(queue):
    ended = queue.burro("pool", "add", "more", "--command-prefix", "srun --comment='x")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    queue.well("pool", "add", "more", "--command-prefix", "srun -N1", "--workers", "0", "--before", "module load x")
    shown = queue.well("pool", "dry-run", "more")
    assert "srun -N1 /bin/bash -l -c" in shown
    assert "module load x" in shown
    assert "srun -N1" in queue.well("pools", "--json")
