"""A task is handed in once and its end is heard, whatever happens to who asks and to who is asked."""

from __future__ import annotations

import json
import os
import signal

import pytest

from burro.store import settings
from burro.store.db import Database
from tests.direct.conftest import Desk
from tests.rig.hanging import hangs_at_first_sbatch
from tests.rig.slurm import running
from tests.rig.slurm_fixtures import LONG
from tests.rig.slurm_settings import Cluster
from tests.waiting import until

LEASE = 6  # seconds; people may set a minute at least
STAYS = "echo $BURRO_ATTEMPT >> begun; while [ ! -e go ]; do sleep 0.1; done; echo $BURRO_ATTEMPT >> ended"


def begun(desk, count=1):
    until(lambda: len(desk.ran("begun")) == count, within=LONG)


def kill_server(desk):
    os.kill(json.loads((desk.world.queue / "server.json").read_text())["pid"], signal.SIGKILL)


@pytest.mark.parametrize("place", ["direct.before_submit", "direct.after_submit"])
def test_a_server_that_dies_beside_its_question_hands_a_task_in_once(desk, tmp_path, place):
    log = tmp_path / "log"
    desk.world.env |= {
        "BURRO_TESTING": "1",
        "BURRO_FAILPOINT": f"{place}=kill9",
        "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent"),
        "BURRO_FAILPOINT_LOG": str(log),
    }
    desk.pool()
    job = desk.submit("--shell", "echo once >> ran")
    assert desk.wait(job) == {"done": 1}
    assert log.read_text().count(place) == 1
    assert (len(desk.ever()), desk.ran()) == (1, ["once"])


def test_what_a_hanging_controller_took_is_found_and_not_handed_in_again(queue, tmp_path):
    with running(Cluster(nodes=2, message_timeout=3)) as slurm:
        desk = Desk(slurm, queue)
        hangs_at_first_sbatch(slurm, queue, tmp_path)
        desk.pool()

        job = desk.submit("--shell", "echo once >> ran")
        until(lambda: "does not answer in time" in ((desk.pools()["error"] or {}).get("text", "")), within=LONG)
        slurm.resume_controller()

        assert desk.wait(job) == {"done": 1}
        assert (len(desk.ever()), desk.ran()) == (1, ["once"])


def test_an_end_is_heard_while_the_controller_is_down(desk):
    desk.pool()
    job = desk.submit("--shell", STAYS + "; exit 3")
    begun(desk)
    desk.slurm.kill_controller()

    (desk.world.work / "go").touch()

    assert desk.wait(job) == {"failed": 1}
    assert desk.attempt(job)["exit_code"] == 3


def test_what_ends_while_nobody_looks_and_is_forgotten_by_slurm_is_known_all_the_same(queue):
    with running(Cluster(nodes=1, min_job_age=2)) as slurm:
        desk = Desk(slurm, queue)
        desk.pool()
        job = desk.submit("--shell", STAYS + "; exit 3")
        begun(desk)
        kill_server(desk)
        (queue.work / "go").touch()
        until(lambda: not desk.ever(), within=LONG)

        assert desk.wait(job) == {"failed": 1}
        assert (desk.attempt(job)["exit_code"], desk.ran("ended")) == (3, ["1"])


def test_a_task_on_a_lost_node_runs_again_when_it_has_shown_no_life_for_its_lease(desk):
    database = Database(str(desk.world.queue / "burro.db"))
    with database.write():
        settings.put(database, "pool.each", json.dumps({"lease": [LEASE, None]}))
    database.close()
    desk.pool()
    job = desk.submit("--shell", STAYS)
    begun(desk)
    desk.becomes(job, "running")
    node = desk.attempt(job)["host"]

    desk.slurm.kill_node(node)
    desk.slurm.give_up(node)

    begun(desk, 2)
    (desk.world.work / "go").touch()
    assert desk.wait(job) == {"done": 1}
    assert desk.attempt(job, number=0)["outcome"] == "lost"
    assert desk.ran("ended") == ["2"]


