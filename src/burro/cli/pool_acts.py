"""What the server does with pools: add, set, pause, resume, start, stop, drain, check, remove."""

from __future__ import annotations

import argparse
import os
from typing import Any

from ..api.places import over
from ..base.errors import UsageError
from .entries import take, typed
from .face import Face
from .fan import Answer, Row, chosen, spread
from .parser import Parser

_EXAMPLES = {
    "add": (
        "burro pool add gpu1 --ssh gpu1",
        "burro pool add gpu1 --ssh ann@gpu1.example.org --cpus 16 --gpus 2 --root ~/proj",
        "burro pool add whole --scheduler slurm --workers 4 --time 1-0 --option=--partition=normal",
        "burro pool add more --command-prefix 'srun -N1 -p normal' --workers 2 --time 4h",
        "burro pool add mine --join --idle 10m",
        "burro pool add desk --ssh desk --env OMP_PROC_BIND=true --python /opt/python3.12/bin/python3",
    ),
    "set": (
        "burro pool set local --cpus 6",
        "burro pool set gpu1 --gpus 0,1 --counter licence=3 --policy mcf",
        "burro pool set --all --cpus auto",
    ),
    "pause": ("burro pool pause gpu1", "burro pool pause --all"),
    "resume": ("burro pool resume gpu1", "burro pool resume --all"),
    "start": ("burro pool start gpu1", "burro pool start --all"),
    "stop": ("burro pool stop gpu1", "burro pool stop gpu1 --drain", "burro pool stop --all --now"),
    "drain": ("burro pool drain gpu1",),
    "check": ("burro pool check gpu1", "burro pool check --all --json"),
    "remove": ("burro pool remove gpu1", "burro pool remove gpu1 --now"),
}
_FANNED = ("set", "pause", "resume", "start", "stop", "check")
_ENDING = ("stop", "remove")
_WAITING = ("start", "check")  # the answer says whether it is there
_NOT_LOCAL = ("start", "stop", "drain", "check", "remove")


def parser(act: str) -> Parser:
    """The parser of one act."""
    made = Parser("pool", act=act, examples=_EXAMPLES[act]).json()
    several = act in _FANNED
    made.add_argument("pools", metavar="POOL", nargs="*" if several else "+", help="the name of a pool")
    if several:
        made.add_argument("--all", action="store_true", help="every pool" + _kind(act))
    if act in ("add", "set"):
        take(made)
    if act == "set":
        made.epilog = f"A value of auto gives it back to burro.toml, or to what is found.\n\n{made.epilog}"
    if act in _ENDING:
        how = made.add_mutually_exclusive_group()
        how.add_argument("--drain", action="store_true", help="start nothing more there, and wait for what runs")
        how.add_argument("--now", action="store_true", help="stop what runs; it is tried again elsewhere")
    return made


def _kind(act: str) -> str:
    return " that is reached by ssh" if act in _NOT_LOCAL else ""


def main(act: str, words: list[str], face: Face) -> int:
    """Ask the server, for each pool; exit 1 where part of it failed, or where what was to be reached is not there."""
    options = parser(act).parse(words)
    face = face.at(options.queue)
    asked = _asked(act, options, face)
    return spread(
        list(asked),
        lambda pool: _ask(face, act, pool, asked[pool]),
        as_json=options.json,
        well=lambda answer: act not in _WAITING or answer.get("state") != "down",
    )


def _ask(face: Face, act: str, pool: str, more: dict[str, Any]) -> Answer:
    """By a connection of its own: another pool's answer may take its time."""
    caller = face.another_caller()
    try:
        return caller.ask({"op": "pool", "act": act, "pool": pool, **more})
    finally:
        caller.close()


def _asked(act: str, options: argparse.Namespace, face: Face) -> dict[str, dict[str, Any]]:
    """What to ask, by pool. Raises UsageError, NotFound."""
    everyone = bool(getattr(options, "all", False))
    if everyone == bool(options.pools):
        what = "the name of a pool or --all" if act in _FANNED else "the name of a pool"
        raise UsageError(f"give {what}; see: burro pool {act} --help")
    if act == "add":
        return _added(options, face)
    values = typed(options, elsewhere=face.elsewhere) if act == "set" else {}
    if act == "set" and not values:
        raise UsageError(f"nothing to set; write what: burro pool set {' '.join(options.pools) or '--all'} --cpus N")
    kinds = ("ssh",) if act in _NOT_LOCAL else ("local", "ssh")
    rows = chosen(face, options.pools, everyone=everyone, kinds=kinds)
    if not rows:
        raise UsageError("no pool is reached by ssh yet; add one with: burro pool add NAME --ssh HOST")
    return {row["pool"]: _more(act, options, row, values) for row in rows}


def _added(options: argparse.Namespace, face: Face) -> dict[str, dict[str, Any]]:
    if len(options.pools) > 1:
        raise UsageError(f"one pool at a time; '{options.pools[1]}' is one name too many")
    [name] = options.pools
    if not (options.ssh or options.scheduler or options.command_prefix or options.join):
        raise UsageError(
            f"say how it is reached: burro pool add {name} --ssh HOST, --scheduler slurm, "
            "--command-prefix LINE, or --join"
        )
    values = typed(options, elsewhere=face.elsewhere)
    if "root" in values and not face.elsewhere:
        values.setdefault("project", os.getcwd())
    return {name: {"values": values}}


def _more(act: str, options: argparse.Namespace, row: Row, values: dict[str, Any]) -> dict[str, Any]:
    if act == "set":
        return {"values": over(row, values)}
    if act in _ENDING:
        return {"mode": "now" if options.now else "drain" if options.drain else "refuse"}
    return {}
