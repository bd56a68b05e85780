"""`burro up --at-boot`: a unit of the user's systemd, else a line of cron's, and what is written there works."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess

import pytest

from tests.crew import server_of
from tests.waiting import until

CRONTAB = """\
#!/bin/sh
# stands for crontab(1)
case $1 in
    -l) [ -e '{root}/crontab' ] || {{ echo "no crontab for ann" >&2; exit 1; }}; cat '{root}/crontab' ;;
    -) cat > '{root}/crontab' ;;
esac
"""
REFUSING = "#!/bin/sh\necho 'You (ann) are not allowed to use this program (crontab)' >&2; exit 1\n"
SYSTEMCTL = """\
#!/bin/sh
# stands for systemctl(1) of a user whose systemd answers
echo "$*" >> '{root}/asked'
case $2 in is-system-running) echo {state} ;; restart) exit 1 ;; esac
"""
LOGINCTL = "#!/bin/sh\necho Linger={linger}\n"


class Machine:
    """What of all that there is on this machine."""

    def __init__(self, world):
        self.world, self.root = world, world.home / "machine"
        self.bin = self.root / "bin"
        self.bin.mkdir(parents=True)
        world.env["PATH"] = f"{self.bin}:{world.env['PATH']}"
        self.has("crontab", REFUSING)
        self.has("systemctl", SYSTEMCTL, state="offline")

    def has(self, name, text, **values):
        path = self.bin / name
        path.write_text(text.format(root=self.root, **values) if "{" in text else text)
        path.chmod(0o755)

    @property
    def crontab(self):
        path = self.root / "crontab"
        return path.read_text() if path.exists() else ""

    @property
    def units(self):
        return sorted((self.world.home / ".config" / "systemd" / "user").glob("*"))


@pytest.fixture
def machine(queue):
    return Machine(queue)


def at_boot(world, text):
    """Run shell text as a machine does that has just started."""
    subprocess.run(["/bin/sh", "-c", text], env={"HOME": str(world.home)}, timeout=60, check=True)


def test_cron_starts_it_where_no_systemd_answers(machine, queue):
    machine.has("crontab", CRONTAB)
    (machine.root / "crontab").write_text("0 4 * * * mine 50%\n")
    for _ in range(2):
        queue.well("up", "-c", "0", "--at-boot")
    mine, ours = machine.crontab.splitlines()
    assert mine == "0 4 * * * mine 50%"
    queue.well("down")
    assert server_of(queue.queue) is None

    at_boot(queue, ours.removeprefix("@reboot ").replace("\\%", "%"))

    assert server_of(queue.queue)
    assert "ok   at boot" in queue.well("doctor")
    assert "no more" in queue.burro("down", "--no-at-boot").err
    assert machine.crontab == "0 4 * * * mine 50%\n"


def test_systemd_starts_and_ends_it_where_one_answers(machine, queue):
    machine.has("systemctl", SYSTEMCTL, state="degraded")
    machine.has("loginctl", LOGINCTL, linger="no")
    ended = queue.burro("up", "-c", "0", "--at-boot")
    assert (ended.code, "loginctl enable-linger" in ended.err) == (0, True)
    [unit] = machine.units
    text = unit.read_text()
    assert f"--user enable {unit.name}" in (machine.root / "asked").read_text()
    job = queue.submit("-o", "none", "sleep", "600")

    at_boot(queue, command(text, "ExecStop"))
    assert server_of(queue.queue) is None
    at_boot(queue, command(text, "ExecStart"))

    assert server_of(queue.queue)
    assert queue.state(job) == "ready"
    queue.well("up", "--no-at-boot")
    assert machine.units == []


def command(unit, name):
    """The shell text of a line of a unit, read as systemd does."""
    [line] = [line for line in unit.splitlines() if line.startswith(f"{name}=")]
    shell, option, text = shlex.split(line.partition("=")[2].replace("$$", "$").replace("%%", "%"))
    assert (shell, option) == ("/bin/sh", "-c")
    return text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("name", ["queue", '50% of $HOME\'s "queue"'])
def test_systemd_takes_the_unit(tmp_path, name):
    from burro.server.boot_entry import BootEntry

    path = tmp_path / "burro-1.service"
    path.write_text(BootEntry(str(tmp_path / name), (("PATH", os.environ["PATH"]),)).unit)
    done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, timeout=30, check=False)
    assert path.name not in done.stderr, done.stderr


def test_where_nothing_starts_anything_the_line_is_told(machine, queue):
    ended = queue.burro("up", "--at-boot")
    assert ended.code == 1
    assert f"burro up --queue {queue.queue}" in ended.err
    assert server_of(queue.queue) is None


def test_a_machine_that_goes_down_spares_what_runs_elsewhere(queue, tmp_path):
    from tests.node import POOL, Node

    queue.queue.mkdir(mode=0o700)
    (queue.queue / "burro.toml").write_text(POOL)
    queue.well("up", "-c", "1")
    node = Node(tmp_path / "node", queue.queue)
    try:
        job = queue.submit(
            "-o", "none", "-p", "whole", "--shell", "echo $BURRO_ATTEMPT >> ran; until [ -e go ]; do sleep 0.05; done"
        )
        here = queue.submit("-o", "none", "-p", "local", "--shell", "[ $BURRO_ATTEMPT -gt 1 ] || sleep 600")
        until((queue.work / "ran").exists, within=20)
        queue.runs(here)
        for _ in range(2):
            os.kill(queue.server(), signal.SIGTERM)
        until(lambda: server_of(queue.queue) is None, within=20)
        queue.write("go", "")
        assert queue.burro("wait", job, here).code == 0
        assert (queue.work / "ran").read_text() == "1\n"
        assert json.loads(queue.well("show", here, "--json"))["tasks"][0]["attempts"][0]["outcome"] == "released"
    finally:
        node.close()
