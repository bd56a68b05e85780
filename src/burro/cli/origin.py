"""`burro log`: which job made a file, by the records in the history of its repository. No server is asked."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from ..provenance.dataset import Dataset
from ..provenance.origin import origins, told
from .clean import clean
from .face import Face, print_json
from .parser import Parser


def parser(verb: str) -> Parser:
    """The parser."""
    examples = ("burro log res/fit.csv", "burro log -n 3 res/fit.csv", "burro log --json --all")
    made = Parser(verb, usage="[options] [FILE]...", examples=examples).json()
    made.add_argument("files", metavar="FILE", nargs="*", help="files or directories (anything)")
    made.add_argument("-d", "--dataset", metavar="DIR", help="the repository (that of the current directory)")
    made.add_argument("-n", dest="most", metavar="N", type=int, default=1, help="so many records, newest first (1)")
    made.add_argument("--all", action="store_true", help="all records")
    return made


def main(words: list[str], face: Face) -> int:
    """Say where files come from."""
    options = parser(face.verb).parse(words)
    dataset = Dataset.at(options.dataset)
    found = [told(one) for one in islice(origins(dataset, options.files), None if options.all else options.most)]
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
    lines = [f"{one['commit'][:10]}{job}: {one['message'].split(chr(10), 1)[0] or one['cmd']}", f"  {one['cmd']}"]
    lines += [f"  {name}: {', '.join(one[name])}" for name in ("inputs", "outputs", "logs") if one[name]]
    lines += [f"  {_attempt(attempt)}" for attempt in one["attempts"]]
    if one["chain"]:
        lines.append(f"  repeats {', '.join(commit[:10] for commit in one['chain'])}")
    return lines


def _attempt(one: Mapping[str, Any]) -> str:
    where = f" on {one['host']}" if one.get("host") else ""
    when = f", {one['start']}" if one.get("start") else ""
    took = f", {one['seconds']:g} s" if one.get("seconds") is not None else ""
    task = f"task {one['task']}, " if "task" in one else ""
    return f"{task}attempt {one.get('number')}: {one.get('outcome')}{where}{when}{took}"
