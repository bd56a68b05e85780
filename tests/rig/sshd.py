"""Machines on the loopback addresses of this computer, and the user who reaches them as m1, m2 and so on."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.conftest import World
from tests.crew import kill
from tests.rig.clients import clients
from tests.rig.machine import Machine
from tests.rig.place import Place
from tests.rig.programs import program
from tests.rig.relay import Relay
from tests.rig.user import User

# Not in /tmp: some machines have one of their own. And short: names of sockets are.
ROOMY = "/var/tmp"


class Machines:
    """Some machines, the user who reaches them, and the relays between. All that was started ends with `close`."""

    def __init__(self, count: int) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="rig-", dir=ROOMY))
        self.user = User(self.root / "user")
        self._relays: dict[str, Relay] = {}
        self._extra = ""
        self._machines: dict[str, Machine] = {}
        for number in range(1, count + 1):
            self._machines[f"m{number}"] = self.make(number)
        self.user.knows(self)
        self._introduce()

    def make(self, number: int) -> Machine:
        """The machine of this number, switched off."""
        name = f"m{number}"
        return Machine(name, self.root / name, _free_place(f"127.0.0.{10 + number}"), self.user.public_key)

    def __getitem__(self, name: str) -> Machine:
        return self._machines[name]

    def __iter__(self) -> Iterator[Machine]:
        return iter(self._machines.values())

    def start(self) -> None:
        """Start all of them."""
        for one in self:
            one.switch_on()
        for one in self:
            one.start()

    def relay(self, name: str) -> Relay:
        """Lead the user's way to a machine through a relay from now on."""
        if name not in self._relays:
            self._relays[name] = Relay(self[name].place)
            self._introduce()
        return self._relays[name]

    def configure(self, text: str) -> None:
        """Put this into the user's .ssh/config, before everything else."""
        self._extra = text
        self._introduce()

    def start_ssh(self, name: str, *words: str, **how) -> subprocess.Popen[str]:
        """Start `ssh NAME WORDS` as the user; it ends with the test."""
        return self.user.start(name, *words, **how)

    def ssh(self, name: str, *words: str, **how) -> subprocess.CompletedProcess[str]:
        """Run `ssh NAME WORDS` as the user."""
        return self.user.ssh(name, *words, **how)

    def serve(self, world: World) -> None:
        """Make the user of a test's queue the one who reaches these machines."""
        (world.home / ".ssh").symlink_to(self.user.ssh_directory)
        world.env["PATH"] = f"{self.user.bin}{os.pathsep}{world.env['PATH']}"

    def close(self) -> None:
        """End and remove everything, whatever of it fails."""
        with ExitStack() as last:
            last.callback(shutil.rmtree, self.root)
            for one in self:
                last.callback(one.lose_power)
            for relay in self._relays.values():
                last.callback(relay.close)
            last.callback(self._hang_up)
            last.callback(self.user.leave)

    def _hang_up(self) -> None:
        """End the connections that somebody keeps. With a silent network they would stay for hours."""
        for pid in clients([one.place for one in (*self, *self._relays.values())]):
            kill(pid)

    def _introduce(self) -> None:
        relayed = {name: relay.place for name, relay in self._relays.items()}
        self.user.configure({**{one.name: one.place for one in self}, **relayed}, self._extra)


def _free_place(address: str) -> Place:
    """A port that is free on an address which few use."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return Place(*probe.getsockname())


def loopback(count: int = 4) -> Machines:
    """So many machines, ready to be started."""
    prepare()
    return Machines(count)


def prepare() -> None:
    """What sshd wants to find."""
    program("sshd")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # made by the service, which does not run here
