"""A worker at another machine: found or started through a link, and the same one ever after."""

from __future__ import annotations

import os
import shutil
import signal
import stat

import pytest

from burro.base.errors import Unreachable
from burro.base.paths import boot_id, host
from burro.pools.ssh import REMOTE
from tests.crew import children_of
from tests.interpreters import interpreters
from tests.waiting import until
from tests.worker.far import lives

LOGIN_SHELLS = {
    "bash": (".bash_profile", "export FROM_PROFILE=yes"),
    "zsh": (".zprofile", "export FROM_PROFILE=yes"),
    "tcsh": (".login", "setenv FROM_PROFILE yes"),
    "fish": (".config/fish/config.fish", "if status is-login; set -x FROM_PROFILE yes; end"),
}


def test_the_first_link_brings_the_worker_and_a_task_runs_there(fars):
    far = fars()
    linked = far.link()
    assert linked["fresh"]
    assert far.greeting.sent_file
    assert (linked["home"], linked["host"], linked["boot"]) == (str(far.home), host(), boot_id())
    assert linked["worker_dirs"] == [linked["worker"]]
    assert not linked["shared"]
    assert far.hellos[0]["worker"] == linked["worker"]
    assert far.hellos[0]["pool"] == "gpu1"
    assert far.end_of(far.run("echo $PPID > up"))[:2] == ("exited", 0)
    assert int(far.text("up")) == far.hellos[0]["pid"]


@pytest.mark.parametrize("version", interpreters())
def test_every_python_there_may_be_serves(fars, version):
    far = fars()
    (far.bin / "python3").unlink()
    (far.bin / "python3").symlink_to(interpreters()[version])
    far.open()
    assert far.greeting.python.startswith(f"{version[0]}.{version[1]}.")
    assert far.answer(op="expand", path="~")["path"] == str(far.home)
    assert far.end_of(far.run("true"))[:2] == ("exited", 0)


def test_all_that_lies_there_is_closed_to_others(far):
    for path in [far.queue, far.directory, far.directory / "journal", far.directory / "worker.json"]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_worker_outlives_its_link_and_the_next_link_finds_it(far):
    key = far.run("echo > up; until [ -e go ]; do sleep 0.05; done; exit 3")
    far.until((far.work / "up").exists)
    far.cut()
    (far.work / "go").touch()
    far.until(lambda: any(line.startswith("e 1 0 1 exited 3") for line in far.journal()))
    linked = far.link()
    assert not linked["fresh"]
    assert not far.greeting.sent_file
    assert far.end_of(key)[:2] == ("exited", 3)
    assert far.hellos[0]["pid"] == far.hellos[1]["pid"]


def test_the_newest_link_is_the_one_and_the_older_ends(far):
    first = far.links[0]
    far.link()
    until(lambda: first.poll() is not None, within=20)
    assert far.end_of(far.run("true"))[:2] == ("exited", 0)
    assert far.hellos[0]["pid"] == far.hellos[1]["pid"]


def test_a_ping_is_answered_by_the_worker(far):
    assert far.answer(op="ping") == {"op": "pong", "n": 77}


def test_a_worker_that_was_killed_is_there_again_and_its_tasks_go_on(far):
    key = far.run("echo > up; until [ -e go ]; do sleep 0.05; done; exit 5")
    far.until((far.work / "up").exists)
    os.kill(far.member("worker"), signal.SIGKILL)
    until(lambda: far.links[-1].poll() is not None, within=20)
    far.link()
    (far.work / "go").touch()
    assert far.end_of(key)[:2] == ("exited", 5)


def test_when_keeper_and_worker_died_the_next_link_starts_others_in_the_same_place(far):
    key = far.run("echo > up; sleep 600")
    far.until((far.work / "up").exists)
    far.kill_crew()
    linked = far.link()
    assert not linked["fresh"]
    assert far.end_of(key)[0] == "lost"
    assert far.end_of(far.run("true", job=2))[:2] == ("exited", 0)


def test_a_killed_keeper_costs_nothing_there_either(far):
    key = far.run("echo > up; until [ -e go ]; do sleep 0.05; done; exit 4")
    far.until((far.work / "up").exists)
    os.kill(far.member("keeper"), signal.SIGKILL)
    until(lambda: far.links[-1].poll() is not None, within=20)
    far.link()
    (far.work / "go").touch()
    assert far.end_of(key)[:2] == ("exited", 4)


