"""`burro pool`: what can be done with a pool; each act has a parser and a help of its own."""

from __future__ import annotations

from .acts import Acts
from .face import Face
from .parser import Parser
from .verbs import ACTS

_ACTS = Acts(
    "pool",
    ACTS,
    usage="ACT POOL... [options]",
    examples=(
        "burro pool add gpu1 --ssh gpu1 --cpus 16 --gpus 2",
        "burro pool set local --cpus 6",
        "burro pool sync gpu1",
        "burro pool run gpu1 -- git pull",
    ),
)


def parser(_verb: str) -> Parser:
    """For --help and completion."""
    return _ACTS.parser()


def main(words: list[str], face: Face) -> int:
    """Do the act that is named."""
    return _ACTS.main(words, face)
