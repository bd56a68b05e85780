"""Scheduled jobs and machines, reached by a real sshd, that do not have the repository."""

from __future__ import annotations

import pytest

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


def test_a_machine_without_the_repository_is_refused_by_name(lab, fleet):
    fleet.up("m1")
    refused = lab.burro("schedule", "-p", "m1", "-o", "out", "true")
    assert refused.code == 2
    assert "the machine of m1 does not have the repository; leave -p out" in refused.err

    job = lab.schedule("--hold", "-o", "out", "true")
    assert "does not have the repository" in lab.burro("set", job, "--pool", "m1").err
