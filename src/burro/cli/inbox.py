"""`burro inbox`: what can be done with inboxes; each act has a parser and a help of its own."""

from __future__ import annotations

from .acts import Acts
from .face import Face
from .parser import Parser
from .verbs import INBOX_ACTS

_ACTS = Acts(
    "inbox",
    INBOX_ACTS,
    usage="ACT DIR [options]",
    examples=(
        "burro inbox add ~/inbox",
        "burro inbox add /shared/drop --pool gpu1 --ready upload-done",
        "burro inbox list",
        "burro inbox run /shared/drop --period 120",
    ),
)


def parser(_verb: str) -> Parser:
    """For --help and completion."""
    return _ACTS.parser()


def main(words: list[str], face: Face) -> int:
    """Do the act that is named."""
    return _ACTS.main(words, face)
