"""What the machines of the rig do, so that a test which uses them can believe what it sees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.crew import is_alive
from tests.rig.clients import clients
from tests.rig.machine import BOOT_ID, CHECKOUT
from tests.rig.programs import can_unshare
from tests.rig.sshd import loopback
from tests.waiting import until

NAMES = ["m1", "m2", "m3", "m4"]
LONG = 20  # seconds: far more than anything here needs
OWN_BOOT = f"hostname; cat {BOOT_ID}"


def said(machines, name, *words):
    """What a command says that must exit 0."""
    done = machines.ssh(name, *words)
    assert done.returncode == 0, done
    return done.stdout


def running(machines, name, command="cat"):
    """An ssh that is connected and whose command runs."""
    ssh = machines.start_ssh(name, f"echo here; {command}")
    assert ssh.stdout.readline() == "here\n"
    return ssh


def ended(ssh, within):
    """The exit code of an ssh that must end."""
    until(lambda: ssh.poll() is not None, within=within)
    return ssh.returncode


def test_each_machine_answers_from_its_own_home(machines):
    said(machines, "m1", "touch mark")

    for name in NAMES:
        home = str(machines[name].home)
        assert said(machines, name, "echo $RIG_MACHINE; pwd; echo $HOME").split() == [name, home, home]
        assert said(machines, name, "ls") == ("mark\n" if name == "m1" else "")


def test_where_we_may_each_machine_has_its_own_name_and_boot(machines):
    ours = [os.uname().nodename, Path(BOOT_ID).read_text().strip()]
    told = [said(machines, name, OWN_BOOT).split() for name in NAMES]

    if can_unshare("--uts", "--mount"):
        assert [hostname for hostname, _ in told] == NAMES
        assert len({boot for _, boot in [ours, *told]}) == 5
    else:
        assert told == [ours] * 4


def test_the_start_file_is_read_and_may_be_noisy(machines):
    machines["m1"].banner("Authorized use only.\n")
    machines["m1"].bashrc("echo Welcome!; echo no terminal >&2; export FROM_START_FILE=yes")

    done = machines.ssh("m1", "echo $FROM_START_FILE")

    assert done.stdout == "Welcome!\nyes\n"
    assert done.stderr == "Authorized use only.\nno terminal\n"
    assert machines.ssh("m2", "echo $FROM_START_FILE").stdout == "\n"


def test_files_come_and_go_by_scp_and_rsync(machines, tmp_path):
    (tmp_path / "sent").write_text("text")
    env = {"PATH": f"{machines.user.bin}:/usr/bin:/bin"}

    subprocess.run(["scp", "-q", "sent", "m1:by-scp"], cwd=tmp_path, env=env, check=True)
    subprocess.run(["rsync", "sent", "m2:by-rsync"], cwd=tmp_path, env=env, check=True)

    assert (machines["m1"].home / "by-scp").read_text() == "text"
    assert (machines["m2"].home / "by-rsync").read_text() == "text"


def test_a_command_can_be_missing_or_be_another(machines):
    login = machines["m1"].login
    login.hide("python*")
    assert machines.ssh("m1", "python3").returncode == 127
    assert said(machines, "m1", "ls /; command -v ls")

    login.add("python3", "#!/bin/sh\necho Python 2.7.18\n")
    assert said(machines, "m1", "python3 --version") == "Python 2.7.18\n"
    assert machines.ssh("m2", "python3 -c 'import sys'").returncode == 0


def test_the_shell_can_be_another(machines):
    machines["m1"].login.change(shell="/bin/sh")

    assert said(machines, "m1", "echo $0").strip() == "/bin/sh"
    assert said(machines, "m2", "echo $0").strip() == "/bin/bash"


def test_a_changed_host_key_is_noticed(machines):
    machines["m1"].change_host_key()
    machines.relay("m1")  # makes no difference

    done = machines.ssh("m1", "true")

    assert done.returncode == 255
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr
    assert done.stderr.endswith("Host key verification failed.\n")
    machines.user.knows(machines)
    said(machines, "m1", "true")


def test_a_refused_key_does_not_get_in_and_an_accepted_one_does_again(machines):
    machines["m1"].refuse_key()
    done = machines.ssh("m1", "true")
    assert (done.returncode, done.stderr.strip()[-30:]) == (255, "Permission denied (publickey).")

    machines["m1"].accept_key()
    said(machines, "m1", "true")


def test_a_restricted_key_runs_only_its_command(machines):
    machines["m1"].restrict_key("""echo "only 'this', not $SSH_ORIGINAL_COMMAND" """)

    assert said(machines, "m1", "touch mark") == "only 'this', not touch mark\n"
    assert not (machines["m1"].home / "mark").exists()


def test_a_cut_ends_connections_within_a_second_and_leaves_commands_running(machines):
    ssh = running(machines, "m1", "exec sleep 1000")
    other = running(machines, "m2")

    machines["m1"].cut()

    assert ended(ssh, within=1) == 255
    assert list(machines["m1"].processes().values()) == ["sleep 1000"]
    assert other.poll() is None
    said(machines, "m1", "true")


def test_a_stopped_sshd_refuses_new_connections_and_keeps_old_ones(machines):
    ssh = running(machines, "m1")

    machines["m1"].stop()
    assert machines.ssh("m1", "true").stderr.endswith("Connection refused\n")
    assert ssh.communicate("still there\n", timeout=LONG)[0] == "still there\n"

    machines["m1"].start()
    said(machines, "m1", "true")


DAEMON = "setsid sh -c 'cd /; sleep 1000 </dev/null >/dev/null 2>&1 & echo $!'"


def test_without_power_nothing_runs_and_afterwards_it_is_another_boot(machines):
    boot = said(machines, "m1", OWN_BOOT)
    said(machines, "m1", f"touch mark $TMPDIR/mark; {DAEMON}")
    ssh = running(machines, "m1")
    pids = list(machines["m1"].processes())
    assert len(pids) >= 2

    machines["m1"].lose_power()

    assert not any(map(is_alive, pids))
    assert ended(ssh, within=1) == 255
    machines["m1"].start()
    until(lambda: machines["m1"].processes() == {}, within=10)  # but for who asked whether it is up
    assert said(machines, "m1", "ls; ls $TMPDIR") == "mark\n"
    assert (said(machines, "m1", OWN_BOOT) != boot) == can_unshare("--uts", "--mount")


KILLED = f"""
from tests.rig.sshd import loopback
machines = loopback(1)
machines.start()
print(machines.root, machines.ssh("m1", {DAEMON!r}).stdout, flush=True)
input()
"""


def test_tests_that_are_killed_leave_nothing_running():
    command = [sys.executable, "-c", KILLED]
    tests = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    root, daemon = tests.stdout.readline().split()
    assert is_alive(int(daemon))

    tests.kill()
    tests.communicate()

    until(lambda: not is_alive(int(daemon)), within=LONG)
    subprocess.run(["rm", "-r", root], check=True)


def test_connections_that_somebody_keeps_end_with_the_machines():
    machines = loopback(1)
    try:
        machines.start()
        relay = machines.relay("m1")
        silent = {"capture_output": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        machines.ssh("m1", "-f", "-N", "-M", "-S", f"{machines.root}/kept", **silent)
        relay.stall()
        kept = clients([relay.place])
    finally:
        machines.close()

    assert len(kept) == 1
    until(lambda: not is_alive(kept[0]), within=LONG)


def test_a_relay_that_stalls_says_nothing_and_goes_on_where_it_was(machines):
    relay = machines.relay("m1")
    ssh = running(machines, "m1")
    relay.stall()
    passed = relay.passed

    assert machines.ssh("m1", "-o", "ConnectTimeout=1", "true").returncode == 255
    ssh.stdin.write("late\n")
    ssh.stdin.flush()
    assert ssh.poll() is None
    assert relay.passed == passed

    relay.resume()
    assert ssh.stdout.readline() == "late\n"
    said(machines, "m1", "true")


def test_a_cut_relay_ends_connections_and_lets_new_ones_through(machines):
    relay = machines.relay("m1")
    ssh = running(machines, "m1")
    assert relay.connections == 1

    relay.cut()

    assert ended(ssh, within=1) == 255
    assert relay.connections == 0
    said(machines, "m1", "true")


def test_a_relay_cuts_in_the_middle_of_what_is_sent(machines):
    relay = machines.relay("m1")
    ssh = running(machines, "m1", "cat > file")
    passed = relay.passed
    relay.cut(after=300_000)

    ssh.communicate("x" * 10_000_000, timeout=LONG)

    assert ssh.returncode == 255
    assert relay.passed == passed + 300_000
    size = (machines["m1"].home / "file").stat().st_size
    assert size < 300_000


def test_a_slow_relay_takes_its_time(machines):
    relay = machines.relay("m1")
    ssh = running(machines, "m1")
    relay.slow(20_000)
    before = relay.passed

    ssh.stdin.write("x" * 100_000)
    ssh.stdin.flush()
    until(lambda: relay.passed > before + 2_000, within=LONG)
    assert relay.passed < before + 50_000

    relay.resume()
    assert len(ssh.communicate(timeout=LONG)[0]) == 100_000


def test_a_relay_that_refuses_keeps_what_there_is(machines):
    relay = machines.relay("m1")
    ssh = running(machines, "m1")

    relay.refuse()
    assert machines.ssh("m1", "true").stderr.endswith("Connection refused\n")
    relay.resume()

    said(machines, "m1", "true")
    assert ssh.communicate("still there\n", timeout=LONG)[0] == "still there\n"


def test_sshd_can_be_stricter(machines):
    machines["m1"].configure("MaxSessions 1\nAllowTcpForwarding no\n")
    kept = machines.start_ssh("m1", "-M", "-S", f"{machines.root}/kept", "echo here; cat")
    kept.stdout.readline()

    done = machines.ssh("m1", "-S", f"{machines.root}/kept", "-o", "ProxyCommand=false", "true")

    assert "Session open refused by peer" in done.stderr


def test_the_users_own_settings_come_first(machines):
    machines.configure("Host m1\n    SetEnv LC_RIG=mine\n")

    assert said(machines, "m1", "echo $LC_RIG") == "mine\n"
    assert said(machines, "m2", "echo $LC_RIG") == "\n"


def test_the_user_of_a_queue_reaches_the_machines(machines, queue):
    machines.serve(queue)

    done = subprocess.run(["ssh", "m1", "pwd"], env=queue.env, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(machines["m1"].home)
    assert "Host m1\n" in (queue.home / ".ssh/config").read_text()


def test_separate_machines_share_neither_name_nor_boot_nor_processes_nor_tmp(netns_machines):
    told = [said(netns_machines, name, f"{OWN_BOOT}; ls /proc | grep -c '^[0-9]'").split() for name in ("m1", "m2")]
    said(netns_machines, "m1", "touch /tmp/mark")

    assert [hostname for hostname, _, _ in told] == ["m1", "m2"]
    assert told[0][1] != told[1][1]
    assert all(int(processes) < 10 for _, _, processes in told)
    assert said(netns_machines, "m1", "ls /tmp") == "mark\n"
    assert said(netns_machines, "m2", "ls /tmp; getent hosts m1").split()[-1] == "m1"


def test_a_separate_machine_loses_power_without_a_word_and_boots_anew(netns_machines):
    m1 = netns_machines["m1"]
    boot = said(netns_machines, "m1", OWN_BOOT)
    ssh = netns_machines.start_ssh("m1", "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=2", f"{DAEMON}; cat")
    ssh.stdout.readline()
    pids = list(m1.processes())
    assert len(pids) >= 2

    m1.lose_power()

    assert not any(map(is_alive, pids))
    assert ssh.poll() is None  # it has heard nothing
    assert netns_machines.ssh("m1", "-o", "ConnectTimeout=1", "true").stderr.endswith("Connection timed out\n")
    assert ended(ssh, within=LONG) == 255
    m1.start()
    assert said(netns_machines, "m1", OWN_BOOT) != boot
    assert m1.processes() == {}


def test_a_cable_is_pulled_and_plugged_in_again(netns_machines):
    m1 = netns_machines["m1"]
    ssh = running(netns_machines, "m1")

    m1.unplug()
    ssh.stdin.write("late\n")
    ssh.stdin.flush()
    assert netns_machines.ssh("m1", "-o", "ConnectTimeout=1", "true").stderr.endswith("Connection timed out\n")
    assert ssh.poll() is None
    said(netns_machines, "m2", "true")

    m1.plug()
    assert ssh.stdout.readline() == "late\n"
    said(netns_machines, "m1", "true")
