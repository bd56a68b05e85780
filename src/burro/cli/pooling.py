"""`burro pools` and `burro pool`: what each place may use, and setting it live."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from ..base.errors import UsageError
from ..base.text import format_size
from .clean import clean
from .face import Face, note, print_json
from .parser import Parser
from .table import print_table

Row = Mapping[str, Any]
HEADS = ("POOL", "WORKERS", "CPUS", "MEMORY", "GPUS", "COUNTERS", "POLICY", "STATE", "SET BY")
_OPTIONS = ("cpus", "gpus", "policy", "counter")


def parser(verb: str) -> Parser:
    """The parser of one of the two."""
    if verb == "pools":
        return Parser("pools", examples=("burro pools", "burro pools --json")).json()
    examples = (
        "burro pool set local --cpus 6",
        "burro pool set local --gpus 0,1 --counter licence=3 --policy mcf",
        "burro pool pause local",
        "burro pool resume local",
    )
    made = Parser("pool", examples=examples).json()
    made.add_argument("act", choices=("set", "pause", "resume"), metavar="set|pause|resume", help="what to do")
    made.add_argument("pool", metavar="POOL", help="the pool: local")
    made.add_argument("-c", "--cpus", metavar="N", help="cpus it may use; 0 pauses it")
    made.add_argument("-g", "--gpus", metavar="N|IDS", help="how many gpus, or their ids: 0,1 (one alone: 1,)")
    made.add_argument("--policy", metavar="NAME", help="fifo: first come first served; mcf: most cpus first")
    made.add_argument("--counter", action="append", metavar="NAME=N", help="so many of something you name")
    made.epilog = f"A value of auto gives it back to burro.toml, or to what is found.\n\n{made.epilog}"
    return made


def main(words: list[str], face: Face) -> int:
    """Show pools, or set one."""
    options = parser(face.verb).parse(words)
    face = face.at(options.queue)
    if face.verb == "pools":
        return _show(face.ask("pools"), as_json=options.json)
    values = _values(options)
    if options.act != "set" and values:
        raise UsageError(f"{options.act} takes no values; write: burro pool {options.act} {options.pool}")
    answer = face.ask("pool", act=options.act, pool=options.pool, values=values)
    if options.json:
        print_json(answer)
    else:
        print(clean(answer["text"]))
    return 0


def _values(options: argparse.Namespace) -> dict[str, object]:
    """What to set, by name."""
    given = {name: getattr(options, name) for name in _OPTIONS[:3] if getattr(options, name) is not None}
    if "," in given.get("gpus", ""):
        given["gpus"] = [gpu for gpu in given["gpus"].split(",") if gpu]
    for text in options.counter or ():
        name, equals, number = text.partition("=")
        if not equals or name in _OPTIONS:
            raise UsageError(f"--counter takes a name and a number, as in licence=3, not '{text}'")
        given[name] = number
    return given


def _show(answer: Row, *, as_json: bool) -> int:
    if as_json:
        print_json({"pools": answer["pools"], "troubles": answer["troubles"]})
        return 0
    print_table(HEADS, [_row(pool) for pool in answer["pools"]], folded=("SET BY",), right=("WORKERS",))
    for trouble in answer["troubles"]:
        note(clean(trouble))
    return 0


def _row(pool: Row) -> tuple[str, ...]:
    counters = (f"{name} {one['used']}/{one['total']}" for name, one in pool["counters"].items())
    return (
        clean(pool["pool"]),
        str(pool["workers"]),
        f"{pool['cpus_used']}/{pool['cpus']}",
        format_size(pool["mem"]),
        f"{pool['gpus_used']}/{len(pool['gpus'])}",
        clean(", ".join(counters)),
        pool["policy"],
        "paused" if pool["paused"] else "open" if pool["workers"] else "no worker",
        clean(_set_by(pool["sources"])),
    )


def _set_by(sources: Mapping[str, str]) -> str:
    """`cpus: live; gpus, licence: /home/ann/q/burro.toml`: what is not as it was found."""
    by_source: dict[str, list[str]] = {}
    for name, source in sources.items():
        if source not in ("found", "default"):
            by_source.setdefault("live" if source == "set" else source, []).append(name)
    return "; ".join(f"{', '.join(names)}: {source}" for source, names in by_source.items())
