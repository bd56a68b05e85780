from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def machine(tmp_path):
    """A machine with the few commands that the scripts use; each test adds the Pythons and rights it has."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("sh", "env", "rm", "dirname", "mkdir"):
        (commands / name).symlink_to(shutil.which(name))
    add(commands, "id", "echo 1000")
    return commands


def add(commands, name, script):
    (commands / name).unlink(missing_ok=True)
    (commands / name).write_text(f"#!/bin/sh\n{script}\n")
    (commands / name).chmod(0o755)


def run(machine, tool, *words):
    ran = [CHECKOUT / "tools" / tool, *words]
    return subprocess.run(ran, env={"PATH": str(machine)}, capture_output=True, text=True, timeout=60, check=False)


PYTHON = """
case "$*" in
    *"sys.executable"*) echo "$0" ;;
    *"import ensurepip"*) test -e {folder}/has-venv ;;
    *"%d.%d"*) echo 3.11 ;;
    *) echo "$(basename "$0") $*" >> {folder}/did ;;
esac
"""


def test_where_no_python_is_new_enough_one_sentence_says_what_to_install(machine, tmp_path):
    add(machine, "python3.11", "exit 127")  # a name without an interpreter, as version switchers leave it
    add(machine, "python3", "exit 1")

    told = run(machine, "virtual-environment", tmp_path / "venv")

    assert told.returncode == 1
    assert told.stderr == (
        "burro needs Python 3.11 or newer and found none; install it, for example: sudo apt-get install python3.11\n"
    )


def test_the_first_python_that_runs_is_taken(machine, tmp_path):
    (machine / "basename").symlink_to(shutil.which("basename"))
    (tmp_path / "has-venv").touch()
    add(machine, "python3.11", "exit 127")
    add(machine, "python3.12", PYTHON.format(folder=tmp_path))
    add(machine, "python3", "exit 1")

    assert run(machine, "virtual-environment", tmp_path / "venv").returncode == 0
    assert (tmp_path / "did").read_text() == f"python3.12 -m venv {tmp_path}/venv\n"


def test_the_part_that_debian_leaves_out_is_named_where_it_cannot_be_installed(machine, tmp_path):
    add(machine, "python3.11", PYTHON.format(folder=tmp_path))
    add(machine, "apt-get", "exit 1")
    add(machine, "sudo", "exit 1")

    told = run(machine, "virtual-environment", tmp_path / "venv")

    assert told.returncode == 1
    assert told.stderr == (
        "this needs the system packages python3.11-venv; run: sudo apt-get install python3.11-venv\n"
    )
    assert not (tmp_path / "did").exists()


@pytest.mark.parametrize("rights", ["root", "passwordless sudo"])
def test_packages_are_installed_where_we_may_after_fetching_lists_that_are_missing(machine, tmp_path, rights):
    if rights == "root":
        add(machine, "id", "echo 0")
    else:
        add(machine, "sudo", 'shift; exec "$@"')
    log = tmp_path / "log"
    known = f"echo $verb >> {log}; test $verb = update || test $(wc -l < {log}) -gt 1"
    add(machine, "apt-get", f'case "$*" in update*) verb=update ;; *) verb=install ;; esac; {known}')
    (machine / "wc").symlink_to(shutil.which("wc"))
    add(machine, "true", "exit 0")
    add(machine, "install", "exit 0")

    assert run(machine, "system-packages", "gcc").returncode == 0
    assert log.read_text().split() == ["install", "update", "install"]


def test_the_services_of_what_is_installed_stay_off(machine, tmp_path):
    (machine / "sed").symlink_to(shutil.which("sed"))
    add(machine, "id", "echo 0")
    add(machine, "apt-get", "exit 0")
    add(machine, "install", f'echo "$3 $4" > {tmp_path}/policy')
    add(
        machine,
        "dpkg",
        "echo /usr/sbin/sshd; echo /lib/systemd/system/ssh.service; echo /lib/systemd/system/ssh@.service",
    )
    add(machine, "systemctl", f'echo "$*" >> {tmp_path}/units')

    assert run(machine, "system-packages", "openssh-server").returncode == 0
    assert (tmp_path / "units").read_text() == "--quiet disable ssh.service\n"
    if not Path("/usr/sbin/policy-rc.d").exists():  # else this machine starts nothing anyway
        policy = f"{CHECKOUT}/tools/quiet-services /usr/sbin/policy-rc.d\n"
        assert (tmp_path / "policy").read_text() == policy


def test_what_the_tests_need_is_installed_only_where_it_is_missing(machine):
    add(machine, "apt-get", "exit 1")
    add(machine, "sudo", "exit 1")
    add(machine, "sshd", "exit 0")

    told = run(machine, "for-tests")
    for name in ("ssh", "rsync"):
        add(machine, name, "exit 0")

    assert told.returncode == 1
    assert told.stderr == (
        "this needs the system packages openssh-client rsync; run: sudo apt-get install openssh-client rsync\n"
    )
    assert run(machine, "for-tests").returncode == 0


def test_without_apt_the_sentence_leaves_the_way_to_the_reader(machine):
    told = run(machine, "system-packages", "gcc", "libc6-dev")

    assert told.returncode == 1
    assert told.stderr == (
        "this needs what Debian calls gcc libc6-dev; install it with your system's package manager and try again\n"
    )


def test_make_alone_lists_what_there_is_to_do():
    # Make tells its children of itself; a make within a make would print more.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    listed = subprocess.run(["make"], cwd=CHECKOUT, env=clean, capture_output=True, text=True, timeout=60, check=True)

    words = [line.split()[1] for line in listed.stdout.splitlines()]
    assert words[:6] == ["help", "demo", "test", "check", "chaos", "bench"]


@pytest.mark.parametrize("name", ["build", "run", "dev", "demo"])
def test_every_locked_version_has_hashes_and_names_no_host(name):
    text = (CHECKOUT / "requirements" / f"{name}.txt").read_text()
    code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))

    assert "://" not in code
    entries = re.split(r"\n(?=\S)", code.strip())
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+ \\(\n\s+--hash=sha256:[0-9a-f]{64}( \\)?)+", entry) for entry in entries)


def test_the_locked_versions_are_the_same_in_every_list():
    found: dict[str, set[str]] = {}
    for path in (CHECKOUT / "requirements").glob("*.txt"):
        for package, version in re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(), re.MULTILINE):
            found.setdefault(package, set()).add(version)

    assert {package: versions for package, versions in found.items() if len(versions) > 1} == {}
