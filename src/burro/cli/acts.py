"""A verb that has several acts, as `burro pool add`: each act has a module, a parser and a help of its own."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from ..base.errors import UsageError
from .face import Face
from .parser import Parser
from .words import nearest


class Act(Protocol):
    """What the module of an act has."""

    def parser(self, act: str) -> Parser:
        """What its options are."""

    def main(self, act: str, words: list[str], face: Face) -> int:
        """Parse `words`, do it, say what came of it, and give the exit code."""


@dataclass(frozen=True)
class Acts:
    """Those of one verb. `modules`: by act the module, and what stands beside it in the help."""

    verb: str
    modules: Mapping[str, tuple[str, str]]
    usage: str
    examples: tuple[str, ...]

    def parser(self) -> Parser:
        """For --help and completion: the acts, each with its own parser below."""
        made = Parser(self.verb, usage=self.usage, examples=self.examples)
        below = made.add_subparsers(dest="act", metavar="ACT", title="acts", parser_class=ArgumentParser)
        for act, (_, about) in self.modules.items():
            below.add_parser(act, help=about, parents=[self._module(act).parser(act)], add_help=False)
        made.epilog = f"Each act has its own help: burro {self.verb} ACT --help\n\n{made.epilog}"
        return made

    def main(self, words: list[str], face: Face) -> int:
        """Do the act that is named."""
        act, rest = self._act(words)
        if act is None:
            self.parser().print_help()
            return 0
        if act not in self.modules:
            known = nearest(act, list(self.modules))
            raise UsageError(f"there is no act '{act}'{known}; see: burro {self.verb} --help")
        return self._module(act).main(act, rest, face)

    def _module(self, act: str) -> Act:
        return cast("Act", import_module(f"burro.cli.{self.modules[act][0]}"))

    def _act(self, words: list[str]) -> tuple[str | None, list[str]]:
        """The act and the words around it; None where help is asked for. Raises UsageError where there is none."""
        place = 0
        while place < len(words) and words[place].startswith("-"):
            if words[place] in ("-h", "--help"):
                return None, words
            place += 2 if words[place] == "--queue" else 1
        if place >= len(words):
            raise UsageError(f"say what to do, one of {', '.join(self.modules)}; see: burro {self.verb} --help")
        return words[place], [*words[:place], *words[place + 1 :]]
