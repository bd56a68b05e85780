"""The addresses of this machine, as others may reach it: those of its network cards, the likeliest first."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct

_SIOCGIFADDR = 0x8915  # netdevice(7)
_ANYWHERE = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))  # RFC 5737, RFC 3849: nothing is sent


def addresses() -> list[str]:
    """All of them. That of the way out comes first; a loopback only where there is nothing else."""
    found = [*_outgoing(), *_of_cards(), *_version_6()]
    usable = [text for text in dict.fromkeys(found) if _is_usable(text)]
    return usable or ["127.0.0.1"]


def _outgoing() -> list[str]:
    """What the kernel would send from."""
    found = []
    for target, family in _ANYWHERE:
        with socket.socket(family, socket.SOCK_DGRAM) as end:
            try:
                end.connect((target, 9))
                found.append(str(end.getsockname()[0]))
            except OSError:
                continue
    return found


def _of_cards() -> list[str]:
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode("ascii")[:15])
            try:
                found.append(socket.inet_ntoa(fcntl.ioctl(end, _SIOCGIFADDR, request)[20:24]))
            except OSError:
                continue  # it has none
    return found


def _version_6() -> list[str]:
    """From /proc/net/if_inet6: 32 digits, index, prefix length, scope, flags, name."""
    try:
        with open("/proc/net/if_inet6", encoding="ascii") as file:
            return [str(ipaddress.IPv6Address(int(line.split()[0], 16))) for line in file]
    except (OSError, ValueError):
        return []


def _is_usable(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)