def test_a_machine_that_was_restarted_says_so(far):
    key = far.run("echo > up; sleep 600")
    far.until((far.work / "up").exists)
    far.kill_crew()
    far.there |= {"BURRO_TESTING": "1", "BURRO_BOOT_ID": "00000000-0000-4000-8000-000000000002"}
    linked = far.link()
    assert linked["boot"] == "00000000-0000-4000-8000-000000000002"
    assert far.end_of(key)[::2] == ("lost", "the machine was restarted")


def test_two_pools_at_one_machine_have_a_worker_each(far):
    first = far.hellos[0]["worker"]
    far.settings["pool"] = "gpu1-b"
    linked = far.link()
    assert linked["fresh"]
    assert linked["worker_dirs"] == [linked["worker"]] != [first]


def test_a_server_that_says_nothing_for_long_loses_its_link_and_not_its_worker(fars):
    far = fars()
    far.settings["timeout"] = 0.5
    far.open()
    assert far.links[0].wait(20) == 1
    assert lives(far.member("worker"))


def test_an_idle_worker_that_nobody_visits_leaves(fars):
    far = fars()
    far.settings["linger"] = 0.5
    far.open()
    worker = far.member("worker")
    far.cut()
    until(lambda: not lives(worker), within=20)
    until(lambda: far.member("keeper") is None, within=20)
    assert not far.link()["fresh"]


def test_the_environment_of_a_login_reaches_the_worker(fars):
    far = fars()
    (far.home / ".profile").write_text("export FROM_PROFILE='a\nb'; echo noise; SSH_TTY=x; export SSH_TTY\n")
    far.settings["env"] = {"FROM_POOL": "c"}
    far.open()
    with open(f"/proc/{far.member('worker')}/environ", "rb") as file:
        found = dict(part.partition(b"=")[::2] for part in file.read().split(b"\0"))
    assert (found[b"FROM_PROFILE"], found[b"FROM_POOL"]) == (b"a\nb", b"c")
    assert b"SSH_TTY" not in found


@pytest.mark.parametrize("shell", [shell for shell in LOGIN_SHELLS if shutil.which(shell)])
def test_the_profile_of_every_shell_is_read(fars, shell):
    far = fars()
    name, line = LOGIN_SHELLS[shell]
    (far.home / name).parent.mkdir(parents=True, exist_ok=True)
    (far.home / name).write_text(line + "\n")
    far.there["SHELL"] = shutil.which(shell)
    far.command = [shell, "-c", REMOTE]
    far.open()
    far.end_of(far.run('echo "$FROM_PROFILE" > said', env_base="machine"))
    assert far.text("said") == "yes"


def test_a_link_keeps_no_zombies(far):
    until(lambda: children_of(far.links[0].pid) == [far.member("keeper")], within=20)


def test_a_profile_that_ends_the_shell_does_no_harm(fars):
    far = fars()
    (far.home / ".profile").write_text("exit 3\n")
    assert far.open().end_of(far.run("true"))[:2] == ("exited", 0)


def test_a_machine_without_a_python_says_so(fars):
    far = fars()
    for name in ("sh", "printf"):
        (far.bin / name).symlink_to(f"/bin/{name}" if name == "sh" else "/usr/bin/printf")
    (far.bin / "python3").unlink()
    (far.bin / "python3").write_text("#!/bin/sh\necho Python 3.6.8\n")
    (far.bin / "python3").chmod(0o755)
    far.there["PATH"] = str(far.bin)
    with pytest.raises(Unreachable, match=r"no Python of at least 3.9 there \(python3 is Python 3.6.8\); name one"):
        far.link()
    assert far.links[0].wait(20) == 86


def test_files_are_read_by_the_link(far):
    (far.home / "x").write_bytes(b"0123456789")
    path = str(far.home / "x")
    assert far.answer(op="expand", path="~/x") == {"op": "expanded", "n": 77, "path": path, "dir": False}
    assert far.answer(op="expand", path="~")["dir"]
    fetched = far.answer(op="fetch", path=path, offset=4, size=3)
    assert fetched == {"op": "fetched", "n": 77, "b64": "NDU2", "size": 10, "eof": False}
    assert far.answer(op="fetch", path=path, offset=8, size=100)["eof"]
    assert far.answer(op="stat", path=path)["size"] == 10
    assert far.answer(op="stat", path="/nowhere")["exists"] is False
    assert far.answer(op="fetch", path="/nowhere", offset=0, size=1)["error"].startswith("/nowhere: No such file")
    assert "regular" in far.answer(op="fetch", path="/dev/zero", offset=0, size=1)["error"]
    assert far.answer(op="mkdir", path="~/a/b")["path"] == str(far.home / "a/b")
    assert (far.home / "a/b").is_dir()
