"""A line that is cut, stalls, is slow or breaks in the middle of a message: tasks go on, and nothing happens twice."""

from __future__ import annotations

import hashlib
import random

import pytest

from tests.waiting import until

LONG = 40  # seconds: far more than anything here needs


def test_a_cut_line_leaves_the_tasks_running_and_brings_their_ends_when_it_is_back(fleet):
    relay = fleet.machines.relay("m1")
    fleet.up("m1")
    job = fleet.submit_bound("m1", "-a", "0-1")
    fleet.have_started(job, 2)
    fleet.world.runs(f"{job}.0")
    worker = fleet.worker("m1")
    relay.refuse()
    relay.cut()
    fleet.is_down("m1")
    fleet.let_go()
    fleet.have_ended(job, 2)
    assert fleet.world.show(job)["tasks"][0]["state"] == "running"
    relay.resume()
    fleet.check("m1")
    fleet.ran_once_each(job, 2)
    assert fleet.worker("m1") == worker


def test_a_line_that_stalls_is_given_up_and_the_work_goes_on_without_it(fleet):
    fleet.world.env["BURRO_LINK_TIMEOUT"] = "1.5"
    relay = fleet.machines.relay("m1")
    fleet.up("m1")
    job = fleet.submit_bound("m1", "-a", "0-9")
    fleet.have_started(job, 2)
    relay.stall()
    assert "m1 has said nothing for" in fleet.is_down("m1")["error"]["text"]
    fleet.let_go()
    fleet.have_ended(job, 10)  # those that were handed ahead too
    relay.resume()
    fleet.ran_once_each(job, 10)


def test_a_line_that_stalls_for_less_than_it_may_is_kept(fleet):
    relay = fleet.machines.relay("m1")
    fleet.up("m1")
    job = fleet.submit_bound("m1")
    fleet.have_started(job)
    [link] = fleet.links("m1")
    relay.stall()
    fleet.let_go()
    fleet.have_ended(job)
    relay.resume()
    fleet.ran_once_each(job)
    assert fleet.links("m1") == [link]


def test_a_slow_line_carries_a_message_that_takes_longer_than_silence_may_last(fleet):
    fleet.world.env["BURRO_LINK_TIMEOUT"] = "1.5"
    relay = fleet.machines.relay("m1")
    fleet.up("m1")
    [link] = fleet.links("m1")
    relay.slow(100_000)
    noise = random.Random(1).randbytes(200_000).hex()
    script = fleet.world.write("long.sh", f"#!/bin/sh\ncat > copy <<end\n{noise}\nend\nsha256sum < copy\n")
    job = fleet.world.done("-p", "m1", str(script))
    assert fleet.output(job).split()[0] == hashlib.sha256(f"{noise}\n".encode()).hexdigest()
    assert fleet.links("m1") == [link]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_line_that_breaks_in_the_middle_of_messages_brings_everything_home_once(fleet, seed):
    rng = random.Random(seed)
    relay = fleet.machines.relay("m1")
    fleet.up("m1", cpus=4)
    text = rng.randbytes(15_000).hex()  # of what a line of tasks says, and of what each prints
    lines = "".join(f"echo . >> started-{idx}; echo {text} {idx}\n" for idx in range(40))
    job = fleet.world.submit("-p", "m1", "-f", "-", stdin=lines.encode()).partition(".")[0]
    for _ in range(12):
        if fleet.world.state(job) == "done":
            break
        cut_at = relay.passed + (after := rng.randrange(15_000, 250_000))
        relay.cut(after=after)
        until(lambda at=cut_at: relay.passed >= at or fleet.world.state(job) == "done", within=LONG)
    fleet.world.well("wait", job)
    home = fleet.machines["m1"].home
    assert [(home / f"started-{idx}").read_text() for idx in range(40)] == [".\n"] * 40
    assert len(fleet.attempts(job)) == 40
    for idx in range(40):
        path = fleet.world.work / f"burro-{job}/{idx}.out"
        until(path.exists, within=LONG)
        assert path.read_text() == f"{text} {idx}\n"


def test_a_large_file_comes_home_whole_over_a_line_that_breaks_all_the_time(fleet):
    relay = fleet.machines.relay("m1")
    fleet.up("m1")
    job = fleet.world.submit("-p", "m1", "-o", "big", "--shell", "head -c 6000000 /dev/urandom | tee copy")
    big = fleet.world.work / "big"
    for _ in range(5):
        cut_at = relay.passed + 1_500_000
        relay.cut(after=1_500_000)
        until(lambda at=cut_at: relay.passed >= at or big.exists(), within=LONG)
    fleet.world.well("wait", job)
    until(big.exists, within=LONG)
    assert big.read_bytes() == (fleet.machines["m1"].home / "copy").read_bytes()
    assert not list(fleet.world.work.glob(".burro-*"))
