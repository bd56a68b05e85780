"""`burro up`."""

from __future__ import annotations

import argparse

from ..base.errors import UsageError
from .face import Face, print_json
from .parser import Parser


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = ("burro up", "burro up -c 4", "burro up --foreground")
    made = Parser("up", examples=examples).json()
    made.add_argument("-c", "--cpus", metavar="N", help="cpus for this machine's worker (all); 0 pauses it")
    made.add_argument("--foreground", action="store_true", help="stay, as systemd wants it")
    made.add_argument("--take-over", action="store_true", help="although another machine's server is on record here")
    return made


def main(words: list[str], face: Face) -> int:
    """Return when server and worker answer."""
    options = parser(face.verb).parse(words)
    face = face.at(options.queue)
    cpus = _cpus(options)
    if face.elsewhere and (options.foreground or options.take_over):
        raise UsageError("--foreground and --take-over are for the machine of the server; use them there")
    if options.foreground:
        return _stay(face, options)
    if not face.elsewhere:
        from ..server import launch

        launch.ensure(face.queue, take_over=options.take_over)
    answer = face.ask("up", cpus=cpus)
    if options.json:
        print_json(answer)
        return 0
    changed = answer.get("before") not in (None, answer["cpus"])
    was = f", {answer['before']} before" if changed else ""
    print(f"the server (pid {answer['pid']}) is up; its worker has {_some(answer['cpus'])}{was}")
    return 0


def _stay(face: Face, options: argparse.Namespace) -> int:
    """Be the server, in this very process."""
    from ..server.run import main as serve

    return serve(face.queue, take_over=options.take_over, kept=True, cpus=_cpus(options))


def _cpus(options: argparse.Namespace) -> int | None:
    if options.cpus is None:
        return None
    if not options.cpus.isdigit():
        raise UsageError(f"-c takes a number of cpus from 0, not '{options.cpus}'")
    return int(options.cpus)


def _some(cpus: int) -> str:
    return "1 cpu" if cpus == 1 else f"{cpus} cpus"
