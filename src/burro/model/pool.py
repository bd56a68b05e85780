"""What can be set for a pool, in burro.toml or live: each value read, or refused with one sentence."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any, Union

from ..base.errors import UsageError
from ..base.text import parse_size
from .direct import DIRECT, MODE, TAKING, is_direct
from .growth import GROWTH, ahead, whole_number
from .lease import read_lease
from .links import JOIN, LINK, PREFIX, read_link, read_yes

FIFO, MCF = "fifo", "mcf"  # first come first served; most cpus first within a priority
POLICIES = (FIFO, MCF)
SCHEDULERS = ("slurm", "sge", "pbs", "lsf", "flux")
ANY, ALL, LOCAL = "any", "all", "local"
SSH = "ssh"  # the entry that makes a pool one that is reached by ssh
SCHEDULER = "scheduler"  # with PREFIX and JOIN those that make it one whose workers come to us
_NO_COUNTERS = ("memory", "gpu", "cpu", "name", "pool", "paused", "workers", "time", "mode", "options")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9._@-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = re.compile(r"passw(or)?d|passphrase|passcode", re.IGNORECASE)

Value = Union[int, float, str, list[str], dict[str, str]]
Table = Mapping[str, object]


def read_name(name: str) -> str:
    """The name of a pool that is declared. Raises UsageError."""
    if name in (ANY, ALL):
        raise UsageError(f"no pool can be called '{name}', which means something else; choose another name")
    if not _NAME.fullmatch(name):
        raise UsageError(f"a pool's name has letters, digits, dots, dashes and underscores, as gpu1, not '{name}'")
    return name


def read_entry(name: str, value: object) -> Value:
    """One entry of a pool: one of ENTRIES, or a counter. Raises UsageError."""
    _refuse_secret(name)
    if name in ENTRIES:
        return ENTRIES[name](name, value)
    if not name.isidentifier() or name in _NO_COUNTERS:
        known = ", ".join(ENTRIES)
        raise UsageError(f"a pool has {known} and counters of your own with a plain name; not '{name}'")
    return whole_number(name, value)


def read_table(entries: Table, *, pool: str = LOCAL) -> dict[str, Value]:
    """All entries of a pool. Raises UsageError."""
    entries = dict(entries)
    listed = entries.pop("counters", {})
    if not isinstance(listed, dict):
        raise UsageError("counters is a table of names and numbers, as in counters = {licence = 2}")
    found = {name: read_entry(name, value) for name, value in [*entries.items(), *listed.items()]}
    check(pool, found)
    return found


def check(pool: str, entries: Mapping[str, Value]) -> None:
    """Raise UsageError for entries that this pool cannot have."""
    if SCHEDULER in entries and PREFIX in entries:
        raise UsageError(f"a pool has a {SCHEDULER} or a {PREFIX}, not both; take one out of {pool}")
    if is_direct(entries) and entries[SCHEDULER] not in TAKING:
        raise UsageError(
            f"tasks cannot be jobs of {entries[SCHEDULER]}'s own, only of {' and '.join(TAKING)}'s; "
            f"leave out {MODE}, and {pool} has nodes that are filled"
        )
    if pool != LOCAL:
        return
    for name in entries:
        if name in REMOTE:
            raise UsageError(
                f"the pool {LOCAL} is this machine and has no '{name}'; give what is elsewhere another name"
            )


def counters(entries: Mapping[str, Value]) -> dict[str, int]:
    """Those entries that are counters."""
    return {name: value for name, value in entries.items() if name not in ENTRIES and isinstance(value, int)}


def comes(entries: Mapping[str, Value]) -> bool:
    """Whether a pool's workers come to the server by themselves, wherever they were started."""
    return grows(entries) or bool(entries.get(JOIN))


def grows(entries: Mapping[str, Value]) -> bool:
    """Whether they are started because there is work."""
    return (SCHEDULER in entries and not is_direct(entries)) or PREFIX in entries


def has_way(entries: Mapping[str, Value]) -> bool:
    """Whether they say how a pool is reached."""
    return SSH in entries or comes(entries) or is_direct(entries)


def chosen_gpus(value: Value | None, found: tuple[str, ...]) -> tuple[str, ...]:
    """The ids that may be handed out, of those found: a list as it is; a number, so many of them, or 0, 1, ..."""
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, int):
        return found
    return found[:value] if value <= len(found) else tuple(str(number) for number in range(value))


