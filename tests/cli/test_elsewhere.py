"""A queue at another machine: every command works there, and nothing of this machine leaks into its tasks."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.elsewhere import Machine
from tests.waiting import until


@pytest.fixture
def far(queue, tmp_path):
    """The world's commands ask a queue at another machine."""
    machine = Machine(tmp_path / "far", queue)
    queue.queue = machine.queue  # what World looks at and ends
    queue.env["BURRO_QUEUE"] = machine.address
    queue.machine = machine
    return queue


def test_a_job_runs_in_the_home_there_with_a_login_environment_there(far):
    job = far.submit(
        "--shell", "pwd; echo $HOME; echo $FROM_PROFILE; echo $PATH; echo ${SECRET-none}; echo $USER", SECRET="x"
    )
    assert far.burro("wait", job).code == 0
    home = str(far.machine.home)
    lines = far.well("logs", job).splitlines()
    assert lines[:3] == [home, home, "yes"]
    assert far.env["PATH"] not in lines
    assert lines[4:] == ["none", "bea"]
    assert (far.machine.home / f"burro-{job}.out").exists()
    assert list(far.work.iterdir()) == []


def test_what_is_named_comes_from_here_but_never_path_or_home(far):
    job = far.done("--env", "all,A,PATH,HOME,B=c", "--shell", "echo $A $B $HOME $FROM_PROFILE", A="of here")
    assert far.well("logs", job) == f"of here c {far.machine.home} yes\n"
    job = far.done("--env", "clean,A", "--shell", "echo $A ${FROM_PROFILE-none}", A="of here")
    assert far.well("logs", job) == "of here none\n"
    far.write("named.sh", "#!/bin/sh\n#BURRO --env A,all\necho $A\n")
    assert far.well("logs", far.done("named.sh", A="1")) == "1\n"


def test_scripts_and_files_of_commands_are_read_here(far):
    far.write("fit.sh", "#!/bin/sh\necho fit $1\n", mode=0o755)
    assert far.well("logs", far.done("./fit.sh", "7")) == "fit 7\n"
    far.write("lines.txt", "echo one\necho two\n")
    job = far.submit("-f", "lines.txt").partition(".")[0]
    far.well("wait", job)
    assert far.well("logs", job) == f"==> {job}.0 <==\none\n\n==> {job}.1 <==\ntwo\n"
    assert far.well("logs", far.done("-", stdin=b"#!/bin/sh\necho $1\n")) == "\n"


def test_a_directory_there_is_taken_with_chdir(far):
    (far.machine.home / "proj").mkdir()
    job = far.done("-D", "proj", "-o", "kept.txt", "pwd")
    assert (far.machine.home / "proj" / "kept.txt").read_text() == f"{far.machine.home}/proj\n"
    assert far.well("logs", "-n", "1", job) == f"{far.machine.home}/proj\n"


def test_output_is_followed_and_run_passes_it_on(far):
    go = far.machine.home / "go"
    script = f"echo first; until test -e '{go}'; do sleep 0.02; done; echo second; echo err >&2; exit 7"
    client = far.start("run", "--shell", script)
    assert client.stdout.readline() == b"first\n"
    go.write_text("")
    out, err = client.communicate(timeout=60)
    assert (out, err, client.returncode) == (b"second\n", b"err\n", 7)
    job = far.done("seq", "5")
    assert far.well("logs", "-f", job) == "1\n2\n3\n4\n5\n"
    assert far.well("logs", "-f", "-n", "2", job) == "4\n5\n"
    assert far.well("logs", "-n", "0", job) == ""


def test_every_byte_of_a_large_file_comes(far):
    code = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 10000)"
    assert far.burro("run", "python3", "-c", code).raw == bytes(range(256)) * 10000


def test_reading_and_acting_verbs_are_asked_there(far):
    job = far.submit("--hold", "-J", "held", "true")
    assert json.loads(far.well("status", "--json"))["jobs"][0]["name"] == "held"
    far.well("set", job, "--priority", "3")
    far.well("release", job)
    far.well("wait", job)
    assert "held" in far.well("history")
    assert "submitted" in far.well("events")
    assert json.loads(far.well("pools", "--json"))["pools"][0]["pool"] == "local"
    assert far.well("completion", "--ids").split() == [job, "held", "last", "all"]
    row = next(row for row in json.loads(far.well("queues", "--json"))["queues"] if row["current"])
    assert (row["queue"], row["server"]) == (far.machine.address, "up")
    assert far.well("clean", "all").startswith("forgot 1 job")


def test_up_doctor_and_down_are_of_that_machine(far):
    ended = far.burro("doctor")
    assert "none runs" in ended.out
    assert far.well("completion", "--ids") == ""
    assert not (far.machine.queue / "server.json").exists()
    assert "is up" in far.well("up", "-c", "1")
    assert "ssh" in far.well("doctor")
    assert far.burro("up", "--foreground").code == 2
    running = far.submit("sleep", "600")
    far.runs(running)
    assert far.burro("down").code == 1
    assert far.well("down", "--now") == "the server is down; 1 running task was stopped\n"
    assert not (far.machine.queue / "server.json").exists()
    assert "no server runs" in far.well("down")


def test_the_user_s_own_queue_there_needs_no_path(far):
    far.env["BURRO_QUEUE"] = "ssh://bea@far"
    job = far.done("true")
    assert job == "1"
    assert (far.machine.home / ".local" / "state" / "burro" / "burro.db").exists()
    far.queue = far.machine.home / ".local" / "state" / "burro"


def test_what_ssh_is_asked_is_one_fixed_line(far):
    far.submit("echo", "it's $HOME; 'quoted'")
    far.submit("--queue", "ssh://far/~/q/../q", "true")
    assert len(set(far.machine.asked())) == 1
    assert "'quoted'" not in far.machine.asked()[0]


def test_a_link_that_breaks_is_made_again_and_nothing_is_submitted_twice(far):
    go = far.machine.home / "go"
    job = far.submit("--shell", f"echo first; until test -e '{go}'; do sleep 0.02; done; echo second")
    client = far.start("logs", "-f", job)
    assert client.stdout.readline() == b"first\n"
    for pid in (far.machine.root / "pids").read_text().split():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            continue
    go.write_text("")
    out, err = client.communicate(timeout=60)
    assert (out, client.returncode) == (b"second\n", 0), err


def test_a_server_there_that_dies_is_started_again(far):
    job = far.submit("--hold", "true")
    client = far.start("wait", job)
    until(lambda: len(far.machine.asked()) >= 2, within=30)
    os.kill(far.server(), signal.SIGKILL)
    far.well("release", job)
    _, err = client.communicate(timeout=60)
    assert client.returncode == 0, err


@pytest.mark.parametrize(
    ("address", "code", "sentence"),
    [
        (
            "ssh://nowhere",
            4,
            "ssh to nowhere failed: ssh: Could not resolve hostname nowhere",
        ),
        ("ssh://bare", 4, "there is no burro at bare; install it there"),
        ("ssh://-oProxyCommand=x", 2, "is no address of a queue"),
        ("ssh://", 2, "is no address of a queue"),
        ("ssh://a b/c", 2, "is no address of a queue"),
        ("ssh://far/proc/q", 2, "cannot make the queue directory"),
    ],
)
def test_what_cannot_be_reached_is_told_in_one_sentence(far, address, code, sentence):
    for words in (("status",), ("submit", "true"), ("down",)):
        ended = far.burro("--queue", address, *words)
        if address.endswith("/proc/q") and words[0] == "down":
            continue
        assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1), ended
        assert sentence in ended.err
