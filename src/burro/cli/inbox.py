"""`burro inbox`: what can be done with inboxes; each act has a parser and a help of its own."""

from __future__ import annotations

from argparse import ArgumentParser

from ..base.errors import UsageError
from .face import Face
from .parser import Parser
from .pooling import Act, act_of, module_of_act
from .verbs import INBOX_ACTS
from .words import nearest


def parser(_verb: str) -> Parser:
    """For --help and completion: the acts, each with its own parser below."""
    examples = (
        "burro inbox add ~/inbox",
        "burro inbox add /shared/drop --pool gpu1 --ready upload-done",
        "burro inbox list",
        "burro inbox run /shared/drop --period 120",
    )
    made = Parser("inbox", usage="ACT DIR [options]", examples=examples)
    below = made.add_subparsers(dest="act", metavar="ACT", title="acts", parser_class=ArgumentParser)
    for act, (_, about) in INBOX_ACTS.items():
        below.add_parser(act, help=about, parents=[module_of(act).parser(act)], add_help=False)
    made.epilog = f"Each act has its own help: burro inbox ACT --help\n\n{made.epilog}"
    return made


def module_of(act: str) -> Act:
    """The module of an act that INBOX_ACTS names."""
    return module_of_act(act, INBOX_ACTS)


def main(words: list[str], face: Face) -> int:
    """Do the act that is named."""
    act, rest = act_of(words, INBOX_ACTS, verb="inbox")
    if act is None:
        parser("inbox").print_help()
        return 0
    if act not in INBOX_ACTS:
        raise UsageError(f"there is no act '{act}'{nearest(act, list(INBOX_ACTS))}; see: burro inbox --help")
    return module_of(act).main(act, rest, face)
