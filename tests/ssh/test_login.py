"""Getting in: noise, keys that may little or nothing, hosts that changed, Pythons, passwords that a program says."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from burro.pools.ssh import REMOTE
from tests.crew import is_alive
from tests.rig.clients import clients
from tests.rig.programs import program
from tests.waiting import until

NAMES = ["m1", "m2", "m3", "m4"]
LONG = 40  # seconds: far more than anything here needs


def ran_at(fleet, job):
    return [attempt["pool"] for attempt in fleet.attempts(job)]


def test_a_copy_of_a_job_runs_at_each_of_four_machines_in_the_environment_of_a_login_there(fleet):
    for machine in fleet.machines:
        machine.bashrc("export FROM_BASHRC=no\n")
        (machine.home / ".bash_profile").write_text("export FROM_PROFILE=yes\n")
    fleet.up(*NAMES)
    fleet.world.well("pool", "stop", "--all")
    fleet.world.well("pool", "start", "--all")
    jobs = fleet.world.submit("-p", "all", "--shell", "echo $HOME $RIG_MACHINE $FROM_PROFILE $LAPTOP", LAPTOP="here")
    fleet.world.well("wait", "all")
    told = {tuple(ran_at(fleet, job)): fleet.output(job) for job in jobs.split()}
    homes = {name: fleet.machines[name].home for name in NAMES}
    expected = {(name,): f"{homes[name]} {name} yes\n" for name in NAMES}
    assert {pool: said for pool, said in told.items() if pool != ("local",)} == expected


def test_a_banner_and_a_noisy_bashrc_are_no_messages(fleet):
    m1 = fleet.machines["m1"]
    m1.banner("Authorized use only.\n" * 200)
    m1.bashrc("echo Welcome; printf 'no line'; printf '\\001burro-'; echo oops >&2; export PS1='> '\n")
    fleet.world.well("up", "-c", "1")
    assert fleet.add("m1")["state"] == "up"
    job = fleet.world.done("-p", "m1", "echo", "all well")
    assert fleet.output(job) == "all well\n"


def test_a_bashrc_that_never_ends_is_told_and_holds_up_nobody(fleet):
    fleet.machines["m1"].bashrc("echo Type yes to accept the rules; exec sleep 1000\n")
    fleet.world.env["BURRO_LINK_TIMEOUT"] = "4"
    fleet.up("m2")
    answer = fleet.add("m1")
    assert answer["state"] == "down"
    assert answer["trouble"] == "m1 was reached and burro's line did not come within 4 s; try: ssh m1 true"
    assert ran_at(fleet, fleet.world.done("-p", "m2", "true")) == ["m2"]


def test_a_key_that_may_run_the_one_command_only_is_enough_for_tasks(fleet):
    fleet.machines["m1"].restrict_key(REMOTE)
    fleet.world.well("up", "-c", "1")
    assert fleet.add("m1")["state"] == "up"
    job = fleet.world.done("-p", "m1", "--shell", "echo $RIG_MACHINE")
    assert fleet.output(job) == "m1\n"
    refused = fleet.world.burro("pool", "run", "m1", "--", "touch", "mark")
    assert (refused.code, refused.err) == (1, "this key is only for tasks of burro\n")
    assert not (fleet.machines["m1"].home / "mark").exists()


def test_a_refused_key_is_told_with_what_helps_and_an_accepted_one_gets_in(fleet):
    m1 = fleet.machines["m1"]
    m1.refuse_key()
    fleet.world.well("up", "-c", "1")
    sentence = "m1 does not let us in (it takes publickey); try: ssh-copy-id m1, or: burro pool login m1"
    assert fleet.add("m1")["trouble"] == sentence
    job = fleet.world.submit("-p", "m1", "true")
    assert sentence in fleet.world.show(job)["reason"]
    m1.accept_key()
    assert fleet.check("m1")["state"] == "up"
    fleet.world.well("wait", job)


def test_a_changed_host_key_is_told_and_nothing_is_given_to_who_answers(fleet):
    fleet.up("m1")
    fleet.machines["m1"].change_host_key()
    fleet.machines["m1"].cut()
    fleet.is_down("m1")
    until(lambda: "host key of m1 has changed" in (fleet.check("m1")["trouble"] or ""), within=LONG)
    job = fleet.world.submit("-p", "m1", "true")
    assert "ssh-keygen -R m1" in fleet.world.show(job)["reason"]
    fleet.machines.user.knows(fleet.machines)
    assert fleet.check("m1")["state"] == "up"
    fleet.world.well("wait", job)


def test_a_host_that_nobody_knows_is_told_as_such(fleet):
    fleet.machines.user.knows([])
    fleet.world.well("up", "-c", "1")
    assert fleet.add("m1")["trouble"] == "the host key of m1 is not known here; log in once and check it: ssh m1"


@pytest.mark.parametrize(
    ("script", "told"),
    [(None, ""), ("#!/bin/sh\necho Python 3.6.8\n", " (python3 is Python 3.6.8)")],
    ids=["absent", "too old"],
)
def test_without_a_python_that_serves_it_is_told_and_another_can_be_named(fleet, script, told):
    m1 = fleet.machines["m1"]
    (m1.login.bin / "python3").unlink(missing_ok=True)
    m1.login.hide("python*")
    if script:
        m1.login.add("python3", script)
    fleet.world.well("up", "-c", "1")
    trouble = fleet.add("m1")["trouble"]
    assert trouble == (
        f"no Python of at least 3.9 there{told}; name one with python = PATH, or install one: uv python install"
    )
    fleet.world.well("pool", "set", "m1", "--python", sys.executable)
    assert fleet.check("m1")["state"] == "up"
    assert ran_at(fleet, fleet.world.done("-p", "m1", "true")) == ["m1"]


def lock_key(fleet, passphrase):
    key = fleet.machines.user.ssh_directory / "id_ed25519"
    subprocess.run([program("ssh-keygen"), "-q", "-p", "-P", "", "-N", passphrase, "-f", str(key)], check=True)


def test_a_program_that_says_the_password_is_asked_by_ssh_also_after_a_cut(fleet):
    lock_key(fleet, "open sesame")
    fleet.world.well("up", "-c", "1")
    assert "does not let us in" in fleet.add("m1")["trouble"]
    (fleet.world.home / "secret").write_text("open sesame\n")
    command = f"cat {shlex.quote(str(fleet.world.home / 'secret'))}"
    fleet.world.well("pool", "set", "m1", "--password-command", command)
    assert fleet.check("m1")["state"] == "up"
    fleet.machines["m1"].cut()
    fleet.is_down("m1")
    fleet.is_up("m1")
    assert ran_at(fleet, fleet.world.done("-p", "m1", "true")) == ["m1"]
    kept = [path for path in fleet.world.queue.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"open sesame" in path.read_bytes()]


def test_a_program_that_says_the_wrong_password_is_asked_once_a_try_and_told(fleet):
    lock_key(fleet, "open sesame")
    asked = fleet.world.home / "asked"
    fleet.world.well("up", "-c", "1")
    answer = fleet.add("m1", "--password-command", f"echo . >> {shlex.quote(str(asked))}; echo wrong")
    assert "does not let us in" in answer["trouble"]
    assert asked.read_text()


def test_the_connection_of_a_login_is_used_by_all_that_follow(fleet):
    m1 = fleet.machines["m1"]
    fleet.world.well("up", "-c", "1")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # the connection that stays keeps them open
    fleet.add("m1")
    assert fleet.world.start("pool", "login", "m1", **quiet).wait(timeout=LONG) == 0
    try:
        m1.refuse_key()  # nobody new gets in
        [link] = fleet.links("m1")
        fleet.world.well("pool", "stop", "m1")
        until(lambda: not is_alive(link), within=LONG)
        assert "up" in fleet.world.well("pool", "start", "m1")
        assert ran_at(fleet, fleet.world.done("-p", "m1", "true")) == ["m1"]
        assert fleet.world.well("pool", "run", "m1", "--", "hostname")
    finally:
        fleet.world.well("pool", "login", "m1", "--end")
    assert "does not let us in" in fleet.check("m1")["trouble"]
    until(lambda: not clients([m1.place]), within=LONG)
