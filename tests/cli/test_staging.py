"""`submit -p all`, `--stage-in` and `--stage-out`, and output from machines by ssh, with a real worker there."""

from __future__ import annotations

import json
import os
import shutil
import signal

import pytest

from tests.elsewhere import Machine
from tests.waiting import until

pytestmark = pytest.mark.skipif(shutil.which("rsync") is None, reason="there is no rsync here")


@pytest.fixture
def world(queue, tmp_path):
    """A project in the working directory, and a pool `far` for it at another machine that is up."""
    queue.machine = Machine(tmp_path / "far", queue)
    queue.well("up", "-c", "1")
    (queue.machine.home / "proj").mkdir()
    queue.well("pool", "add", "far", "--ssh", "far", "--project", ".", "--root", "~/proj", "--cpus", "2")
    yield queue
    queue.burro("down", "--now")
    queue.machine.end()


def test_one_copy_goes_to_each_pool_and_each_line_says_which(world):
    lines = world.well("submit", "-p", "all", "-o", "%j.txt", "--key", "k", "--shell", "echo $HOME").splitlines()
    assert sorted(lines) == ["[far] Submitted job 2", "[local] Submitted job 1"]
    world.well("wait", "1", "2")
    assert world.well("logs", "1") == f"{world.home}\n"
    assert world.well("logs", "2") == f"{world.machine.home}\n"
    again = world.well("submit", "-p", "all", "-o", "%j.txt", "--key", "k", "--parsable", "--shell", "echo $HOME")
    assert again.split() == ["1", "2"]
    world.well("pool", "pause", "far")
    answer = json.loads(world.well("submit", "-p", "all", "--json", "--wait", "true"))["jobs"]
    assert [row["pool"] for row in answer] == ["local"]
    world.well("pool", "pause", "local")
    ended = world.burro("submit", "-p", "all", "true")
    assert (ended.code, ended.err) == (2, "burro: no pool takes work now; see: burro pools\n")
    assert world.burro("run", "-p", "all", "true").code == 2


def test_files_are_there_before_it_starts_and_back_when_it_has_ended(world):
    world.write("in put.txt", "1")
    (world.work / "sub").mkdir()
    world.write("sub/x", "2")
    words = ["--stage-in", "in put.txt", "--stage-in", "sub", "--stage-out", "out", "--stage-out", "more.txt"]
    script = "mkdir out; cat 'in put.txt' sub/x > out/r; echo m > more.txt; false"
    ended = world.burro("submit", "-p", "far", "--parsable", *words, "--shell", script)
    assert (ended.code, ended.out) == (0, "1\n")
    assert "job 2 brings the results back when job 1 has ended" in ended.err
    world.burro("wait", "1", "2")
    assert (world.state("1"), world.state("2")) == ("failed", "done")
    assert (world.work / "out" / "r").read_text() == "12"
    assert (world.work / "more.txt").read_text() == "m\n"


def test_results_come_back_although_client_and_server_died(world):
    go = world.machine.home / "go"
    script = f"until test -e '{go}'; do sleep 0.05; done; echo r > r.txt"
    client = world.start("submit", "--wait", "--json", "-p", "far", "--stage-out", "r.txt", "--shell", script)
    until(lambda: len(json.loads(world.well("status", "--json"))["jobs"]) == 2, within=60)
    client.kill()
    world.runs("1")
    os.kill(world.server(), signal.SIGKILL)
    go.write_text("")
    world.well("wait", "1", "2")
    assert (world.work / "r.txt").read_text() == "r\n"


def test_staging_that_cannot_be_is_refused_and_nothing_is_submitted(world):
    world.write("a", "")
    for words, sentence in (
        (["--stage-in", "a"], "--stage-in has to know where it will run; name the pool: -p far"),
        (["--stage-out", "a"], "--stage-out has to know where it will run"),
        (["-p", "all", "--stage-out", "a"], "would bring the same files from every machine"),
        (["-p", "far", "--stage-in", "/etc/passwd"], "is not in the project directory"),
        (["-p", "far", "--stage-in", "missing"], "there is no"),
    ):
        ended = world.burro("submit", *words, "true")
        assert ended.code == 2, ended
        assert sentence in ended.err
    assert json.loads(world.well("status", "--json"))["jobs"] == []
    assert world.submit("-p", "local", "--stage-in", "a", "--stage-out", "a", "true") == "1"


def test_output_at_a_machine_that_is_away_is_told_so(world):
    job = world.submit("-p", "far", "--shell", "echo on; exec sleep 600")
    until(lambda: world.burro("logs", job).out == "on\n", within=60)
    os.kill(world.server(), signal.SIGKILL)
    ssh = world.home / "bin" / "ssh"
    way = ssh.read_text()
    ssh.write_text("#!/bin/sh\necho no route >&2\nexit 255\n")
    world.well("up")
    ended = world.burro("logs", job)
    assert (ended.code, ended.out) == (1, ""), ended
    assert f"the output of {job} lies at far, which cannot be reached now; see: burro pools" in ended.err
    ssh.write_text(way)
    world.well("pool", "start", "far")  # else to go down waits for a machine that hears nothing
    world.well("cancel", job)


def test_output_of_a_task_there_is_followed_as_if_it_were_here(world):
    go = world.machine.home / "go"
    script = f"echo first; until test -e '{go}'; do sleep 0.02; done; echo second; echo err >&2; exit 7"
    client = world.start("run", "-p", "far", "--shell", script)
    assert client.stdout.readline() == b"first\n"
    go.write_text("")
    out, err = client.communicate(timeout=60)
    assert (out, err, client.returncode) == (b"second\n", b"err\n", 7)
    go.unlink()
    job = world.submit("-p", "far", "--shell", script)
    client = world.start("logs", "-f", job)
    assert client.stdout.readline() == b"first\n"
    assert world.well("logs", job) == "first\n"
    go.write_text("")
    out, _ = client.communicate(timeout=60)
    assert (out, client.returncode) == (b"second\nerr\n", 0)
    until((world.work / f"burro-{job}.out").exists, within=30)
    assert (world.work / f"burro-{job}.out").read_text() == "first\nsecond\nerr\n"