def _refuse_secret(name: str) -> None:
    if _SECRET.search(name) and name != "password_command":
        raise UsageError(
            f"burro keeps no password, and a pool has no '{name}'; take it out and use a key (ssh-copy-id HOST), "
            'log in once with: burro pool login NAME, or name a program: password_command = "pass show X"'
        )


def _host(name: str, value: object) -> str:
    if not isinstance(value, str) or not _HOST.fullmatch(value) or value.startswith("-"):
        raise UsageError(f"{name} takes a Host of your ssh config, as gpu1 or ann@gpu1.example.org, not '{value}'")
    return value


def _scheduler(name: str, value: object) -> str:
    if value not in SCHEDULERS:
        raise UsageError(f"{name} is one of {', '.join(SCHEDULERS)}, not '{value}'")
    return str(value)


def _gpus(name: str, value: object) -> Value:
    return [_gpu(gpu) for gpu in value] if isinstance(value, list) else whole_number(name, value)


def _gpu(value: object) -> str:
    text = str(value)
    if isinstance(value, bool) or not text or not text.isprintable() or set(text) & {",", " "}:
        raise UsageError(f"gpus takes a number or a list of ids, and '{text}' is no id")
    return text


def _policy(_name: str, value: object) -> str:
    if value not in POLICIES:
        raise UsageError(f"policy must be {' or '.join(POLICIES)}, not '{value}'")
    return str(value)


def _mem(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise UsageError(f"{name} takes a size, as in 64G, not '{value}'")
    size = value if isinstance(value, int) else parse_size(value)
    if size < 2**20:
        raise UsageError(f"{name} takes a size of at least 1M, as in 64G, not '{value}'")
    return size


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value or "\n" in value:
        raise UsageError(f"{name} takes a text of one line, not '{value}'")
    return value


def _command(name: str, value: object) -> str:
    """Words as a shell has them, that a command can stand behind."""
    text = _text(name, value)
    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError(f"{name} has a quote without its end: {text}") from None
    if not words or words[0].startswith("-"):
        raise UsageError(f"{name} is a command that others stand behind, as in apptainer exec img.sif, not '{text}'")
    return text


def _path(name: str, value: object) -> str:
    text = _text(name, value).rstrip("/") or "/"
    if not text.startswith(("/", "~/")) and text != "~":
        raise UsageError(f"{name} takes a path from the root or the home directory, as ~/proj, not '{value}'")
    return text


def _texts(name: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise UsageError(f"{name} is a table of names and texts, as in {name} = {{a = 'b'}}, not '{value}'")
    for key in value:
        _refuse_secret(str(key))
    return {str(key): _text(f"{name}.{key}", one) for key, one in value.items()}


def _env(name: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise UsageError(f"{name} is a table of variables, as in {name} = {{LANG = 'C'}}, not '{value}'")
    for key, one in value.items():
        if not _VARIABLE.fullmatch(str(key)) or isinstance(one, (dict, list)) or "\0" in str(one):
            raise UsageError(f"{name} has names of variables and their texts; not {key} = {one!r}")
    return {str(key): str(one) for key, one in value.items()}


def _deploy(name: str, value: object) -> dict[str, str]:
    found = _texts(name, value)
    if "url" not in found or not set(found) <= {"url", "branch"}:
        raise UsageError(f'{name} has a url and may have a branch: {name} = {{url = "https://...", branch = "main"}}')
    if found["url"].startswith("-") or found.get("branch", "").startswith("-"):
        raise UsageError(f"{name}: neither url nor branch begins with a dash")
    return found


ENTRIES: Mapping[str, Callable[[str, Any], Value]] = {
    "cpus": whole_number,
    "mem": _mem,
    "gpus": _gpus,
    "policy": _policy,
    SSH: _host,
    SCHEDULER: _scheduler,
    PREFIX: _command,
    JOIN: read_yes,
    LINK: read_link,
    "python": _text,
    "root": _path,
    "project": _path,
    "env": _env,
    "lease": read_lease,
    "ahead": ahead,
    "before": _text,
    "after": _text,
    "wrap": _command,
    "password_command": _text,
    "deploy": _deploy,
    "datasets": _texts,
    "datadir": _text,
    **GROWTH,
    **DIRECT,
}
REMOTE = frozenset(ENTRIES) - {"cpus", "mem", "gpus", "policy", "wrap"}  # what only a pool that is elsewhere has
