"""Where the port is: any number on all addresses, the same as last time; or what burro.toml says under [server]."""

from __future__ import annotations

import errno
import os
import socket

from ..base.errors import Unreachable
from ..model.serving import Wish

_LAST = os.path.join("tls", "port")  # the number it had last: who knows that may come again
_WHERE = "in burro.toml: [server] port"


def listen(queue: str, wish: Wish) -> socket.socket:
    """A listening socket, as wished; its number is noted. Raises Unreachable or OSError."""
    last = os.path.join(queue, _LAST)
    number = _number_in(last)
    end = _first_free(number, wish.ports, wish.address) if wish.ports else _any(number, wish.address)
    _note_number(last, int(end.getsockname()[1]))
    return end


def _first_free(last: int, ports: range, address: str | None) -> socket.socket:
    """Of these numbers that of last time, or the first that is free."""
    for number in dict.fromkeys([last, *ports] if last in ports else ports):
        try:
            return _at(number, address)
        except PermissionError:
            raise Unreachable(f"port {number} is not for everybody; choose one from 1024, {_WHERE}") from None
        except OSError as error:
            if address is not None:
                _refuse_address(address, error)
    which = f"port {ports[0]} is" if len(ports) == 1 else f"the ports {ports[0]}-{ports[-1]} are all"
    raise Unreachable(f"{which} taken; choose another {_WHERE}")


def _any(last: int, address: str | None) -> socket.socket:
    """The number of last time if that is free."""
    try:
        return _at(last, address)
    except OSError as error:
        if address is not None:
            _refuse_address(address, error)
        if not last:
            raise
        return _at(0, address)


def _refuse_address(address: str, error: OSError) -> None:
    """Raise Unreachable for an address at which nobody can listen here, whatever the number."""
    if error.errno == errno.EADDRNOTAVAIL:
        raise Unreachable(
            f"'{address}' is no address of this machine; correct it in burro.toml: [server] address"
        ) from None


def _at(number: int, address: str | None) -> socket.socket:
    if address is not None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        end = socket.create_server((address, number), family=family, backlog=512)
    elif socket.has_dualstack_ipv6():
        end = socket.create_server(("", number), family=socket.AF_INET6, backlog=512, dualstack_ipv6=True)
    else:
        end = socket.create_server(("", number), backlog=512)
    end.setblocking(False)
    return end


def _number_in(path: str) -> int:
    """0 where there is none."""
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read(16)) & 0xFFFF
    except (OSError, ValueError):
        return 0


def _note_number(path: str, number: int) -> None:
    with open(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        file.write(f"{number}\n")
