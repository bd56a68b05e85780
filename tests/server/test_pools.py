"""Pools of any name: what they are declared to be, what fits into them, and why work waits for them."""

from __future__ import annotations

import json

import pytest

from burro.base.errors import NotFound, UsageError
from burro.model.direct import TAKING
from burro.model.job import Needs
from burro.pools.tasks import TakesTasks
from burro.server import pooling, rooms, standing
from burro.server.capacity import refuse_impossible
from burro.server.clients import SCHEDULERS
from burro.store import jobs
from tests.server.test_placing import Stand, Worker

G = 2**30


@pytest.fixture
def stand(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = Stand(tmp_path)
    made.server.found_gpus = ()
    yield made
    made.db.close()


def act(stand, what, pool, **values):
    step = pooling.set_pool if what != "add" else lambda server, _peer, message: pooling.add(server, message)
    return step(stand.server, None, {"act": what, "pool": pool, "values": values})


def declare(stand, text):
    path = stand.server.pools._files[0].path
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    pooling.look(stand.server)


def reason(stand, job):
    return rooms.why_not_running(stand.server, jobs.row(stand.db, job))


def test_a_pool_that_was_added_is_there_for_ever_and_counts_in_what_can_be_held(stand):
    refuse_impossible(stand.server, Needs(1), "any")
    with pytest.raises(UsageError, match="and the pool local has"):
        refuse_impossible(stand.server, Needs(1000), "any")
    answer = act(stand, "add", "big", ssh="big.example.org", cpus=2000, mem="8T")
    assert answer["changed"]["cpus"] == {"old": 0, "new": 2000}
    assert answer["text"] == "big: added, big.example.org by ssh"
    refuse_impossible(stand.server, Needs(1000), "any")
    refuse_impossible(stand.server, Needs(1000, 4096 * G), "big")
    with pytest.raises(UsageError, match=r"it needs 3000 cpus and the pool big has 2000; ask for at most 2000"):
        refuse_impossible(stand.server, Needs(3000), "big")
    with pytest.raises(UsageError, match=r"no pool can hold it: local has \d+ \(3000 cpus needed\), big has 2000"):
        refuse_impossible(stand.server, Needs(3000), "any")
    assert type(stand.server.pools)(stand.db, []).names == ["local", "big"]


def test_what_nobody_knows_yet_is_not_refused(stand):
    act(stand, "add", "far", ssh="far")
    refuse_impossible(stand.server, Needs(3000, 9000 * G, 4), "far")
    stand.server.pools.note("far", {"cpus": 8, "mem": 16 * G, "gpus": ["0"]})
    refuse_impossible(stand.server, Needs(8, 16 * G, 1), "far")
    for needs in (Needs(9), Needs(1, 17 * G), Needs(1, 0, 2)):
        with pytest.raises(UsageError):
            refuse_impossible(stand.server, needs, "far")


def test_an_unknown_pool_is_refused_with_those_there_are(stand):
    act(stand, "add", "gpu1", ssh="gpu1")
    with pytest.raises(NotFound, match="there is no pool 'gpu2'; there is: local, gpu1"):
        refuse_impossible(stand.server, Needs(1), "gpu2")
    for what in ("set", "pause", "resume"):
        with pytest.raises(NotFound):
            act(stand, what, "gpu2", cpus=2)


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("any", {"ssh": "x"}, "means something else"),
        ("all", {"ssh": "x"}, "means something else"),
        ("local", {"ssh": "x"}, "there is a pool 'local' already"),
        ("a b", {"ssh": "x"}, "a pool's name has letters"),
        ("-x", {"ssh": "x"}, "a pool's name has letters"),
        ("x" * 65, {"ssh": "x"}, "a pool's name has letters"),
        ("x", {}, "a pool needs a way there"),
        ("x", {"ssh": "-oProxyCommand=sh"}, "takes a Host of your ssh config"),
        ("x", {"ssh": "a b"}, "takes a Host of your ssh config"),
        ("x", {"ssh": "x", "password": "geheim"}, "burro keeps no password"),
        ("x", {"ssh": "x", "sudo_passwd": "geheim"}, "burro keeps no password"),
        ("x", {"ssh": "x", "deploy": {"url": "u", "password": "p"}}, "burro keeps no password"),
        ("x", {"ssh": "x", "root": "proj"}, "takes a path from the root"),
        ("x", {"ssh": "x", "lease": "1s"}, "must be a minute at least"),
        ("x", {"ssh": "x", "env": {"A B": "1"}}, "names of variables"),
    ],
)
def test_what_cannot_be_a_pool_is_refused_with_a_sentence(stand, name, values, sentence):
    with pytest.raises(UsageError, match=sentence) as refused:
        act(stand, "add", name, **values)
    assert "geheim" not in str(refused.value)
    assert stand.server.pools.names == ["local"]


def test_two_pools_of_one_name_are_refused(stand):
    act(stand, "add", "gpu1", ssh="gpu1")
    with pytest.raises(UsageError, match="there is a pool 'gpu1' already"):
        act(stand, "add", "gpu1", ssh="other")
    declare(stand, '[pools.a]\nssh = "a"\n[pools.a]\nssh = "b"\n')
    [trouble] = stand.server.pools.troubles
    assert "burro.toml: it is no TOML" in trouble
    assert "line 3" in trouble


