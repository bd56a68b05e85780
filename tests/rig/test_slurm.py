"""The rig's Slurm does what its page says, so that a test can rely on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.crew import is_alive
from tests.rig.slurm import Slurm, running
from tests.rig.slurm_box import CHECKOUT
from tests.rig.slurm_settings import Cluster
from tests.waiting import until

LONG = 30  # seconds


@pytest.fixture
def slurm():
    with running() as made:
        yield made


@pytest.fixture
def quick():
    """One that notices soon what is lost."""
    with running(Cluster(nodes=2, slurmd_timeout=4, message_timeout=3, min_job_age=2)) as made:
        yield made


def test_a_whole_node_is_held_by_who_asks_for_one_cpu(slurm):
    first = slurm.submit("sleep 1000", "-n1")
    shared = slurm.submit("sleep 1000", "-n1", "-p", "shared", "-w", "node4")
    slurm.becomes(first, "RUNNING")
    slurm.becomes(shared, "RUNNING")

    assert (slurm.field(first, "NumCPUs"), slurm.field(shared, "NumCPUs")) == ("8", "1")
    assert slurm.nodes() == {"node1": "alloc", "node2": "idle", "node3": "idle", "node4": "mix"}


def test_a_job_writes_its_output_and_ends_with_its_exit_code(slurm):
    job = slurm.submit("echo $SLURMD_NODENAME; exit 7")

    assert slurm.becomes(job, "FAILED", "COMPLETED") == "FAILED"
    assert (slurm.field(job, "ExitCode"), slurm.output(job)) == ("7:0", "node1\n")


def test_gpus_are_handed_out_by_number(slurm):
    job = slurm.submit("echo $CUDA_VISIBLE_DEVICES", "--gpus-per-node=2", "-p", "shared")

    slurm.becomes(job, "COMPLETED")
    assert slurm.output(job) == "0,1\n"


def test_the_short_partition_has_two_minutes(slurm):
    job = slurm.submit("sleep 1000", "-p", "short", "-t", "10")

    until(lambda: slurm.field(job, "Reason") == "PartitionTimeLimit", within=LONG)
    assert slurm.well("sinfo", "--noheader", "--partition=short", "--format=%l") == "2:00"


def test_a_cluster_whose_nodes_cannot_be_split():
    with running(Cluster(nodes=1, select="linear")) as slurm:
        job = slurm.submit("true", "-n1", "-p", "shared")
        slurm.becomes(job, "COMPLETED", "RUNNING")
        assert slurm.field(job, "NumCPUs") == "8"


def test_a_lost_node_takes_everything_on_it_along_and_comes_back(quick):
    job = quick.submit("setsid sleep 1000 & sleep 1000", "--no-requeue", "-w", "node1")
    quick.becomes(job, "RUNNING")
    there = until(lambda: len(found := quick.processes("node1")) >= 5 and found, within=LONG)

    quick.kill_node("node1")

    assert not any(map(is_alive, there))
    assert quick.becomes(job, "NODE_FAIL") == "NODE_FAIL"
    assert quick.nodes()["node1"] == "down*"
    quick.start_node("node1")
    assert quick.nodes()["node1"] == "idle"


def test_without_slurmd_a_job_goes_on(quick):
    job = quick.submit("echo there; sleep 1000", "-w", "node1")
    until(lambda: quick.output(job), within=LONG)
    before = len(quick.processes("node1"))

    quick.kill_slurmd("node1")

    assert len(quick.processes("node1")) == before - 1
    quick.start_node("node1")
    assert quick.state(job) == "RUNNING"
    quick.well("scancel", str(job))
    assert quick.becomes(job, "CANCELLED")


def test_a_controller_that_is_stopped_refuses_and_knows_its_jobs_afterwards(quick):
    job = quick.submit("sleep 1000")
    quick.becomes(job, "RUNNING")

    quick.stop_controller()
    assert "DOWN" in quick.run("scontrol", "ping").stdout
    assert "Unable to contact slurm controller" in quick.run("squeue").stderr

    quick.start_controller()
    assert quick.state(job) == "RUNNING"


def test_a_controller_that_hangs_takes_the_job_of_which_sbatch_says_that_it_was_refused(quick):
    quick.hang_controller()
    done = quick.run("sbatch", "--job-name=mine", "--wrap", "true")
    assert done.returncode == 1
    assert "Socket timed out" in done.stderr

    quick.resume_controller()
    assert until(lambda: quick.well("squeue", "-h", "-t", "all", "-n", "mine", "-o", "%i"), within=LONG)


def test_without_munge_every_command_fails(quick):
    quick.stop_munge()
    assert "Munge encode failed" in quick.run("squeue").stderr

    quick.start_munge()
    assert quick.run("squeue").returncode == 0


def test_ended_jobs_are_forgotten(quick):
    job = quick.submit("true")
    until(lambda: quick.run("squeue", "-j", str(job), "-t", "all").returncode == 1, within=LONG)

    done = quick.run("scontrol", "show", "job", str(job))
    assert (done.returncode, done.stderr) == (1, "slurm_load_jobs error: Invalid job id specified\n")


def test_with_accounting_there_are_limits_and_a_past():
    with running(Cluster(nodes=1, accounting=True)) as slurm:
        slurm.limit("GrpSubmitJobs", 1)
        job = slurm.submit("exit 200")
        assert "QOSGrpSubmitJobsLimit" in slurm.run("sbatch", "--wrap", "true").stderr

        slurm.becomes(job, "FAILED")
        told = f"{job}|FAILED|72:0"  # it takes 128 away
        until(lambda: told in slurm.well("sacct", "-nPX", "--format=JobID,State,ExitCode"), within=LONG)


def test_a_queue_of_a_test_reaches_it(slurm, queue):
    slurm.serve(queue)

    said = subprocess.run(["scontrol", "ping"], env=queue.env, capture_output=True, text=True, check=True)
    assert said.stdout.endswith(" is UP\n")


KILLED = """
from tests.rig.slurm import Slurm
from tests.waiting import until
slurm = Slurm()
slurm.up()
job = slurm.submit("setsid sleep 1000 & sleep 1000")
slurm.becomes(job, "RUNNING")
there = lambda: [pid for name in slurm.cluster.names for pid in slurm.processes(name)]
until(lambda: len(there()) >= 5, within=30)
print(slurm.root, *there(), flush=True)
input()
"""


def test_tests_that_are_killed_leave_nothing_running():
    command = [sys.executable, "-c", KILLED]
    tests = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    root, *there = tests.stdout.readline().split()
    tests.kill()
    tests.communicate()

    until(lambda: not any(is_alive(int(pid)) for pid in there), within=LONG)
    shutil.rmtree(root)


ORDINARY = """
from tests.rig.slurm import running
with running() as slurm:
    print(slurm.well("srun", "-N4", "id", "-u"))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests show it")
def test_an_ordinary_user_can_have_one_too():
    nobody = {"user": 65534, "group": 65534, "extra_groups": [], "cwd": CHECKOUT, "text": True}
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
    env = {"PATH": os.environ["PATH"], "HOME": "/", "USER": "nobody", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run([python, "-c", ORDINARY], capture_output=True, env=env, check=False, **nobody)
    except PermissionError:
        pytest.skip("others may not enter the directory of this checkout, or run its Python")

    assert done.stdout.split() == ["65534"] * 4, done.stderr


def test_nothing_is_left_of_one_that_could_not_come_up():
    broken = Slurm(Cluster(extra="NoSuchThing=1"))
    try:
        with pytest.raises(AssertionError, match="NoSuchThing"):
            broken.up()
    finally:
        broken.down()
    assert not broken.root.exists()
