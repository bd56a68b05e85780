"""Work that is handed ahead to machines elsewhere, and comes back for who is idle."""

from __future__ import annotations

import pytest

from burro.base.clock import now, steady
from burro.server import editing, pooling, reporting
from burro.store import tasks
from tests.server.test_editing import Hearer
from tests.server.test_placing import Stand
from tests.server.test_tethers import started
from tests.waiting import until


@pytest.fixture
def stand(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = Stand(tmp_path)
    pooling.add(made.server, {"pool": "a", "values": {"ssh": "a", "ahead": 20}})
    yield made
    assert tasks.unsound(made.db) == []
    made.db.close()


def worker(stand, name, **facts):
    made = Hearer(stand, name, **facts)
    made.hello()
    return made


def gives_back(stand, far):
    """It does what it was asked to."""
    keys = [key for message in far.of("return") for key in message["tasks"]]
    far.heard = [message for message in far.heard if message["op"] != "return"]
    far.has = [row for row in far.has if tuple(row[:3]) not in {tuple(key) for key in keys}]
    stand.turn(lambda: reporting.report(stand.server, far, {"seq": 2, "released": keys}))
    return keys


def test_a_machine_elsewhere_has_work_beyond_its_room(stand):
    far, near = worker(stand, "far", pool="a", cpus=2), worker(stand, "near", cpus=2)
    stand.submit(array="0-99")
    stand.turn()
    assert (len(far.has), len(near.has)) == (22, 2)
    assert far.of("welcome")[0]["keep"] is None
    assert "keep" not in near.of("welcome")[0]


def test_what_names_the_pool_goes_further_ahead(stand):
    far = worker(stand, "far", pool="a", cpus=2)
    stand.submit(array="0-4999", pool="a")
    stand.turn()
    assert len(far.has) == 1002


def test_nothing_is_handed_ahead_while_somebody_else_has_room(stand):
    far, near = worker(stand, "far", pool="a", cpus=2), worker(stand, "near", cpus=8)
    stand.submit(array="0-9")
    stand.turn()
    assert (len(near.has), len(far.has)) == (8, 2)


def test_who_becomes_idle_gets_what_was_handed_ahead_and_no_more_than_fits(stand):
    far = worker(stand, "far", pool="a", cpus=2)
    stand.submit(array="0-9")
    stand.turn()
    assert len(far.has) == 10
    near = worker(stand, "near", cpus=3)
    assert len(gives_back(stand, far)) == 3
    assert [row[1] for row in near.has] == [7, 8, 9]
    stand.turn()
    assert far.of("return") == []
    assert len(far.has) == 7


def test_what_names_its_pool_is_not_asked_back(stand):
    far = worker(stand, "far", pool="a", cpus=2)
    stand.submit(array="0-9", pool="a")
    stand.turn()
    worker(stand, "near", cpus=3)
    stand.turn()
    assert far.of("return") == []


def test_what_begins_while_it_is_asked_back_stays(stand):
    far = worker(stand, "far", pool="a", cpus=1)
    stand.submit(array="0-1")
    stand.turn()
    near = worker(stand, "near", cpus=1)
    [message] = far.of("return")
    starts = [[*key, 1.0, None, None] for key in message["tasks"]]
    stand.turn(lambda: reporting.report(stand.server, far, {"seq": 2, "starts": starts}))
    end = stand.server.crew.by_name["far"]
    assert (near.has, end.recalled, end.ahead) == ([], {}, {})


def test_a_pool_that_is_paused_gives_back_what_it_has_not_begun(stand):
    far = worker(stand, "far", pool="a", cpus=2)
    stand.submit(array="0-9")
    stand.turn()
    stand.turn(lambda: pooling.set_pool(stand.server, None, {"act": "pause", "pool": "a"}))
    assert len(gives_back(stand, far)) == 10
    assert far.has == []


def test_a_pool_that_wants_nothing_ahead_gets_nothing(stand):
    pooling.set_pool(stand.server, None, {"act": "set", "pool": "a", "values": {"ahead": 0}})
    far = worker(stand, "far", pool="a", cpus=2)
    stand.submit(array="0-9", pool="a")
    stand.turn()
    assert len(far.has) == 2


def test_after_a_new_hello_what_is_beyond_the_room_is_known(stand):
    far = worker(stand, "far", pool="a", cpus=2)
    stand.submit(array="0-9")
    stand.turn()
    back = Hearer(stand, "far", pool="a", cpus=2)
    back.hello([row[:3] for row in far.has])
    back.has = far.has
    worker(stand, "near", cpus=2)
    assert len(gives_back(stand, back)) == 2


def test_a_machine_goes_on_with_what_it_was_handed_while_the_link_is_away(machines):
    started(machines, "a")
    script = "while ! test -e go; do sleep 0.02; done; echo . >> count"
    job = machines.world.submit("-p", "a", "-a", "0-19", "--shell", script)
    machines.world.runs(f"{job}.0")
    until(lambda: machines.ask("status", ids=[job])["jobs"][0]["tasks"].get("ready", 0) == 0, within=10)
    machines.refuse("a", "No route to host")
    machines.cut("a")
    until(lambda: machines.stands("a")["state"] == "down", within=10)
    (machines.root / "a/home/go").touch()
    count = machines.root / "a/home/count"
    until(lambda: count.exists() and count.read_text() == ".\n" * 20, within=20)
    machines.refuse("a", None)
    machines.world.well("wait", job)
    assert count.read_text() == ".\n" * 20


def test_cancel_of_what_an_absent_machine_has_says_asked(machines):
    started(machines, "a")
    job = machines.world.submit("-p", "a", "--time", "10", "sleep", "600")
    machines.world.runs(job)
    machines.refuse("a", "No route to host")
    machines.cut("a")
    until(lambda: machines.stands("a")["state"] == "down", within=10)
    assert "asked, its machine is away and hears it when it is back" in machines.world.well("set", job, "--time", "20")
    told = machines.world.well("cancel", job)
    assert told == f"{job}: asked; its machine is away and stops it when it is back\n"
    assert machines.world.state(job) == "running"
    machines.refuse("a", None)
    machines.world.burro("wait", job)
    assert machines.world.state(job) == "cancelled"


def test_nobody_is_idle_while_work_waits_that_it_could_do(machines):
    started(machines, "a", "b")
    job = machines.world.submit("-o", "none", "-a", "0-199", "sleep", "0.1")
    machines.world.well("wait", job)
    shown = machines.world.show(job)["tasks"]
    pools = [task["attempts"][-1]["pool"] for task in shown]
    assert {pools.count(pool) > 20 for pool in ("local", "a", "b")} == {True}
    assert all(len(task["attempts"]) == 1 for task in shown)


def test_a_lease_counts_once_the_worker_is_known_to_have_heard_of_it(stand):
    pooling.set_pool(stand.server, None, {"act": "set", "pool": "a", "values": {"lease": "40m"}})
    far = worker(stand, "far", pool="a")
    assert far.of("welcome")[0]["lease"] == 2400
    assert stand.server.pools.facts("a")["lease"] is None
    stand.server.pools.note("a", {"lease": 2400.0})
    pooling.set_pool(stand.server, None, {"act": "set", "pool": "a", "values": {"lease": "never"}})
    worker(stand, "far", pool="a")
    assert stand.server.pools.facts("a")["lease"] is None


def test_what_goes_first_gets_a_place_where_all_are_taken_and_the_last_in_line_come_back(stand):
    far = worker(stand, "far", pool="a", cpus=2)
    stand.submit(array="0-999", pool="a")
    stand.submit(array="0-999", pool="a", priority=-1)
    stand.turn()
    assert len(far.has) == 1002
    stand.submit(array="0-9", pool="a", priority=1)
    stand.turn()
    assert [row[0] for row in far.has[-10:]] == [3] * 10
    assert gives_back(stand, far) == [(2, idx, 1) for idx in (1, 0)] + [(1, idx, 1) for idx in range(999, 991, -1)]
    stand.turn()
    assert far.of("return") == []
    assert len(far.has) == 1002


def test_what_cannot_wait_at_a_machine_is_not_kept_from_it_by_what_comes_later(stand):
    pooling.set_pool(stand.server, None, {"act": "set", "pool": "a", "values": {"licence": 1}})
    far = worker(stand, "far", pool="a", cpus=2)
    stand.submit(array="0-9")
    stand.submit(array="0-9")
    stand.turn()
    assert len(far.has) == 20
    stand.submit(need="licence=1", priority=1)
    stand.turn()
    assert len(gives_back(stand, far)) == 18
    assert len(far.has) == 2
    far.says("exited", 0)
    assert (far.has[1][0], len(far.has)) == (3, 20)
    assert far.of("return") == []


def test_a_job_that_is_moved_in_the_line_is_asked_back_and_goes_there_again(stand):
    far = worker(stand, "far", pool="a", cpus=2)
    stand.submit(array="0-29", pool="a")
    stand.submit(array="0-2999", pool="a")
    stand.turn()
    stand.turn(lambda: editing.edit(stand.server, None, {"ids": ["2"], "options": {"priority": 5}}))
    back = gives_back(stand, far)
    assert len([key for key in back if key[0] == 2]) == 972
    assert [row[0] for row in far.has] == [1, 1] + [2] * 1000
    assert next(one["specs"]["2"]["rank"] for one in reversed(far.of("work")) if one["specs"]) == (5,)


def test_what_is_handed_ahead_follows_the_order_of_the_pool(stand):
    pooling.set_pool(stand.server, None, {"act": "set", "pool": "a", "values": {"policy": "mcf", "ahead": 10}})
    far = worker(stand, "far", pool="a", cpus=4)
    stand.submit(cpus=4)
    stand.turn()
    for cpus in (1, 2, 4, 3):
        stand.submit(array="0-2", cpus=cpus)
    stand.turn()
    assert [row[0] for row in far.has] == [1, 4, 4, 4, 5, 5, 5, 3, 3, 3, 2]


def test_what_goes_first_starts_first_at_a_machine_that_has_much_to_do(machines):
    started(machines, "a", cpus=1)
    script = "echo $BURRO_JOB_ID >> order; while ! test -e go; do sleep 0.02; done"
    first = machines.world.submit("-p", "a", "--shell", script)
    machines.world.runs(first)
    jobs = [
        machines.world.submit("-p", "a", "-P", priority, "--shell", script) for priority in ("0", "-3", "7", "2", "7")
    ]
    until(lambda: all(machines.world.state(job) == "claimed" for job in jobs), within=10)
    machines.refuse("a", "No route to host")
    machines.cut("a")
    (machines.root / "a/home/go").touch()
    order = machines.root / "a/home/order"
    until(lambda: len(order.read_text().split()) == 6, within=20)
    machines.refuse("a", None)
    machines.world.well("wait", *jobs)
    assert order.read_text().split() == [first, jobs[2], jobs[4], jobs[3], jobs[0], jobs[1]]


def test_nothing_is_asked_back_for_room_that_is_kept_for_another(stand):
    far, near = worker(stand, "far", pool="a", cpus=2), worker(stand, "near", cpus=2)
    stand.submit(array="0-3")
    stand.turn()
    stand.submit(array="0-9", pool="any")
    large = stand.submit(cpus=2, pool="local")
    stand.turn()
    stand.server.blocked[large] = steady() - 100
    near.says("exited", 0)
    assert far.of("return") == []
    near.says("exited", 0)
    assert near.jobs == [large]


@pytest.fixture
def cluster(stand):
    pooling.add(stand.server, {"pool": "c", "values": {"scheduler": "slurm", "workers": 0}})
    return stand


@pytest.mark.parametrize(
    ("asked", "ends", "handed"),
    [
        ({"time": "10m"}, None, 2 + 6),  # half an hour of work
        ({"time": "10m"}, 26 * 60, 2 + 2),  # what can end there
        ({"time": "10h", "time_min": "5m"}, None, 2 + 12),
        ({}, None, 2),  # nobody knows how long they take
        ({"time": "10m", "cpus": 2}, None, 1 + 3),
    ],
)
def test_who_comes_is_handed_half_an_hour_of_work_ahead(cluster, asked, ends, handed):
    far = worker(cluster, "far", pool="c", cpus=2, **({} if ends is None else {"until": now() + ends}))
    cluster.submit(array="0-99", pool="c", **asked)
    cluster.turn()
    assert len(far.has) == handed


def test_how_far_ahead_is_a_number_or_a_time(cluster):
    far = worker(cluster, "far", pool="c", cpus=2)
    cluster.submit(array="0-99", pool="c", time="10m")
    cluster.turn(lambda: pooling.set_pool(cluster.server, far, {"pool": "c", "act": "set", "values": {"ahead": "1h"}}))
    assert len(far.has) == 2 + 12
    cluster.turn(lambda: pooling.set_pool(cluster.server, far, {"pool": "c", "act": "set", "values": {"ahead": 0}}))
    cluster.submit(array="0-99", pool="c", time="1m")
    cluster.turn()
    assert len(far.has) == 2 + 12


def test_workers_of_a_pool_get_alike_and_one_that_is_idle_gets_of_others(cluster):
    one, two = worker(cluster, "one", pool="c", cpus=2), worker(cluster, "two", pool="c", cpus=2)
    cluster.submit(array="0-11", pool="c", time="10m")
    cluster.turn()
    assert (len(one.has), len(two.has)) == (6, 6)

    late = worker(cluster, "late", pool="c", cpus=2)
    short = worker(cluster, "short", pool="c", cpus=2, until=now() + 120)
    cluster.turn()
    assert sum(len(gives_back(cluster, far)) for far in (one, two)) == 2
    cluster.turn()
    assert (len(late.has), len(short.has)) == (2, 0)
