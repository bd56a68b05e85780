"""`burro log`: which job made a file, by the records in the history of its repository. No server is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from ..provenance.dataset import Dataset
from ..provenance.origin import origins, told
from .clean import clean
from .face import Face, print_json
from .parser import Parser

_NAMES = 20  # of files, in one line; all of them with --json
_ATTEMPTS = 20  # of which there are many where an array is one record


def parser(verb: str) -> Parser:
    """The parser."""
    examples = ("burro log res/fit.csv", "burro log -n 3 --branches res/fit.csv", "burro log --json --all")
    made = Parser(verb, usage="[options] [FILE]...", examples=examples).json()
    made.add_argument("files", metavar="FILE", nargs="*", help="files or directories (anything)")
    made.add_argument("-d", "--dataset", metavar="DIR", help="the repository (that of the current directory)")
    made.add_argument("-n", dest="most", metavar="N", type=int, default=1, help="so many records, newest first (1)")
    made.add_argument("--all", action="store_true", help="all records")
    about = "also what finish --branches and --failed commit have put on branches of their own"
    made.add_argument("--branches", action="store_true", help=about)
    return made


def main(words: list[str], face: Face) -> int:
    """Say where files come from."""
    options = parser(face.verb).parse(words)
    dataset = Dataset.at(options.dataset)
    records = origins(dataset, options.files, branches=options.branches)
    found = [told(one) for one in islice(records, None if options.all else options.most)]
    if options.json:
        print_json({"records": found})
        return 0
    for one in found:
        for line in _lines(one):
            print(clean(line))
    return 0


def _lines(one: Mapping[str, Any]) -> list[str]:
    """As people read it."""
    job = f", job {one['job']}" if one["job"] else ""
    branch = f" on {one['branch']}" if one["branch"] else ""
    branch += f" of {one['subdataset']}" if one["subdataset"] else ""
    title = one["message"].split("\n", 1)[0] or one["cmd"]
    lines = [f"{one['commit'][:10]}{branch}{job}: {title}", f"  {one['cmd']}"]
    lines += [f"  {name}: {_listed(one[name])}" for name in ("inputs", "outputs", "logs") if one[name]]
    lines += [f"  {_attempt(attempt)}" for attempt in one["attempts"][:_ATTEMPTS]]
    if len(one["attempts"]) > _ATTEMPTS:
        lines.append(f"  and {len(one['attempts']) - _ATTEMPTS:,} attempts more")
    if one["within"]:
        lines.append(f"  scheduled in a dataset above, where this one is {one['within']}")
    if one["chain"]:
        lines.append(f"  repeats {_listed([commit[:10] for commit in one['chain']])}")
    return lines


def _listed(names: Sequence[str]) -> str:
    """Some thousands of outputs would hide the rest."""
    more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more


def _attempt(one: Mapping[str, Any]) -> str:
    where = f" on {one['host']}" if one.get("host") else ""
    when = f", {one['start']}" if one.get("start") else ""
    took = f", {one['seconds']:g} s" if one.get("seconds") is not None else ""
    task = f"task {one['task']}, " if "task" in one else ""
    return f"{task}attempt {one.get('number')}: {one.get('outcome')}{where}{when}{took}"
