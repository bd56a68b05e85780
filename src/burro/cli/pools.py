"""`burro pools`: every place that supplies workers, one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..base import clock
from ..base.text import format_size, spoken_duration
from .clean import clean
from .face import Face, note, print_json
from .parser import Parser
from .spans import unserved
from .table import print_table
from .usage import show_usage

_NODES = 4  # that are named

Row = Mapping[str, Any]


def parser(_verb: str) -> Parser:
    """The parser."""
    made = Parser("pools", examples=("burro pools", "burro pools --usage", "burro pools --json")).json()
    made.add_argument("--usage", action="store_true", help="busy cores, and core-hours used of those held")
    return made


def main(words: list[str], face: Face) -> int:
    """Show the pools."""
    options = parser(face.verb).parse(words)
    if options.usage:
        return show_usage(face.at(options.queue), as_json=options.json)
    answer = face.at(options.queue).ask("pools")
    if options.json:
        print_json({"pools": answer["pools"], "troubles": answer["troubles"]})
        return 0
    columns = [column for column in _COLUMNS if column[0] in _ALWAYS or any(map(column[1], answer["pools"]))]
    heads = [head for head, _ in columns]
    cells = _cells(columns, answer["pools"])
    print_table(heads, cells, folded=("ALLOCATIONS", "LEFT OUT", "ERROR", "SET BY"), right=("RUNNING", "WAITING"))
    for trouble in answer["troubles"]:
        note(clean(trouble))
    return 0


def _cells(columns: Sequence[tuple[str, Callable[[Row], str]]], pools: Sequence[Row]) -> list[list[str]]:
    return [[clean(cell(pool)) for _, cell in columns] for pool in pools]


def _cpus(pool: Row) -> str:
    return str(pool["cpus_used"]) if pool.get("mode") == "direct" else f"{pool['cpus_used']}/{pool['cpus']}"


def _host(pool: Row) -> str:
    """Where it is; of one whose workers come, the nodes that it has."""
    nodes = pool.get("nodes") or ()
    more = [f"and {len(nodes) - _NODES} more"] if len(nodes) > _NODES else []
    return " ".join([",".join(nodes[:_NODES]), *more]) if nodes else str(pool.get("host") or "")


def _memory(pool: Row) -> str:
    return format_size(pool["mem"]) if pool["mem"] else ""


def _gpus(pool: Row) -> str:
    return f"{pool['gpus_used']}/{len(pool['gpus'])}" if pool["gpus"] else ""


def _counters(pool: Row) -> str:
    return ", ".join(f"{name} {one['used']}/{one['total']}" for name, one in pool["counters"].items())


def _left_out(pool: Row) -> str:
    """`node3 until 14:03: ...`: nodes that are not asked for."""
    return "; ".join(
        f"{one['node']} until {datetime.fromisoformat(one['until']).astimezone():%H:%M}: {one['why']}"
        for one in pool.get("left_out") or ()
    )


def _error(pool: Row) -> str:
    """What went wrong last, and when; also of a pool that is up again."""
    error = pool.get("error")
    if not error:
        return ""
    return f"{_ago(error['at'])}{error['text']}"


def _ago(moment: str | None) -> str:
    if not moment:
        return ""
    seconds = clock.now() - datetime.fromisoformat(moment).timestamp()
    unit = 1 if seconds < 120 else 60 if seconds < 7200 else 3600
    return f"{spoken_duration(max(0, seconds // unit * unit))} ago: "


def _set_by(pool: Row) -> str:
    """`cpus: live; gpus, licence: /home/ann/q/burro.toml`: what is not as it was found."""
    by_source: dict[str, list[str]] = {}
    for name, source in pool["sources"].items():
        if source not in ("found", "default"):
            by_source.setdefault("live" if source == "set" else source, []).append(name)
    return "; ".join(f"{', '.join(names)}: {source}" for source, names in by_source.items())


_ALWAYS = ("POOL", "HOST", "STATE", "CPUS", "MEMORY", "RUNNING", "WAITING", "POLICY")
_COLUMNS: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("POOL", lambda pool: str(pool["pool"])),
    ("HOST", _host),
    ("STATE", lambda pool: str(pool["state"])),
    ("CPUS", _cpus),
    ("LAST HOUR", lambda pool: f"{pool['busy_last_hour']:.1f}" if "busy_last_hour" in pool else ""),
    ("MEMORY", _memory),
    ("GPUS", _gpus),
    ("COUNTERS", _counters),
    ("RUNNING", lambda pool: str(pool["running"])),
    ("WAITING", lambda pool: str(pool.get("waiting") or 0)),
    ("POLICY", lambda pool: str(pool["policy"])),
    ("ALLOCATIONS", lambda pool: str(pool.get("allocations") or "")),
    ("LEFT OUT", _left_out),
    ("NO SERVER", unserved),
    ("ERROR", _error),
    ("SET BY", _set_by),
)
