"""`burro up`."""

from __future__ import annotations

import argparse

from ..base.errors import UsageError
from .booting import at_boot, in_allocation, not_at_boot
from .face import Face, print_json
from .parser import Parser


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = ("burro up", "burro up -c 4", "burro up --at-boot", "burro up --foreground")
    made = Parser("up", examples=examples).json()
    made.add_argument("-c", "--cpus", metavar="N", help="cpus for this machine's worker (all); 0 pauses it")
    made.add_argument("--foreground", action="store_true", help="stay, as systemd wants it")
    boot = made.add_mutually_exclusive_group()
    boot.add_argument("--at-boot", action="store_true", help="also start it whenever this machine has started")
    boot.add_argument("--no-at-boot", action="store_true", help="do so no more")
    made.add_argument("--in-allocation", action="store_true", help="in an allocation of Slurm's, not on this machine")
    made.add_argument("--take-over", action="store_true", help="although another machine's server is on record here")
    return made


def main(words: list[str], face: Face) -> int:
    """Return when server and worker answer."""
    options = parser(face.verb).parse(words)
    face = face.at(options.queue)
    cpus = _cpus(options)
    _check(options, elsewhere=face.elsewhere)
    if options.in_allocation:
        return in_allocation(face, as_json=options.json)
    if options.foreground:
        return _stay(face, options)
    if not face.elsewhere:
        _start(face, options)
    answer = face.ask("up", cpus=cpus)
    if options.json:
        print_json(answer)
        return 0
    changed = answer.get("before") not in (None, answer["cpus"])
    was = f", {answer['before']} before" if changed else ""
    print(f"the server (pid {answer['pid']}) is up; its worker has {_some(answer['cpus'])}{was}")
    return 0


def _check(options: argparse.Namespace, *, elsewhere: bool) -> None:
    """Raise UsageError for what cannot be together."""
    if elsewhere and (options.foreground or options.take_over or options.at_boot or options.no_at_boot):
        raise UsageError(
            "--foreground, --take-over, --at-boot and --no-at-boot are for the machine of the server; use them there"
        )
    if options.in_allocation and (options.cpus or options.foreground or options.at_boot or elsewhere):
        raise UsageError(
            "--in-allocation goes with none of -c, --foreground and --at-boot; the server runs no tasks there"
        )
    if options.foreground and options.at_boot:
        raise UsageError("--foreground stays, and --at-boot has somebody else start it; give one of them")


def _start(face: Face, options: argparse.Namespace) -> None:
    from ..server import launch

    if options.no_at_boot:
        not_at_boot(face)
    if options.at_boot:
        at_boot(face, take_over=options.take_over)
    launch.ensure(face.queue, take_over=options.take_over)


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
