"""Machines of their own lose power and boot anew, lose their cable, and what is asked of them meanwhile comes true."""

from __future__ import annotations

from tests.crew import is_alive
from tests.waiting import until

LONG = 40  # seconds: far more than anything here needs


def test_tasks_of_a_machine_that_boots_anew_are_given_out_again_at_once(far_fleet):
    fleet, m1 = far_fleet, far_fleet.machines["m1"]
    fleet.world.env["BURRO_LINK_TIMEOUT"] = "1.5"
    fleet.up("m1", "m2")
    jobs = [fleet.submit_bound("m1"), fleet.submit_bound("m1")]
    for job in jobs:
        fleet.world.runs(job)
    m1.lose_power()
    fleet.is_down("m1")
    assert [fleet.world.state(job) for job in jobs] == ["running", "running"]  # nobody knows better yet
    m1.start()
    fleet.check("m1")
    for job in jobs:
        until(lambda job=job: [line.attempt for line in fleet.written(job)] == [1, 2], within=LONG)
    fleet.let_go()
    for job in jobs:
        fleet.world.well("wait", job)
        first, second = fleet.attempts(job)
        assert (first["outcome"], second["outcome"], second["pool"]) == ("lost", "exited", "m1")
        assert first["reason"] == "the machine was restarted"
        assert [fleet.printed(one) for one in (first, second)] == ["begun\n", "begun\nover\n"]


def test_what_had_ended_before_the_power_was_lost_is_not_done_again(far_fleet):
    fleet, m1 = far_fleet, far_fleet.machines["m1"]
    fleet.world.env["BURRO_LINK_TIMEOUT"] = "1.5"
    fleet.up("m1")
    job = fleet.submit_bound("m1")
    fleet.have_started(job)
    m1.unplug()
    fleet.is_down("m1")
    fleet.let_go()
    fleet.have_ended(job)
    until(lambda: has_journalled_the_end(fleet), within=LONG)
    m1.lose_power()
    m1.start()
    fleet.check("m1")
    fleet.ran_once_each(job)


def has_journalled_the_end(fleet):
    [journal] = fleet.state("m1").glob("workers/*/journal")
    return any(line.startswith("e ") for line in journal.read_text().splitlines())


def test_a_machine_without_its_cable_goes_on_and_its_ends_come_when_it_is_back(far_fleet):
    fleet, m1 = far_fleet, far_fleet.machines["m1"]
    fleet.world.env["BURRO_LINK_TIMEOUT"] = "1.5"
    fleet.up("m1", "m2")
    job = fleet.submit_bound("m1", "-a", "0-5")
    fleet.have_started(job, 2)
    m1.unplug()
    fleet.is_down("m1")
    other = fleet.world.submit("true")
    fleet.world.well("wait", other)
    assert fleet.attempts(other)[0]["pool"] != "m1"  # `any` leaves it out
    fleet.let_go()
    fleet.have_ended(job, 6)  # also what was handed ahead
    m1.plug()
    fleet.check("m1")
    fleet.ran_once_each(job, 6)


def states(fleet, job):
    """Those that tasks of a job have."""
    return {task["state"] for task in fleet.world.show(job)["tasks"]}


def test_a_cancel_that_the_machine_cannot_hear_says_so_and_comes_true_when_it_is_back(far_fleet):
    fleet, m1 = far_fleet, far_fleet.machines["m1"]
    fleet.world.env["BURRO_LINK_TIMEOUT"] = "1.5"
    fleet.up("m1")
    job = fleet.submit_bound("m1", "-a", "0-9")
    fleet.have_started(job, 2)
    until(lambda: states(fleet, job) == {"running", "claimed"}, within=LONG)
    m1.unplug()
    fleet.is_down("m1")
    said = fleet.world.well("cancel", job)
    assert said == f"{job}: 10 asked; its machine is away and stops it when it is back\n"
    assert states(fleet, job) == {"running", "claimed"}
    m1.plug()
    fleet.check("m1")
    assert fleet.world.burro("wait", job).code == 1
    assert {task["state"] for task in fleet.world.show(job)["tasks"]} == {"cancelled"}
    assert len(fleet.written(job)) == 2  # what had been handed ahead was never started
    until(lambda: not [one for one in m1.processes().values() if "bound.sh" in one], within=LONG)


def test_a_server_that_is_killed_while_a_machine_is_away_finds_it_when_it_is_back(far_fleet):
    fleet, m1 = far_fleet, far_fleet.machines["m1"]
    fleet.world.env["BURRO_LINK_TIMEOUT"] = "1.5"
    fleet.up("m1")
    job = fleet.submit_bound("m1", "-a", "0-3")
    fleet.have_started(job, 2)
    m1.unplug()
    server = fleet.world.server()
    fleet.kill_server()
    until(lambda: not is_alive(server), within=LONG)
    assert fleet.world.state(job) == "running"  # says the next one
    late = fleet.world.submit("-p", "m1", "true")
    fleet.let_go()
    fleet.have_ended(job, 4)
    m1.plug()
    fleet.check("m1")
    fleet.ran_once_each(job, 4)
    fleet.world.well("wait", late)


def test_everything_at_once_cable_power_and_server(far_fleet):
    fleet, m1 = far_fleet, far_fleet.machines["m1"]
    fleet.world.env["BURRO_LINK_TIMEOUT"] = "1.5"
    fleet.up("m1", "m2")
    pinned, anywhere = fleet.submit_bound("m1"), fleet.submit_bound("any", "-a", "0-3")
    fleet.have_started(pinned)
    fleet.have_started(anywhere, 3)
    m1.unplug()
    m1.lose_power()
    fleet.kill_server()
    m1.start()
    fleet.check("m1")
    until(lambda: [line.attempt for line in fleet.written(pinned)] == [1, 2], within=LONG)
    fleet.let_go()
    fleet.world.well("wait", "all")
    assert [one["outcome"] for one in fleet.attempts(pinned)] == ["lost", "exited"]
    ends = sorted(line.idx for line in fleet.written(anywhere, "E"))
    assert ends == [0, 1, 2, 3]
