"""`burro pool sync`: the project's files to a machine or back, by rsync."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from ..base.errors import Failed, UsageError
from ..pools import machine
from .face import Face
from .fan import Answer, Row, say, spread
from .machines import ask, asking, machines, quiet, stays_paused
from .parser import Parser


@dataclass(frozen=True)
class Wish:
    """What is to be copied, and how. `paths`: of the project, absolute; none: all of it."""

    paths: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    back: bool = False
    delete: bool = False
    dry: bool = False
    exclude: tuple[str, ...] = ()
    progress: bool = False


def parser(act: str) -> Parser:
    """The parser."""
    examples = (
        "burro pool sync gpu1",
        "burro pool sync gpu1 src params.toml",
        "burro pool sync gpu1 --back results",
        "burro pool sync --all --delete --dry-run",
    )
    usage = "POOL|--all [options] [PATH...]"
    made = Parser("pool", act=act, usage=usage, examples=examples).json()
    made.add_argument("words", metavar="POOL PATH", nargs="*", help="the pool, and files of the project (all of it)")
    made.add_argument("--all", action="store_true", help="every pool that is reached by ssh")
    made.add_argument("--back", action="store_true", help="from there to here; of all, only what is newer there")
    made.add_argument("--delete", action="store_true", help="also delete there what is not here")
    made.add_argument("-n", "--dry-run", action="store_true", help="say what would be copied, and copy nothing")
    made.add_argument("--exclude", action="append", metavar="PATTERN", help="leave out such files, as rsync has it")
    made.add_argument("--dataset", action="append", metavar="NAME", help="a data set by its name, or all of them")
    return made


def main(act: str, words: list[str], face: Face) -> int:
    """Copy; where there are several machines each line says of which it is."""
    options = parser(act).parse(words)
    face = face.at(options.queue)
    names, paths = ([], options.words) if options.all else (options.words[:1], options.words[1:])
    rows = {row["pool"]: row for row in machines(face, names, everyone=options.all)}
    wish = _wish(options, paths, alone=len(rows) == 1)

    def copy(pool: str) -> Answer:
        said: list[str] = []
        hear = None if wish.progress else said.append if options.json else lambda line: say(line, pool=pool)
        return {
            "pool": pool,
            "text": sync(face, rows[pool], wish, hear=hear),
            **({"said": said} if options.json else {}),
        }

    return spread(list(rows), copy, as_json=options.json)


def _wish(options: argparse.Namespace, paths: Sequence[str], *, alone: bool) -> Wish:
    if options.delete and options.back and not paths:
        raise UsageError("--back --delete would delete here what was never sent; name what to bring back")
    return Wish(
        paths=tuple(map(os.path.abspath, paths)),
        datasets=tuple(options.dataset or ()),
        back=options.back,
        delete=options.delete,
        dry=options.dry_run,
        exclude=tuple(options.exclude or ()),
        progress=alone and not options.json and sys.stdout.isatty(),
    )


def sync(face: Face, row: Row, wish: Wish, *, hear: machine.Hear) -> str:
    """Copy, run what is to run before tasks, and say what was done. Raises Failed, UsageError."""
    if row.get("shared"):
        return f"{row['pool']}: nothing to copy, the same files are there"
    commands = _commands(face, row, wish)
    before = None if wish.back or wish.dry else row.get("before")
    if before is None:
        _copy_all(face, row, wish, commands, hear=hear)
    else:
        with quiet(face, row, idle=False):
            try:
                _copy_all(face, row, wish, commands, hear=hear)
                _prepare(face, row, before, hear)
            except Failed as error:
                raise stays_paused(row["pool"], str(error)) from None
    if row["state"] in ("down", "connecting") and not wish.back and not wish.dry:
        ask(face, "check", row["pool"])  # what was missing is there now
    way = "back from" if wish.back else "to"
    return f"{row['pool']}: {'would copy' if wish.dry else 'copied'} {_what(wish)} {way} {row['host']}:{row['root']}"


def _what(wish: Wish) -> str:
    names = [*map(os.path.basename, wish.paths), *(f"data set {name}" for name in wish.datasets)]
    return ", ".join(names) or "the project"


def _copy_all(face: Face, row: Row, wish: Wish, commands: Sequence[list[str]], *, hear: machine.Hear) -> None:
    roots = [] if wish.datasets and not wish.paths else [row["root"]]
    places = {*roots, *([row.get("datadir") or row["root"]] if wish.datasets else [])}
    if not wish.back and not wish.dry:
        for place in places:
            _run(face, row, f"mkdir -p {machine.quoted(place)}", hear, what="make the directory")
    for command in commands:
        code = machine.copy(command, hear, env=asking(face, row))
        if code:
            raise Failed(f"rsync ended with {code} at {row['host']}; what was copied so far is gone on with next time")


def _prepare(face: Face, row: Row, before: str, hear: machine.Hear) -> None:
    _run(face, row, machine.in_directory(row["root"], before, env=row.get("env")), hear, what=f"run '{before}'")


def _run(face: Face, row: Row, script: str, hear: machine.Hear, *, what: str) -> None:
    code = machine.run(row["host"], script, env=asking(face, row), hear=hear)
    if code:
        raise Failed(f"could not {what} at {row['host']}: it ended with {code}")


def _commands(face: Face, row: Row, wish: Wish) -> list[list[str]]:
    """What rsync is to be called with. Raises UsageError for what is not of the project."""
    host, root = row["host"], str(row["root"]).rstrip("/")
    options = _options(face, row, wish)
    commands = [_dataset(row, name, options) for name in _datasets(row, wish)]
    if wish.datasets and not wish.paths:
        return commands
    project = row.get("project")
    if not project:
        raise UsageError(f"{row['pool']} has no project directory; name it: burro pool set {row['pool']} --project DIR")
    home = os.path.expanduser(project)
    parts = [_part(home, path) for path in wish.paths] or [""]
    far = machine.far_path(host, f"{root}/").removesuffix("/")
    if wish.back:
        return [*commands, machine.rsync(options, [f"{far}/./{part}" for part in parts], f"{home}/")]
    for path in wish.paths:
        if not os.path.lexists(path):
            raise UsageError(f"there is no {path}; name files of {home}")
    return [*commands, machine.rsync(options, [f"{home}/./{part}" for part in parts], f"{far}/")]


def _options(face: Face, row: Row, wish: Wish) -> list[str]:
    queue = os.path.relpath(face.queue, os.path.expanduser(row.get("project") or "/"))
    return [
        *(["--info=progress2"] if wish.progress else []),
        *(["-n", "-i"] if wish.dry else []),
        *(["--delete"] if wish.delete else []),
        *(["--update"] if wish.back and not wish.paths else []),
        *([] if queue.startswith("..") else [f"--exclude=/{queue}"]),
        *(f"--exclude={pattern}" for pattern in wish.exclude),
    ]


def _part(project: str, path: str) -> str:
    """The path of a file within the project. Raises UsageError."""
    part = os.path.relpath(path, project)
    if part == ".." or part.startswith("../"):
        raise UsageError(f"{path} is not in the project directory {project}; only what is there can be brought over")
    return "" if part == "." else part


def _datasets(row: Row, wish: Wish) -> list[str]:
    known = row.get("datasets") or {}
    names = list(known) if "all" in wish.datasets else list(wish.datasets)
    for name in names:
        if name not in known:
            there = f"it has {', '.join(known)}" if known else "it has none"
            raise UsageError(f"{row['pool']} has no data set '{name}'; {there}")
    if names and wish.back:
        raise UsageError("data sets are only brought there; leave --back or --dataset out")
    return names


def _dataset(row: Row, name: str, options: Sequence[str]) -> list[str]:
    path = os.path.join(os.path.expanduser(row.get("project") or "."), os.path.expanduser(row["datasets"][name]))
    parent, base = os.path.split(os.path.abspath(path))
    if not os.path.lexists(path):
        raise UsageError(f"there is no {path}, which is the data set {name}")
    target = machine.far_path(row["host"], str(row.get("datadir") or row["root"]).rstrip("/") + "/")
    return machine.rsync(options, [f"{parent}/./{base}"], target)
