"""`burro completion`: the script that lets a shell complete verbs and options."""

from __future__ import annotations

import argparse

from .face import Face
from .parser import Parser
from .verbs import VERBS, module_of

SHELLS = ("bash", "zsh", "tcsh")


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = (
        "burro completion bash > ~/.local/share/bash-completion/completions/burro",
        "burro completion zsh > ~/.zfunc/_burro",
        "burro completion tcsh >> ~/.cshrc",
    )
    made = Parser("completion", examples=examples)
    made.add_argument("shell", choices=SHELLS, help="the shell")
    return made


def main(words: list[str], face: Face) -> int:
    """Print the script."""
    options = parser(face.verb).parse(words)
    import shtab

    print(shtab.complete(_everything(), shell=options.shell))
    return 0


def _everything() -> argparse.ArgumentParser:
    """One parser with all the verbs below it, as shtab wants it."""
    whole = argparse.ArgumentParser(prog="burro")
    whole.add_argument("--version", action="store_true", help="say the version")
    whole.add_argument("--queue", metavar="DIR", help="the queue")
    below = whole.add_subparsers(dest="verb")
    for verb, (_, about) in VERBS.items():
        below.add_parser(verb, help=about, parents=[module_of(verb).parser(verb)], add_help=False)
    return whole
