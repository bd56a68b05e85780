"""Scheduled jobs and nodes that have another directory, or none, where the repository is."""

from __future__ import annotations

import subprocess

import pytest

from tests.node import POOL, Node
from tests.schedule.lab import Lab
from tests.waiting import until


@pytest.fixture
def lab(queue):
    queue.queue.mkdir(mode=0o700)
    (queue.queue / "burro.toml").write_text(POOL)
    queue.well("up", "-c", "0")
    return Lab(queue)


@pytest.fixture
def nodes(lab, tmp_path):
    made = []

    def make(**how):
        made.append(Node(tmp_path / f"node{len(made)}", lab.queue.queue, BURRO_NODE=f"node{len(made)}", **how))
        until(lambda: f"node{len(made) - 1}" in lab.well("workers"), within=20)
        return made[-1]

    yield make
    for node in made:
        node.close()


def attempts(lab, job):
    return [(one["outcome"], one["host"]) for one in lab.queue.show(job)["tasks"][0]["attempts"]]


@pytest.mark.parametrize("hidden", ["ds", "."])
def test_a_node_that_does_not_see_the_repository_gives_the_task_back_and_another_has_it(lab, nodes, hidden):
    nodes(without=lab.queue.work / hidden)
    job = lab.schedule("-o", "out", "echo {outputs} > out")
    until(lambda: "does not see its repository" in lab.well("show", job), within=20)
    assert (lab.queue.state(job), attempts(lab, job)) == ("ready", [])
    lab.queue.done("-p", "whole", "true", cwd="/")

    nodes()
    lab.well("wait", job)
    assert attempts(lab, job) == [("exited", "node1")]
    assert f"{job} done" in lab.well("finish")
    assert lab.dirt == ""


def test_a_pool_that_is_named_is_refused_until_it_sees_the_repository(lab, nodes):
    node = nodes(without=lab.path)
    job = lab.schedule("-p", "whole", "-a", "0-9", "-o", "res/{i}", "echo > res/{i}")
    sentence = f"no worker of whole sees the repository {lab.path}"
    until(lambda: sentence in lab.well("show", job), within=20)
    refused = lab.burro("schedule", "-p", "whole", "-o", "other", "true")
    assert (refused.code, sentence in refused.err) == (2, True)

    there = ["nsenter", "--mount", "--target", str(node.pid("worker")), "umount", str(lab.path)]
    subprocess.run(there, check=True)
    lab.well("pool", "start", "whole")
    lab.well("finish", "--wait")
    assert lab.git("ls-files", "res").count("\n") == 9
    lab.schedule("-p", "whole", "-o", "other", "true")
