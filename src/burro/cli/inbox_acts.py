"""What the server does with inboxes: add, list, remove, pause, resume."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..base.errors import NotFound, UsageError
from ..base.text import counted
from ..inbox.root import make
from . import inbox_options
from .clean import clean
from .face import Face, print_json
from .parser import Parser
from .table import print_table
from .verbs import INBOX_ACTS

_EXAMPLES = {
    "add": (
        "burro inbox add ~/inbox",
        "burro inbox add /shared/drop --pool gpu1 --ready upload-done --max-jobs 50",
        "burro inbox add /shared/drop --group-writable --max-error-percent 30",
    ),
    "list": ("burro inbox list", "burro inbox list --json"),
    "remove": ("burro inbox remove ~/inbox",),
    "pause": ("burro inbox pause ~/inbox",),
    "resume": ("burro inbox resume ~/inbox",),
}
_HEADS = ("INBOX", "STATE", "WAITING", "PENDING", "DELIVERED", "REJECTED", "")


def parser(act: str) -> Parser:
    """The parser of one act."""
    made = Parser("inbox", act=act, acts=INBOX_ACTS, examples=_EXAMPLES[act]).json()
    if act != "list":
        made.add_argument("dir", metavar="DIR", nargs=1, help="the directory that has inbox/, pending/ and complete/")
    return inbox_options.take(made) if act == "add" else made


def main(act: str, words: list[str], face: Face) -> int:
    """Do it and say what was done."""
    options = parser(act).parse(words)
    face = face.at(options.queue)
    if act == "list":
        return _list(face, as_json=options.json)
    root = os.path.realpath(os.path.expanduser(options.dir[0]))
    adds = act == "add"
    answer = _add(face, root, inbox_options.typed(options)) if adds else face.ask("inbox", act=act, root=root)
    if options.json:
        print_json(answer)
    else:
        print(clean(_said(act, answer)))
    return 0


def _add(face: Face, root: str, settings: Any) -> dict[str, Any]:  # noqa: ANN401  # what `typed` gives
    """The folders are made here, so that they are there when this returns."""
    if face.elsewhere:
        raise UsageError("an inbox is watched where the queue is; log in there, and add it there")
    if settings.pool not in (None, "any"):
        pools = [row["pool"] for row in face.ask("pools")["pools"]]
        if settings.pool not in pools:
            raise NotFound(f"there is no pool '{settings.pool}'; there is: {', '.join(pools)}")
    make(root, group=settings.group_writable)
    return face.ask("inbox", act="add", root=root, settings=settings.plain, context=face.context({}, None))


def _said(act: str, answer: Mapping[str, Any]) -> str:
    root = answer["root"]
    if act == "add":
        since = "as is said now" if answer["existed"] else "from now on"
        return f"{root}: watched {since}; drop folders into {root}/inbox"
    if act == "remove":
        left = f"; {counted(answer['pending'], 'folder')} stay in pending/" if answer["pending"] else ""
        return f"{root}: not watched any more{left}"
    if answer["paused"]:
        return f"{root}: {'is paused already' if answer['was'] else 'paused; what was taken is delivered'}"
    return f"{root}: goes on"


def _list(face: Face, *, as_json: bool) -> int:
    rows = face.ask("inbox", act="list")["inboxes"]
    if as_json:
        print_json({"inboxes": rows})
    elif not rows:
        print("no inbox is watched; add one: burro inbox add DIR")
    else:
        print_table(_HEADS, [_cells(row) for row in rows], folded=("INBOX", ""), right=_HEADS[2:6])
        for row in rows:
            for one in row["not_ready"] or ():
                print(clean(f"  {one['name']}: {one['why']}"))
    return 0


def _cells(row: Mapping[str, Any]) -> list[str]:
    numbers = ("" if row[name] is None else str(row[name]) for name in ("waiting", "pending", "delivered", "rejected"))
    return [clean(row["root"]), row["state"], *numbers, clean(row["trouble"] or "")]
