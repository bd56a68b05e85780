"""What burro.toml says under [server] and [provenance]: each entry read, or refused with one sentence."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Optional, Union

from ..base.errors import UsageError
from ..base.text import parse_duration

Entry = Union[int, str, list[str]]
Table = Mapping[str, object]

_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_HIGHEST = 65535
RECORDS = "records"  # whether the server has records written by itself


@dataclass(frozen=True)
class Wish:
    """Where other machines are to find the server. `ports`: one of these; `address`: only there. None: as it comes.

    `records`: it has the records of scheduled jobs written by itself.
    """

    ports: Optional[range] = None
    address: Optional[str] = None
    records: bool = False


def read_server(entries: Table) -> dict[str, Entry]:
    """The entries of [server]. Raises UsageError."""
    strange = sorted(set(entries) - set(_ENTRIES))
    if strange:
        raise UsageError(f"[server] has {', '.join(_ENTRIES)}, not '{strange[0]}'")
    return {name: _ENTRIES[name](value) for name, value in entries.items()}


def read_records(entries: Table) -> dict[str, Entry]:
    """The entries of [provenance]. Raises UsageError."""
    strange = sorted(set(entries) - {"auto"})
    if strange:
        raise UsageError(f"[provenance] has auto, not '{strange[0]}'")
    if not isinstance(entries.get("auto", False), bool):
        raise UsageError(f"auto is true or false, not '{entries['auto']}'")
    return {RECORDS: int(bool(entries["auto"]))} if "auto" in entries else {}


def wish(entries: Mapping[str, Entry]) -> Wish:
    """What they come to."""
    address = entries.get("address")
    ports = _range(entries["port"]) if "port" in entries else None
    return Wish(ports, None if address is None else str(address), bool(entries.get(RECORDS)))


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


def _options(value: object) -> Entry:
    if not isinstance(value, list) or not all(isinstance(option, str) for option in value):
        raise UsageError('options is a list of the scheduler\'s own, as ["--partition=long"]')
    return value


def _time(value: object) -> Entry:
    parse_duration(str(value))
    return str(value)


def _before(value: object) -> Entry:
    if not isinstance(value, str) or "\0" in value:
        raise UsageError('before is shell text, as "module load python"')
    return value


_ENTRIES: dict[str, Callable[[object], Entry]] = {
    "port": _ports,
    "address": _address,
    "options": _options,
    "time": _time,
    "before": _before,
}
