"""Scheduled jobs and machines, reached by a real sshd, that do not have the repository."""

from __future__ import annotations

import os
from time import time

import pytest

from burro.base.clock import iso
from burro.provenance.brought import days_kept
from burro.provenance.reach import Reach
from tests.schedule.lab import Lab
from tests.ssh.conftest import fleet, machines

__all__ = ["fleet", "machines"]


@pytest.fixture
def lab(fleet):
    return Lab(fleet.world)


def test_what_names_no_pool_stays_where_the_repository_is(lab, fleet):
    fleet.up("m1")
    held = fleet.submit_bound("local")
    fleet.have_started(held)
    job = lab.schedule("-o", "out", "echo {outputs} > {outputs}")
    other = lab.well("submit", "--parsable", "true").strip()
    lab.well("wait", other)

    assert lab.queue.show(other)["tasks"][0]["attempts"][0]["pool"] == "m1"
    assert lab.queue.state(job) == "ready"
    assert "does not have its repository" in lab.well("show", job)
    fleet.let_go()
    lab.well("wait", job)
    assert lab.read("out") == "out\n"


def test_inputs_travel_and_outputs_and_logs_come_home_to_their_places(lab, fleet):
    lab.annexed("in put", "3\n1\n")
    lab.annexed("sorted", "old\n")
    sub = lab.path / "sub"
    sub.mkdir()
    lab.git("init", "-q", "other")
    lab.git("-C", "other", "commit", "-q", "--allow-empty", "-m", "other")
    lab.git("submodule", "-q", "add", "./other", "other")
    lab.git("commit", "-qm", "a subdataset")
    fleet.up("m1")
    large = "dd if=/dev/urandom bs=1M count=3 status=none"
    made = f"mkdir -p deep; {large} > deep/large; echo > ../other/x"
    command = f"sort {{inputs}} > {{outputs[0]}}; {made}; echo $RIG_MACHINE $PWD $BURRO_DATASET"
    outputs = ("-o", "../sorted", "-o", "deep", "-o", "../other/x")
    job = lab.schedule("-p", "m1", "-i", "../in put", *outputs, "-m", "there", command, cwd=sub)

    assert f"{job} done" in lab.well("finish", "--wait")
    assert lab.read("sorted") == "1\n3\n"
    assert (sub / "deep/large").stat().st_size == 3 << 20
    record = lab.record()
    assert (record["pwd"], record["outputs"]) == ("sub", ["../sorted", "deep", "../other/x"])
    assert lab.git("-C", "other", "show", "--format=", "--name-only") == "x"
    assert (record["burro"]["pool"], record["burro"]["attempts"][0]["outcome"]) == ("m1", "done")
    machine, here, top = lab.read(record["burro"]["logs"][0]).split()
    assert (machine, here) == ("m1", f"{top}/sub")
    assert lab.dirt == ""
    assert list((fleet.machines["m1"].home / ".local/state/burro-worker").glob("*/parcels/*")) == []
    assert list((lab.queue.queue / "parcels").iterdir()) == []


def test_a_failure_there_brings_nothing_home_and_the_old_is_untouched(lab, fleet):
    lab.annexed("out", "old\n")
    fleet.up("m1")
    job = lab.schedule("-p", "m1", "-o", "out", "echo half > out; exit 3")
    lab.burro("wait", job)

    assert lab.read("out") == "old\n"
    assert lab.dirt == f"?? burro-{job}.out"
    assert "what the task left is in" in lab.well("logs", job)
    again = lab.well("reschedule", job).split()[-1]
    assert lab.queue.show(again)["pool"] == "m1"


def test_what_cannot_be_brought_there_is_refused(lab, fleet):
    fleet.up("m1")
    absent = lab.burro("schedule", "-p", "m1", "-i", "absent", "-o", "out", "true")
    outside = lab.burro("schedule", "-p", "m1", "-i", "/etc/passwd", "-o", "out", "true")

    assert (absent.code, outside.code) == (2, 2)
    assert "the input absent is not there, and m1 gets inputs when jobs are scheduled" in absent.err
    assert "/etc/passwd lies outside of the repository" in outside.err
    assert lab.queue.burro("status", "--json").out.count('"id"') == 0


def test_a_task_of_an_array_has_inputs_and_outputs_of_its_own_there(lab, fleet):
    for index in range(3):
        (lab.path / f"in{index}").write_text(f"{index}\n")
    lab.git("annex", "add", "-q", ".")
    lab.git("commit", "-q", "-m", "inputs")
    fleet.up("m1")
    there = ("-p", "m1", "-i", "in{i}", "-o", "res/{i}", "--overwrite", "unlock", "cat in{i} >> res/{i}")
    lab.schedule("-a", "0-2", *there)
    lab.well("finish", "--wait")
    assert [lab.read(f"res/{index}") for index in range(3)] == ["0\n", "1\n", "2\n"]

    lab.schedule("-a", "1", *there)
    lab.well("finish", "--wait")
    assert lab.read("res/1") == "1\n1\n"
    assert lab.dirt == ""


def test_inputs_there_go_a_month_after_they_were_needed(lab, fleet):
    for name in ("needed", "old"):
        (lab.path / name).write_text("1\n")
    fleet.up("m1")
    lab.schedule("--hold", "-p", "m1", "-i", "needed", "-i", "old", "-o", "of", "true")
    [place] = (fleet.machines["m1"].home / ".cache/burro/inputs").iterdir()
    others = place.with_name("other")
    others.mkdir()
    ages = {place / "needed": 40, place / "old": 40, others / "of another queue": 40, others / "forgotten": 400}
    for path, days in ages.items():
        path.touch()
        os.utime(path, (time() - days * 86400, path.stat().st_mtime))
    [stamp] = (lab.path / ".git/burro").glob("swept-*")
    os.utime(stamp, (0, 0))
    lab.well("wait", lab.schedule("-p", "m1", "-i", "needed", "-o", "again", "cat needed > again"))

    assert sorted(path.name for path in ages if path.exists()) == ["needed", "of another queue"]
    assert lab.read("again") == "1\n"


def test_a_job_whose_files_are_only_here_cannot_be_sent_elsewhere_later(lab, fleet):
    fleet.up("m1")
    job = lab.schedule("--hold", "-o", "out", "true")
    assert "does not have the repository" in lab.burro("set", job, "--pool", "m1").err


@pytest.mark.parametrize(("waited", "days"), [([], 30), ([2], 30), ([29.5], 31), ([100, 2], 102)])
def test_what_is_needed_by_the_job_that_has_waited_longest_is_kept(waited, days):
    rows = [{"submitted": iso(time() - one * 86400)} for one in waited]
    assert days_kept(Reach(lambda _op, **asked: {"jobs": rows[: asked["most"]]}, "/queue")) == days