def test_a_file_declares_pools_and_what_is_set_live_wins_until_the_entry_changes(stand):
    declare(stand, '[pools.gpu1]\nssh = "gpu1"\ncpus = 4\nlicence = 2\nenv = {LANG = "C"}\n[pools.b]\nssh = "b"\n')
    pools = stand.server.pools
    assert pools.names == ["local", "gpu1", "b"]
    act(stand, "set", "gpu1", cpus=8)
    assert pools.number("gpu1", "cpus") == 8
    declare(stand, '[pools.gpu1]\nssh = "gpu2"\ncpus = 5\n')
    assert (pools.names, pools.number("gpu1", "cpus"), pools.value("gpu1", "ssh")) == (["local", "gpu1"], 5, "gpu2")
    declare(stand, "[pools.gpu1]\ncpus = 5\n")
    assert pools.names == ["local"]
    assert pools.troubles[0].endswith('[pools.gpu1] says no way there; write: ssh = "HOST"')


def test_this_machine_is_reached_without_ssh(stand):
    with pytest.raises(UsageError, match="this machine and has no 'ssh'"):
        act(stand, "set", "local", ssh="x")
    declare(stand, '[pools.local]\nroot = "~/x"\n')
    assert "has no 'root'" in stand.server.pools.troubles[0]


def test_the_reason_speaks_of_every_pool_that_could_have_taken_it(stand):
    act(stand, "add", "gpu1", ssh="gpu1", cpus=4)
    local = Worker(stand, "w", cpus=1)
    local.hello()
    named, anywhere = stand.submit(pool="gpu1"), stand.submit(array="0-1")
    stand.turn()
    assert reason(stand, named) == "the pool gpu1 is being connected"
    stand.server.reached("gpu1").state, stand.server.reached("gpu1").error = standing.DOWN, "permission denied"
    assert reason(stand, named) == "the pool gpu1 is down: permission denied"
    expected = "local: waits for 1 cpu: 0 of 1 is free; the pool gpu1 is down: permission denied"
    assert reason(stand, anywhere) == expected
    act(stand, "pause", "gpu1")
    assert reason(stand, named) == "the pool gpu1 is paused; let it go on with: burro pool resume gpu1"
    [_, place] = rooms.places(stand.server, jobs.row(stand.db, named))
    assert (place["pool"], place["worker"], place["fits"]) == ("gpu1", None, False)
    act(stand, "add", "gpu2", ssh="gpu2")
    assert rooms.places(stand.server, jobs.row(stand.db, named))[-1]["text"] == "it asked for the pool gpu1"
    stand.server.pools.drop("gpu1")
    assert "there is no pool gpu1 any more" in reason(stand, named)


def test_pools_tells_of_each_how_it_stands(stand):
    act(stand, "add", "gpu1", ssh="ann@gpu1", cpus=4, root="~/p", licence=2)
    stand.submit(pool="gpu1", array="0-6")
    stand.server.reached("gpu1").error, stand.server.reached("gpu1").since = "no route", 1.0
    local, far = pooling.show_pools(stand.server, None, {})["pools"]
    assert (local["kind"], local["state"], far["kind"], far["state"]) == ("local", "connecting", "ssh", "connecting")
    assert (far["host"], far["cpus"], far["waiting"], far["root"]) == ("ann@gpu1", 4, 7, "~/p")
    assert far["error"]["text"] == "no route"
    assert far["counters"] == {"licence": {"total": 2, "used": 0}}
    json.dumps(far)


def test_a_worker_of_another_pool_gets_what_names_it_and_what_goes_anywhere(stand):
    act(stand, "add", "gpu1", ssh="gpu1", mem="1G")
    named, anywhere, greedy = stand.submit(pool="gpu1"), stand.submit(), stand.submit(pool="gpu1", mem="2G")
    far = Worker(stand, "far", cpus=8, pool="gpu1")
    far.hello()
    stand.turn()
    assert far.jobs == [named, anywhere]
    assert "needs 2G of memory and the pool gpu1 has 1G" in reason(stand, greedy)
    assert stand.server.pools.facts("gpu1")["cpus"] == 8


def test_tasks_are_jobs_only_of_schedulers_that_take_them(stand):
    for name, scheduler in SCHEDULERS.items():
        assert issubclass(scheduler, TakesTasks) == (name in TAKING)
    with pytest.raises(UsageError, match="tasks cannot be jobs of sge's own, only of slurm's; leave out mode"):
        act(stand, "add", "one", scheduler="sge", mode="direct")
    act(stand, "add", "one", scheduler="sge")
    with pytest.raises(UsageError, match="tasks cannot be jobs of sge's own"):
        act(stand, "set", "one", mode="direct")
    with pytest.raises(UsageError, match="a scheduler or a command_prefix, not both"):
        act(stand, "set", "one", command_prefix="nohup")
    act(stand, "set", "one", command_prefix="nohup", scheduler="auto")


def test_a_pool_without_workers_says_what_would_bring_one(stand):
    act(stand, "add", "mine", join=True)
    assert standing.closed(stand.server, "mine") == (
        "the pool mine has no worker yet: start one where it is to run, with: burro worker start --pool mine"
    )
    act(stand, "add", "whole", scheduler="slurm", workers=0)
    assert "none is asked for, let it with: burro pool set whole --workers N" in standing.closed(stand.server, "whole")
    act(stand, "set", "whole", workers=1)
    assert standing.closed(stand.server, "whole") == "the pool whole has no worker yet"
