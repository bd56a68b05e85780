"""`burro pool`: what can be done with a pool; each act has a parser and a help of its own."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Protocol, cast

from ..base.errors import UsageError
from .face import Face
from .parser import Parser
from .verbs import ACTS
from .words import nearest


class Act(Protocol):
    """What the module of an act has."""

    def parser(self, act: str) -> Parser:
        """What its options are."""

    def main(self, act: str, words: list[str], face: Face) -> int:
        """Parse `words`, do it, say what came of it, and give the exit code."""


def parser(_verb: str) -> Parser:
    """For --help and completion: the acts, each with its own parser below."""
    examples = (
        "burro pool add gpu1 --ssh gpu1 --cpus 16 --gpus 2",
        "burro pool set local --cpus 6",
        "burro pool sync gpu1",
        "burro pool run gpu1 -- git pull",
    )
    made = Parser("pool", usage="ACT POOL... [options]", examples=examples)
    below = made.add_subparsers(dest="act", metavar="ACT", title="acts", parser_class=ArgumentParser)
    for act, (_, about) in ACTS.items():
        below.add_parser(act, help=about, parents=[module_of(act).parser(act)], add_help=False)
    made.epilog = f"Each act has its own help: burro pool ACT --help\n\n{made.epilog}"
    return made


def module_of(act: str) -> Act:
    """The module of an act that ACTS names."""
    return module_of_act(act, ACTS)


def module_of_act(act: str, acts: Mapping[str, tuple[str, str]]) -> Act:
    """The module of an act of any verb that has several."""
    return cast("Act", import_module(f"burro.cli.{acts[act][0]}"))


def main(words: list[str], face: Face) -> int:
    """Do the act that is named."""
    act, rest = act_of(words, ACTS, verb="pool")
    if act is None:
        parser("pool").print_help()
        return 0
    if act not in ACTS:
        raise UsageError(f"there is no act '{act}'{nearest(act, list(ACTS))}; see: burro pool --help")
    return module_of(act).main(act, rest, face)


def act_of(words: list[str], acts: Collection[str], *, verb: str) -> tuple[str | None, list[str]]:
    """The act and the words around it; None where help is asked for. Raises UsageError where there is none."""
    place = 0
    while place < len(words) and words[place].startswith("-"):
        if words[place] in ("-h", "--help"):
            return None, words
        place += 2 if words[place] == "--queue" else 1
    if place >= len(words):
        raise UsageError(f"say what to do, one of {', '.join(acts)}; see: burro {verb} --help")
    return words[place], [*words[:place], *words[place + 1 :]]
