"""The parsers of the verbs: argparse, with errors of one sentence and help that begins with what people want to do."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any, NoReturn

from ..base.errors import UsageError
from .options import ABOUT
from .verbs import ACTS, HIDDEN, VERBS
from .words import Table, unknown_option

_NO_OPTION = "\0"  # stands before a word behind `--` while argparse, which mixes nothing behind that, looks at it
IDS = "12, 12.3, 12.0-99, 3-9, last, all, or a job's name"


class Parser(argparse.ArgumentParser):
    """The parser of one verb."""

    def __init__(
        self,
        verb: str,
        *,
        usage: str | None = None,
        examples: tuple[str, ...] = (),
        act: str | None = None,
        acts: Mapping[str, tuple[str, str]] = ACTS,
    ) -> None:
        """`usage`: the words after the verb, where argparse's own line says less. `examples`: whole command lines.

        `act`: of a verb that has several, which are `acts`.
        """
        about = (VERBS.get(verb) or HIDDEN[verb])[1]
        if act is not None:
            verb, about = f"{verb} {act}", acts[act][1]
        self.verb = verb
        self.examples = examples
        super().__init__(
            prog=f"burro {verb}",
            usage=usage and f"burro {verb} {usage}",
            description=_sentence(about),
            epilog="examples:\n" + "\n".join(f"  {line}" for line in examples),
            formatter_class=_Help,
            allow_abbrev=False,
            add_help=False,
        )
        self.add_argument("-h", "--help", action="help", help=ABOUT["help"][1])
        self.add_argument("--queue", metavar=ABOUT["queue"][0], help=ABOUT["queue"][1])

    def json(self) -> Parser:
        """Take --json."""
        self.add_argument("--json", action="store_true", help=ABOUT["json"][1])
        return self

    def ids(self, *, least: int) -> Parser:
        """Take ids, at least `least` of them."""
        self.add_argument("ids", metavar="ID", nargs="+" if least else "*", help=IDS)
        return self

    def error(self, message: str) -> NoReturn:
        """Argparse's complaint as ours."""
        raise UsageError(f"{message}; see: burro {self.verb} --help")

    def parse(self, words: list[str]) -> argparse.Namespace:
        """The options and ids of `words`, in any order. Raises UsageError."""
        at = words.index("--") if "--" in words else len(words)
        behind = [_NO_OPTION + word for word in words[at + 1 :]]
        options, left = self.parse_known_intermixed_args(words[:at] + behind)
        for name, value in vars(options).items():
            setattr(options, name, _unmarked(value))
        if not left:
            return options
        left = list(map(_unmarked, left))
        if left[0].startswith("-") and left[0] != "-":
            raise unknown_option(left[0].partition("=")[0], list(self._option_string_actions), verb=self.verb)
        raise UsageError(f"'{left[0]}' is one word too many; see: burro {self.verb} --help")


def _unmarked(value: Any) -> Any:  # noqa: ANN401  # of whatever type an option is
    if isinstance(value, list):
        return list(map(_unmarked, value))
    return value.removeprefix(_NO_OPTION) if isinstance(value, str) else value


class Glued(argparse._StoreAction):  # noqa: SLF001  # the class behind action="store", which has no public name
    """An option whose value stands behind `=` or is left out: the word behind it is no value."""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help that shows how a value is given."""

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if isinstance(action, Glued):
            return f"{', '.join(action.option_strings)}[={action.metavar}]"
        return super()._format_action_invocation(action)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def of_table(parser: Parser, table: Table) -> Parser:
    """The parser with the options of `submit` or `run`: for its help and for completion, not for parsing."""
    for field in dict.fromkeys(field for _, _, field, _ in table):
        if field in ("help", "queue"):
            continue
        entries = [entry for entry in table if entry[2] == field]
        shorts = [f"-{short}" for _, short, _, _ in entries if short]
        names = [*shorts, *(f"--{long}" for long, _, _, _ in entries)]
        metavar, about = ABOUT[field]
        if entries[0][3]:
            parser.add_argument(*names, dest=field, metavar=metavar, help=about.replace("%", "%%"))
        else:
            parser.add_argument(*names, dest=field, action="store_true", help=about)
    return parser