def test_a_task_that_slurm_puts_back_is_another_attempt(desk, tmp_path):
    """Asked to be put back by hand in spite of what burro said: each attempt still runs once."""
    (tmp_path / "bin").mkdir()
    path = tmp_path / "bin" / "sbatch"
    path.write_text('#!/bin/sh\nexec /usr/bin/sbatch "$@" --requeue\n')
    path.chmod(0o755)
    desk.world.env["PATH"] = f"{path.parent}:{desk.world.env['PATH']}"
    desk.pool()
    job = desk.submit("--shell", STAYS)
    begun(desk)
    desk.becomes(job, "running")

    desk.slurm.well("scontrol", "requeue", desk.attempt(job)["scheduler_id"])

    begun(desk, 2)
    (desk.world.work / "go").touch()
    assert desk.wait(job) == {"done": 1}
    assert desk.attempt(job, number=0)["outcome"] == "walltime"
    assert (desk.ran("begun"), desk.ran("ended")) == (["1", "2"], ["2"])


PREEMPTING = """\
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
PartitionName=low Nodes=node1 PriorityTier=1 OverSubscribe=NO State=UP
PartitionName=high Nodes=node1 PriorityTier=9 OverSubscribe=NO State=UP
"""


def test_what_was_preempted_is_handed_in_again_and_what_is_suspended_says_so(queue):
    with running(Cluster(nodes=1, extra=PREEMPTING)) as slurm:
        desk = Desk(slurm, queue)
        desk.pool(options=["--partition=low", "--mem=100"])
        job = desk.submit("--shell", STAYS)
        begun(desk)
        desk.becomes(job, "running")
        slurm.well("scontrol", "suspend", desk.attempt(job)["scheduler_id"])
        until(lambda: "suspended" in desk.reason(job), within=LONG)
        slurm.well("scontrol", "resume", desk.attempt(job)["scheduler_id"])
        until(lambda: not desk.reason(job), within=LONG)

        other = slurm.submit("#!/bin/sh\nsleep 1\n", "--partition=high", "--exclusive")

        begun(desk, 2)
        slurm.becomes(other, "COMPLETED")
        (queue.work / "go").touch()
        assert desk.wait(job) == {"done": 1}
        assert desk.attempt(job, number=0)["outcome"] == "walltime"
        assert "make room" in desk.attempt(job, number=0)["reason"]


@pytest.mark.parametrize(
    ("end", "begin"),
    [(("down", "--now"), ("up", "-c", "0")), (("pool", "stop", "each", "--now"), ("pool", "start", "each"))],
)
def test_what_ran_when_the_queue_or_the_pool_was_stopped_runs_again_with_the_next(desk, end, begin):
    desk.pool()
    job = desk.submit("--shell", STAYS)
    begun(desk)
    desk.becomes(job, "running")

    desk.world.well(*end)
    until(lambda: not desk.queue(), within=LONG)
    desk.world.well(*begin)

    begun(desk, 2)
    (desk.world.work / "go").touch()
    assert desk.wait(job) == {"done": 1}
    assert desk.attempt(job, number=0)["outcome"] == "released"


def test_limits_are_burros_own_and_signals_reach_the_task(desk):
    desk.pool()
    line = "trap 'echo usr1 >> warned' USR1; while :; do sleep 0.1; done"
    late = desk.submit("-t", "3s", "--warn", "1s:USR1", "--shell", line)
    fat = desk.submit("-m", "60M", "python3", "-c", "import time; x = b'1' * 2**28; time.sleep(60)")
    told = desk.submit("--shell", "trap 'echo usr1 >> told; exit 0' USR1; echo x >> begun; while :; do sleep 0.1; done")
    begun(desk)
    desk.becomes(told, "running")
    desk.world.well("signal", told, "USR1")
    assert desk.wait(told) == {"done": 1}
    assert desk.ran("told") == ["usr1"]
    assert (desk.wait(late), desk.attempt(late)["outcome"]) == ({"failed": 1}, "timeout")
    assert desk.ran("warned") == ["usr1"]
    assert (desk.wait(fat), desk.attempt(fat)["outcome"]) == ({"failed": 1}, "memory")


def test_a_limit_of_the_account_lets_all_wait_with_one_sentence_until_it_is_lifted(queue):
    with running(Cluster(nodes=1, accounting=True)) as slurm:
        desk = Desk(slurm, queue)
        slurm.limit("GrpSubmitJobs", 1)
        desk.pool()
        first, second = desk.submit("--shell", STAYS), desk.submit("true")
        begun(desk)
        until(lambda: "jobs in the queue" in (desk.pools()["error"] or {}).get("text", ""), within=LONG)
        assert "jobs in the queue" in desk.world.show(second)["reason"]
        (queue.work / "go").touch()
        assert (desk.wait(first), desk.wait(second)) == ({"done": 1}, {"done": 1})
        assert desk.pools()["error"] is None
