"""`burro worker start`: workers in allocations that people got themselves, and in any shell."""

from __future__ import annotations

import json
import signal

import pytest

from tests.rig.slurm_fixtures import LONG
from tests.waiting import until

POOL = "[pools.mine]\njoin = true\nidle = 1\n"
EACH = '[pools.each]\nscheduler = "slurm"\nmode = "direct"\n'
WAITS = "echo $BURRO_ATTEMPT >> ran; while [ ! -e go ]; do sleep 0.05; done"


@pytest.fixture
def joined(queue):
    """A queue with a pool that workers join."""
    queue.queue.mkdir(mode=0o700)
    queue.env |= {"BURRO_SCHEDULER_EVERY": "0.5", "BURRO_LINK_TIMEOUT": "3"}
    (queue.queue / "burro.toml").write_text(POOL + EACH)
    queue.well("up", "-c", "0")
    return queue


def workers(world):
    return [one for one in json.loads(world.well("workers", "--json"))["workers"] if one["pool"] == "mine"]


def ran(world):
    path = world.work / "ran"
    return path.read_text().split() if path.exists() else []


def batch(world, *words):
    """A batch script of a user's: one line."""
    settings = "".join(f"export {name}='{world.env[name]}'\n" for name in ("PATH", "HOME", "BURRO_QUEUE"))
    return f"{settings}exec burro worker start {' '.join(words)}"


def test_a_batch_script_of_one_line_joins_and_leaves_when_there_is_nothing_more_to_do(slurm, joined):
    job = joined.submit("-p", "mine", "-a", "0-15", "--shell", "echo $BURRO_TASK_ID >> ran; sleep 0.1")

    number = slurm.submit(batch(joined, "--pool", "mine"), "--time=10", "--exclusive")

    assert joined.burro("wait", "--timeout", "50", job).code == 0, slurm.output(number)
    assert sorted(map(int, ran(joined))) == list(range(16))
    assert slurm.becomes(number, "COMPLETED", "FAILED", within=LONG) == "COMPLETED"
    attempt = joined.show(job)["tasks"][0]["attempts"][0]
    assert attempt["host"].startswith("node")
    assert "until" in slurm.output(number)


def test_its_end_and_its_cpus_are_those_of_the_allocation(slurm, joined):
    joined.submit("-p", "mine", "sh", "-c", WAITS)
    slurm.submit(batch(joined), "--time=10", "--partition=shared", "--cpus-per-task=3")
    until(lambda: ran(joined), within=LONG)

    [worker] = workers(joined)
    assert worker["cpus"] == 3
    long = joined.submit("-p", "mine", "--time-min", "30m", "true")
    (joined.work / "go").touch()
    assert joined.state(long) == "ready"
    assert worker["host"].startswith("node")


def test_a_cancelled_allocation_gives_its_tasks_back_at_once(slurm, joined):
    job = joined.submit("-p", "mine", "sh", "-c", WAITS)
    number = slurm.submit(batch(joined), "--time=10")
    until(lambda: ran(joined), within=LONG)

    slurm.well("scancel", str(number))

    until(lambda: joined.state(job) == "ready", within=LONG)
    [attempt] = joined.show(job)["tasks"][0]["attempts"]
    assert attempt["outcome"] in ("released", "walltime")


def test_a_worker_of_a_shell_leaves_on_ctrl_c(joined):
    shell = joined.start("worker", "start", "--cpus", "1", "--time", "1h")
    job = joined.submit("-p", "mine", "sh", "-c", WAITS)
    until(lambda: ran(joined), within=LONG)

    shell.send_signal(signal.SIGINT)

    out, err = shell.communicate(timeout=LONG)
    assert (shell.returncode, out) == (0, b"")
    assert b"a worker of the pool mine" in err
    until(lambda: joined.state(job) == "ready", within=LONG)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--pool", "local"), 2, "burro up"),
        (("--pool", "each"), 2, "no worker can join it"),
        (("--pool", "other"), 3, "burro pool add other --join"),
        (("--cpus", "0"), 2, "--cpus"),
        (("--queue", "ssh://desk"), 2, "not here"),
    ],
)
def test_what_cannot_be_joined_is_said_in_one_sentence(joined, words, code, said):
    ended = joined.burro("worker", "start", *words)
    assert (ended.code, ended.err.count("\n")) == (code, 1)
    assert said in ended.err


def test_without_a_pool_for_it_the_next_step_is_named(queue):
    queue.well("up", "-c", "0")
    ended = queue.burro("worker", "start")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "burro pool add mine --join" in ended.err
    queue.well("pool", "add", "mine", "--join", "--idle", "10m")
    assert "mine" in queue.well("pools")
