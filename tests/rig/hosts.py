"""Machines as separate as one kernel can make them: a network card, processes, hostname, boot id and /tmp of their own.

Only root can make them. They lose power as real ones do: all at once, and without a word to anybody.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.crew import kill
from tests.rig.machine import Machine
from tests.rig.network import Network
from tests.rig.place import Place
from tests.rig.programs import Unavailable, can_unshare, program
from tests.rig.sshd import Machines, prepare
from tests.rig.tree import descendants


class Host(Machine):
    """One of them."""

    namespaces = ("--uts", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child")

    def __init__(self, number: int, directory: Path, network: Network, public_key: str) -> None:
        self._number, self._network = number, network
        super().__init__(directory.name, directory, Place(network.address(number), 22), public_key)

    def unplug(self) -> None:
        """Pull the network cable. Connections hang, and so do new ones."""
        self._network.unplug(self._number)

    def plug(self) -> None:
        """Plug it in again."""
        self._network.plug(self._number)

    @property
    def pid(self) -> int:
        """The pid, as we see it, of the machine's first process: the only child of the one that made it."""
        return descendants(super().pid)[0]

    def _connect(self) -> None:
        self._network.connect(self._number, self.pid)

    def _switch_off(self) -> None:
        """The cable first: the kernel would close the connections of dead processes, and tell."""
        try:
            self._network.remove(self._number)
        finally:
            for pid in descendants(super().pid):  # the first of them takes all others with it
                kill(pid)

    def _binds(self) -> list[tuple[str, str]]:
        hosts = (f"{self.directory.parent}/hosts", "/etc/hosts")
        return [*super()._binds(), hosts, (str(self.tmp), "/tmp")]


class Hosts(Machines):
    """Some of them: m1, m2 and so on, by these names also among themselves."""

    def __init__(self, count: int) -> None:
        self._network = Network()
        super().__init__(count)
        names = [f"{one.place.address} {one.name}\n" for one in self]
        (self.root / "hosts").write_text("127.0.0.1 localhost\n" + "".join(names))

    def make(self, number: int) -> Host:
        """The machine of this number, switched off."""
        return Host(number, self.root / f"m{number}", self._network, self.user.public_key)

    def close(self) -> None:
        """End and remove everything."""
        try:
            super().close()
        finally:
            self._network.close()


def hosts(count: int = 2) -> Hosts:
    """So many machines, ready to be started."""
    if os.geteuid() != 0:
        raise Unavailable("only root can make machines in namespaces; the tests with them are for root")
    program("ip")
    if not can_unshare(*Host.namespaces):
        raise Unavailable("this root may not make namespaces, as in most containers; the tests with them need that")
    prepare()
    return Hosts(count)
