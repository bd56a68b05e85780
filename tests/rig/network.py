"""A switch with a cable to every machine, and this computer on it too."""

from __future__ import annotations

import os
import secrets
import subprocess
from pathlib import Path

from tests.crew import is_alive
from tests.rig.programs import Unavailable, program
from tests.waiting import until

_NETS = [f"198.18.{number}" for number in range(256)]  # set aside for tests of networks; nobody's addresses

_FORWARDING = "3"  # BR_STATE_FORWARDING of <linux/if_bridge.h>
_LONG = 10  # seconds


class Network:
    """Machine 3 has address .3 and plug 3. The switch goes with `close`, a cable with the machine at its end."""

    def __init__(self) -> None:
        _remove_left_over()
        self._switch = f"rig{secrets.token_hex(3)}"
        used = _ip(["-o", "address"])
        self._net = next(net for net in _NETS if f" {net}." not in used)
        _batch(
            f"link add {self._switch} type bridge",
            f"link set {self._switch} alias {_alias(os.getpid())}",
            f"address add {self._net}.254/24 dev {self._switch}",
            f"link set {self._switch} up",
        )

    def address(self, number: int) -> str:
        """The address of machine `number`."""
        return f"{self._net}.{number}"

    def connect(self, number: int, pid: int) -> None:
        """Lay a cable from the switch to the network namespace of this process."""
        card = f"02:72:69:67:00:{number:02x}"  # a card keeps its address when its machine boots
        _batch(
            f"link add {self._cable(number)} type veth peer name eth0 address {card} netns {pid}",
            f"link set {self._cable(number)} master {self._switch}",
            # Asking for it anew would tell us, after some random time, that nobody is there. Routers are silent.
            f"neighbour replace {self.address(number)} lladdr {card} dev {self._switch} nud permanent",
        )
        _batch(
            "link set lo up",
            f"address add {self.address(number)}/24 dev eth0",
            "link set eth0 up",
            inside=["nsenter", "--target", str(pid), "--net"],
        )
        self.plug(number)

    def plug(self, number: int) -> None:
        """Plug the cable in, and wait for the switch to see it: what comes earlier is lost, for a second at least."""
        _batch(f"link set {self._cable(number)} up")
        state = Path(f"/sys/class/net/{self._cable(number)}/brport/state")
        until(lambda: state.read_text().strip() == _FORWARDING, within=_LONG)

    def unplug(self, number: int) -> None:
        """Pull the cable: both sides hear nothing of each other any more."""
        _batch(f"link set {self._cable(number)} down")

    def remove(self, number: int) -> None:
        """Take the cable away."""
        _batch(f"link delete {self._cable(number)}")

    def close(self) -> None:
        """Take the switch away."""
        _batch(f"link delete {self._switch}")

    def _cable(self, number: int) -> str:
        return f"{self._switch}m{number}"


def _alias(pid: int) -> str:
    return f"burro-rig-of-{pid}"


def _remove_left_over() -> None:
    """Remove the switches of test runs that were killed."""
    for link in Path("/sys/class/net").glob("rig*"):
        name, _, pid = (link / "ifalias").read_text().strip().rpartition("-")
        if pid.isdigit() and f"{name}-{pid}" == _alias(int(pid)) and not is_alive(int(pid)):
            _batch(f"link delete {link.name}")


def _batch(*lines: str, inside: list[str] | None = None) -> None:
    _ip(["-batch", "-"], text="\n".join(lines), inside=inside or [])


def _ip(words: list[str], *, text: str = "", inside: list[str] | None = None) -> str:
    command = [*(inside or []), program("ip"), *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"networks for machines cannot be made here: {done.stderr.strip()}; it was: {text or words}")
    return done.stdout
