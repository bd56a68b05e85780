"""`burro doctor --pool P`: which ways lead from a pool's node to the server, tried there, and what to write down."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ..base.clock import pause, steady
from ..base.errors import Failed, NotFound, UsageError
from ..base.paths import host
from ..pools.tried import by_ssh
from ..worker.trying import tries
from .clean import clean
from .face import Face, note, print_json

_LINKS = ("tls", "ssh", "folder")  # the one that is recommended first
_TICK = 0.2
Row = Mapping[str, Any]


def examine(face: Face, pool: str, *, here: bool, within: float, as_json: bool) -> int:
    """Exit 1 where the pool's link does not work."""
    if face.elsewhere:
        raise UsageError(f"the nodes of {face.queue} are tried from there; log in there and use burro doctor")
    row = _row(face, pool)
    found = _from_here(face.queue) if here else _from_node(face, row, within)
    link = row.get("link") or "tls"
    works = {one["link"]: one["ok"] for one in found["tried"]}
    best = next((name for name in _LINKS if works.get(name)), None)
    if as_json:
        print_json({"pool": pool, "node": found["node"], "tried": found["tried"], "link": link, "use": best})
    else:
        _print(pool, found, link=link, best=link if works.get(link) else best)
    return 0 if works.get(link) else 1


def _row(face: Face, pool: str) -> Row:
    rows = {row["pool"]: row for row in face.ask("pools")["pools"]}
    if pool not in rows:
        raise NotFound(f"there is no pool '{pool}'; there is: {', '.join(rows)}")
    found: Row = rows[pool]
    if found["kind"] in ("local", "ssh"):
        raise UsageError(f"the workers of {pool} do not come by themselves; see: burro pool check {pool}")
    return found


def _from_here(queue: str) -> dict[str, Any]:
    untried = {"link": "ssh", "ok": None, "text": "comes from the server; it is tried without --here"}
    return {"node": host(), "tried": [*tries(queue), untried]}


def _from_node(face: Face, row: Row, within: float) -> dict[str, Any]:
    asked = face.ask("pool", act="try", pool=row["pool"])
    if asked["result"] is None:
        raise UsageError(f"{asked['text']}; on a node of it, use: burro doctor --pool {row['pool']} --here")
    note(f"{asked['text']}; waiting for its node")
    try:
        found = _await(asked["result"], within)
        if found is None:
            raise Failed(f"{asked['text']} and did not start within {within:g} s; try again with a longer --timeout")
        found["tried"].append(by_ssh(found["node"], jump=row.get("host")))
    finally:
        face.ask("pool", act="try", pool=row["pool"], id=asked["id"])
        if os.path.exists(asked["result"]):
            os.unlink(asked["result"])
    return found


def _await(path: str, within: float) -> dict[str, Any] | None:
    until = steady() + within
    while steady() < until:
        try:
            with open(path, encoding="utf-8") as file:
                found: dict[str, Any] = json.load(file)
        except FileNotFoundError:
            os.utime(os.path.dirname(path))  # else a network file system answers from its memory
            pause(_TICK)
        else:
            return found
    return None


def _print(pool: str, found: Row, *, link: str, best: str | None) -> None:
    print(f"pool {clean(pool)}, tried on {clean(found['node'])}")
    marks = {True: "ok  ", False: "BAD ", None: "-   "}
    for one in found["tried"]:
        print(f"{marks[one['ok']]} {one['link']:<9}  {clean(one['text'])}")
    if best == link:
        print(f"its link is {link}, which works")
    elif best is None:
        print("no way works; the nodes have to see the directory of the queue at least")
    else:
        print(f'its link is {link}, which does not work; write to burro.toml: [pools.{pool}] link = "{best}"')
