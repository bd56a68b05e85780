"""`burro pool run` and `deploy`: a command at a machine, now, while no task runs there; cloning the project there."""

from __future__ import annotations

import shlex
import sys
from contextlib import nullcontext

from ..base.errors import Failed, UsageError
from ..pools import machine
from .face import Face
from .fan import Answer, Row, say, spread
from .machines import ask, asking, machines, quiet
from .parser import Parser

_EXAMPLES = {
    "run": (
        "burro pool run gpu1 -- git pull",
        "burro pool run --all -- make",
        "burro pool run gpu1 --force -- free",
    ),
    "deploy": ("burro pool deploy gpu1", "burro pool deploy --all", "burro pool set gpu1 --deploy URL --branch main"),
}


def parser(act: str) -> Parser:
    """The parser of one of the two."""
    usage = "POOL...|--all [options] -- COMMAND ARG..." if act == "run" else None
    made = Parser("pool", act=act, usage=usage, examples=_EXAMPLES[act]).json()
    made.add_argument("pools", metavar="POOL", nargs="*", help="the name of a pool")
    made.add_argument("--all", action="store_true", help="every pool that is reached by ssh")
    if act == "run":
        made.add_argument("--force", action="store_true", help="although tasks run there")
        made.add_argument("--shell", metavar="LINE", help="a line for /bin/sh there, instead of a command")
    return made


def main(act: str, words: list[str], face: Face) -> int:
    """Exit as the command of one machine does; 1 where it failed at one of several."""
    ours, command = _split(words) if act == "run" else (words, [])
    options = parser(act).parse(ours)
    face = face.at(options.queue)
    rows = {row["pool"]: row for row in machines(face, options.pools, everyone=options.all)}
    if act == "deploy":
        return spread(list(rows), lambda pool: _deploy(face, rows[pool]), as_json=options.json)
    script = _script(options.shell, command)
    if len(rows) == 1 and not options.json:
        return _run(face, next(iter(rows.values())), script, force=options.force, hear=None)

    def run(pool: str) -> Answer:
        lines: list[str] = []
        hear = lines.append if options.json else lambda line: say(line, pool=pool)
        code = _run(face, rows[pool], script, force=options.force, hear=hear)
        return {"pool": pool, "code": code, "lines": lines, "text": f"{pool}: it ended with {code}"}

    return spread(list(rows), run, as_json=options.json, well=lambda answer: answer["code"] == 0)


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Our words, and those of the command behind `--`."""
    if "--" not in words:
        return words, []
    place = words.index("--")
    return words[:place], words[place + 1 :]


def _script(line: str | None, command: list[str]) -> str:
    if (line is None) == (not command):
        raise UsageError("give a command behind --: burro pool run POOL -- COMMAND ARG...")
    return line if line is not None else "exec " + shlex.join(command)


def _run(face: Face, row: Row, script: str, *, force: bool, hear: machine.Hear) -> int:
    terminal = hear is None and sys.stdin.isatty() and sys.stdout.isatty()
    sys.stdout.flush()
    with nullcontext() if force else quiet(face, row, idle=True):
        inside = machine.in_directory(row["root"], script, env=row.get("env"))
        return machine.run(row["host"], inside, env=asking(face, row), terminal=terminal, hear=hear)


def _deploy(face: Face, row: Row) -> Answer:
    """Clone the project where it is not, prepare it, and connect."""
    pool, said = row["pool"], row.get("deploy")
    if not said:
        raise UsageError(f"{pool} does not know what to clone; say it: burro pool set {pool} --deploy URL")
    lines: list[str] = []
    env = asking(face, row)
    code = machine.run(row["host"], _clone(row["root"], **said), env=env, hear=lines.append)
    there = "burro-deploy: there" in lines
    if code:
        raise Failed(f"cannot clone {said['url']} at {row['host']}: {lines[-1] if lines else f'it ended with {code}'}")
    if row.get("before") and not there:
        prepare = machine.in_directory(row["root"], row["before"], env=row.get("env"))
        code = machine.run(row["host"], prepare, env=env, hear=lines.append)
        if code:
            raise Failed(f"'{row['before']}' ended with {code} at {row['host']}: {lines[-1] if lines else ''}")
    answer = ask(face, "start", pool)
    what = f"{row['root']} is there already" if there else f"cloned {said['url']} into {row['root']}"
    text = f"{pool}: {what}; {answer['text'].removeprefix(pool + ': ')}"
    return {"pool": pool, "cloned": not there, "state": answer.get("state"), "text": text}


def _clone(root: str, url: str, branch: str | None = None) -> str:
    place = machine.quoted(root)
    chosen = f" -b {shlex.quote(branch)}" if branch else ""
    return (
        f"if [ -d {place} ] && [ -n \"$(ls -A {place})\" ]; then echo 'burro-deploy: there'; exit 0; fi; "
        f'mkdir -p "$(dirname {place})" && exec git clone{chosen} -- {shlex.quote(url)} {place}'
    )
