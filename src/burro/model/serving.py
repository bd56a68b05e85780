"""What burro.toml can say of the server itself, under [server]: each entry read, or refused with one sentence."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional, Union

from ..base.errors import UsageError

Entry = Union[int, str]
Table = Mapping[str, object]

_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_HIGHEST = 65535


@dataclass(frozen=True)
class Wish:
    """Where other machines are to find the server. `ports`: one of these; `address`: only there. None: as it comes."""

    ports: Optional[range] = None
    address: Optional[str] = None


def read_server(entries: Table) -> dict[str, Entry]:
    """The entries of [server]. Raises UsageError."""
    strange = sorted(set(entries) - {"port", "address"})
    if strange:
        raise UsageError(f"[server] has port and address, not '{strange[0]}'")
    return {name: _ports(value) if name == "port" else _address(value) for name, value in entries.items()}


def wish(entries: Mapping[str, Entry]) -> Wish:
    """What they come to."""
    address = entries.get("address")
    return Wish(_range(entries["port"]) if "port" in entries else None, None if address is None else str(address))


def _ports(value: object) -> Entry:
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not _range(value):
        raise UsageError(f"port is a number from 1 to {_HIGHEST}, or a range of them as \"50000-50100\", not '{value}'")
    return value


def _range(value: Entry) -> range:
    """The ports that are meant; none where that makes no sense."""
    found = _RANGE.fullmatch(str(value).strip())
    if found is None:
        return range(0)
    first, last = int(found[1]), int(found[2] or found[1])
    return range(first, last + 1) if 1 <= first <= last <= _HIGHEST else range(0)


def _address(value: object) -> Entry:
    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError:
        raise UsageError(f"address is one of this machine's, in numbers, as \"10.0.0.7\", not '{value}'") from None
