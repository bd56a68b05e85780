"""A machine that people reach by ssh: a real sshd with a home, a host key and processes of its own.

It is not a second computer: the file system is shared, and without root the hostname and the boot id are too.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import uuid
from pathlib import Path

from tests.crew import words_of
from tests.rig.login import Login
from tests.rig.place import Place
from tests.rig.programs import can_unshare, new_key, no_penalties, program, sftp_server
from tests.rig.tree import descendants
from tests.waiting import until

CHECKOUT = Path(__file__).resolve().parents[2]
BOOT_ID = "/proc/sys/kernel/random/boot_id"
_LONG = 20  # seconds: far more than any machine needs to start or to end

_SSHD_CONFIG = """\
ListenAddress {address}
Port {port}
HostKey {directory}/host_key
PidFile none
AuthorizedKeysFile {directory}/authorized_keys
Banner {directory}/banner
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PermitUserRC no
MaxStartups 200
MaxSessions 200
UseDNS no
PrintMotd no
PrintLastLog no
AcceptEnv LANG LC_*
SetEnv HOME={nobodys}
Subsystem sftp {sftp}
"""


class Machine:
    """One machine. It is off until `start`."""

    # A hostname and a boot id of its own, where we may have them.
    namespaces: tuple[str, ...] = ("--uts", "--mount")

    def __init__(self, name: str, directory: Path, place: Place, public_key: str) -> None:
        self.name, self.directory, self.place = name, directory, place
        self.login = Login(name, directory)
        self.home, self.tmp = self.login.home, self.login.tmp
        self.public_host_key = new_key(directory / "host_key", name)
        self._public_key = public_key
        self._power: subprocess.Popen[str] | None = None
        self._booted = False
        self.accept_key()
        self.configure("")

    # What its users meet.

    def bashrc(self, text: str) -> None:
        """The start file of its user."""
        (self.home / ".bashrc").write_text(text)

    def banner(self, text: str) -> None:
        """What sshd says before anybody is let in."""
        self._write("banner", text)

    def accept_key(self) -> None:
        """Let the user's key in, as is so from the beginning."""
        self._write("authorized_keys", self.login.line(self._public_key))

    def refuse_key(self) -> None:
        """Let no key in."""
        self._write("authorized_keys", "")

    def restrict_key(self, command: str) -> None:
        """Let the user's key run this command only, whatever is asked for. It finds that in SSH_ORIGINAL_COMMAND."""
        self._write("authorized_keys", self.login.line(self._public_key, command))

    def change_host_key(self) -> None:
        """Answer with another host key from now on."""
        self.public_host_key = new_key(self.directory / "host_key", self.name)
        self._restart()

    def configure(self, text: str) -> None:
        """Put this into sshd_config, before everything else."""
        facts = {**self.place._asdict(), "directory": self.directory, "nobodys": self.login.nobodys}
        self._write("sshd_config", text + _SSHD_CONFIG.format(**facts, sftp=sftp_server()) + no_penalties())
        self._restart()

    # Power and network.

    def switch_on(self) -> None:
        """Begin to boot, if it is off. `start` waits for it; in between others can begin."""
        if self._power is None:
            self._write("boot_id", f"{uuid.uuid4()}\n")
            init = [sys.executable, "-E", "-S", "-m", "tests.rig.init", json.dumps(self._plan())]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            with (self.directory / "console").open("a") as console:
                command = [*self._separate(), *init]
                self._power = subprocess.Popen(command, cwd=CHECKOUT, stderr=console, start_new_session=True, **pipes)
            self._booted = False

    def start(self) -> None:
        """Boot, if it is off, and let people in."""
        self.switch_on()
        if not self._booted:
            self._hear("up")
            self._connect()
            self._booted = True
        self._tell("start")
        until(self._listens, within=_LONG)

    def stop(self) -> None:
        """End sshd: "Connection refused". Who is in stays."""
        self._tell("stop")

    def cut(self) -> None:
        """End every connection; what runs on the machine runs on."""
        self._tell("cut")

    def lose_power(self) -> None:
        """End everything on the machine at once. `start` boots it again."""
        if self._power is not None:
            self._switch_off()
            self._power.wait(timeout=_LONG)
            for pipe in (self._power.stdin, self._power.stdout):
                pipe.close()
            self._power = None
            shutil.rmtree(self.tmp)
            self.tmp.mkdir()

    def processes(self) -> dict[int, str]:
        """The pid and command of everything that runs on the machine but its sshd."""
        everything = {pid: " ".join(words_of(pid)) for pid in descendants(self.pid)} if self._power else {}
        return {pid: words for pid, words in everything.items() if words and not words.startswith("sshd")}

    @property
    def pid(self) -> int:
        """The pid of the machine's first process."""
        assert self._power is not None, f"{self.name} is off"
        return self._power.pid

    def _switch_off(self) -> None:
        """Init ends everything when nobody holds its stdin any more."""
        self._power.stdin.close()

    def _restart(self) -> None:
        if self._power is not None:
            self.stop()
            self.start()

    def _connect(self) -> None:
        """Loopback addresses are there from the beginning."""

    def _separate(self) -> list[str]:
        return [program("unshare"), *self.namespaces] if can_unshare(*self.namespaces) else []

    def _plan(self) -> dict[str, object]:
        sshd = [program("sshd"), "-D", "-f", f"{self.directory}/sshd_config", "-E", f"{self.directory}/log"]
        own = can_unshare(*self.namespaces)
        return {"sshd": sshd, "hostname": self.name if own else None, "binds": self._binds() if own else []}

    def _binds(self) -> list[tuple[str, str]]:
        return [(f"{self.directory}/boot_id", BOOT_ID)]

    def _tell(self, word: str) -> None:
        assert self._power is not None, f"{self.name} is off"
        self._power.stdin.write(f"{word}\n")
        self._power.stdin.flush()
        self._hear(word)

    def _hear(self, word: str) -> None:
        heard = self._power.stdout.readline().strip()
        assert heard == word, f"{self.name} said {heard!r}, not {word!r}; see {self.directory}/console"

    def _listens(self) -> bool:
        try:
            socket.create_connection(self.place, timeout=_LONG).close()
        except OSError:
            return False
        return True

    def _write(self, name: str, text: str) -> None:
        fresh = self.directory / f"{name}.new"  # sshd may be reading the old one
        fresh.write_text(text)
        os.replace(fresh, self.directory / name)
