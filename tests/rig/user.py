"""The user who logs in: a home whose .ssh knows the machines, and the ssh, scp and sftp that read it.

OpenSSH takes a user's home from the password file, not from HOME. So the user of a test has commands of those names
first on PATH, which name the right file.
"""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from tests.rig.machine import Machine
from tests.rig.place import Place
from tests.rig.programs import new_key, program

LONGEST = 60.0  # seconds for one command

_EVERYBODY = """
Host *
    User {user}
    IdentityFile {ssh}/id_ed25519
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile {ssh}/known_hosts
    GlobalKnownHostsFile /dev/null
"""

_HOST = """
Host {name}
    HostName {address}
    Port {port}
    HostKeyAlias {name}
"""


class User:
    """The user's side of the rig."""

    def __init__(self, home: Path) -> None:
        self.ssh_directory, self.bin = home / ".ssh", home / "bin"
        for folder in (self.ssh_directory, self.bin):
            folder.mkdir(parents=True, mode=0o700)
        self.config = self.ssh_directory / "config"
        self.public_key = new_key(self.ssh_directory / "id_ed25519", "rig")
        self._started: list[subprocess.Popen[str]] = []
        for name in ("ssh", "scp", "sftp"):
            command = self.bin / name
            command.write_text(f'#!/bin/sh\nexec {program(name)} -F "{self.config}" "$@"\n')
            command.chmod(0o755)

    def knows(self, machines: Iterable[Machine]) -> None:
        """Write known_hosts: these machines' present keys."""
        lines = [f"{one.name} {' '.join(one.public_host_key.split()[:2])}\n" for one in machines]
        (self.ssh_directory / "known_hosts").write_text("".join(lines))

    def configure(self, places: dict[str, Place], extra: str = "") -> None:
        """Write .ssh/config: where each machine is; `extra` comes first, where ssh lets it win."""
        hosts = [_HOST.format(name=name, **place._asdict()) for name, place in places.items()]
        everybody = _EVERYBODY.format(user=getpass.getuser(), ssh=self.ssh_directory)
        self.config.write_text("".join([extra, *hosts, everybody]))

    def ssh(self, name: str, *words: str, **how) -> subprocess.CompletedProcess[str]:
        """Run `ssh NAME WORDS` to its end, never asking anything."""
        command = [self.bin / "ssh", "-o", "BatchMode=yes", name, *words]
        settings = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": LONGEST}
        return subprocess.run(command, **{**settings, **how}, check=False)

    def start(self, name: str, *words: str, **how) -> subprocess.Popen[str]:
        """Start `ssh NAME WORDS` and let it run; what still runs after the test is ended."""
        command = [self.bin / "ssh", "-o", "BatchMode=yes", name, *words]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self._started.append(subprocess.Popen(command, **{**pipes, **how}))
        return self._started[-1]

    def leave(self) -> None:
        """End what was started."""
        for one in self._started:
            one.kill()
            one.wait()
            for pipe in (one.stdin, one.stdout, one.stderr):
                _close(pipe)


def _close(pipe: IO[str] | None) -> None:
    try:
        if pipe is not None:
            pipe.close()
    except BrokenPipeError:  # it still held something for the one who is gone
        pass
