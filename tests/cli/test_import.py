"""`burro pool import`: the machines of a simple-job-submit config."""

from __future__ import annotations

import json

import pytest

from tests.elsewhere import Machine

CONFIG = """\
managers:
  gpu1:
    host: far
    user: ann
    project_root: proj
    pipe: jobs.pipe
    default_max_jobs: 4
    datadir: /data
  gpu2:
    host: far
    root: ~/older
    default_max_jobs: 0
    weight: 3
deployment:
  project_url: https://example.org/proj.git
  datasets: {mnist: sets/mnist, big: /big}
"""


@pytest.fixture
def world(queue, tmp_path):
    queue.machine = Machine(tmp_path / "far", queue)
    yield queue
    queue.burro("down", "--now")
    queue.machine.end()


def pools(world):
    return {row["pool"]: row for row in json.loads(world.well("pools", "--json"))["pools"]}


def test_machines_become_pools_and_each_entry_is_accounted_for(world):
    world.write("config.yaml", CONFIG)
    lines = world.well("pool", "import", "config.yaml", "--project", ".").splitlines()
    found = pools(world)
    one, two = found["gpu1"], found["gpu2"]
    assert (one["host"], one["root"], one["cpus"], one["datadir"]) == ("ann@far", "~/proj", 4, "/data")
    assert (two["host"], two["root"], two["paused"], one["project"]) == ("far", "~/older", True, str(world.work))
    assert one["deploy"] == {"url": "https://example.org/proj.git"}
    assert one["datasets"] == {"mnist": f"{world.work}/sets/mnist", "big": "/big"}
    assert lines[0].startswith("[gpu1] added: ssh ann@far, cpus 4, root ~/proj, datadir /data, deploy https://")
    assert "[gpu1] pipe: left out, burro needs none" in lines
    assert "[gpu2] weight: left out, burro does not know it" in lines
    again = world.burro("pool", "import", "config.yaml")
    assert (again.code, again.out.count("not added: there is a pool")) == (1, 2)


def test_a_dry_run_adds_nothing(world):
    world.write("config.yaml", CONFIG)
    answer = json.loads(world.well("pool", "import", "config.yaml", "-n", "--json"))["pools"]
    assert [row["pool"] for row in answer] == ["gpu1", "gpu2"]
    assert set(pools(world)) == {"local"}


def test_a_port_is_something_for_the_ssh_config(world):
    world.write("c.yaml", "managers: {gpu1: {host: far.example.org, user: ann, port: 2222}}")
    told = world.well("pool", "import", "c.yaml")
    assert "Host gpu1; HostName far.example.org; User ann; Port 2222" in told
    assert pools(world)["gpu1"]["host"] == "gpu1"


@pytest.mark.parametrize("key", ["password", "Password", "passphrase"])
def test_a_password_is_refused_with_what_helps_and_nothing_is_added(world, key):
    world.write("config.yaml", CONFIG.replace("weight: 3", f"{key}: sesame"))
    ended = world.burro("pool", "import", "config.yaml")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert f"config.yaml has a {key} for 'gpu2', and burro keeps none" in ended.err
    assert "ssh-copy-id far" in ended.err
    assert "burro pool login gpu2" in ended.err
    assert "sesame" not in ended.err
    assert set(pools(world)) == {"local"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no 'managers:'"),
        ("managers: []", "has no 'managers:'"),
        ("managers: {gpu1: far}", "the machine 'gpu1' has no host"),
        ("managers: {gpu1: {user: ann}}", "the machine 'gpu1' has no host"),
        ("managers:\n\tgpu1: x", "is no YAML"),
        ("managers:\n  a: {host: x}\n  a: {host: y}\n", "has 'a' twice"),
        ("managers: {a: {host: !!python/object/apply:os.system [id]}}", "is no YAML"),
        ("[" * 5000, "is no YAML"),
        ("#" * (2**20 + 1), "is larger than 1 MB"),
    ],
)
def test_what_is_no_such_config_is_told_in_one_sentence(shared, text, sentence):
    shared.write("bad.yaml", text)
    ended = shared.burro("pool", "import", "bad.yaml")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1), ended
    assert sentence in ended.err
    assert shared.burro("pool", "import", "missing.yaml").code == 2


def test_names_and_hosts_that_cannot_be_are_refused_one_by_one(world):
    world.write(
        "c.yaml", "managers: {'a b': {host: far}, ok: {host: far}, all: {host: far}, x: {host: -oProxyCommand=y}}"
    )
    ended = world.burro("pool", "import", "c.yaml")
    assert ended.code == 1
    assert set(pools(world)) == {"local", "ok"}
