"""The full path: find the verb, let it parse and ask, and turn trouble into one sentence and an exit code."""

from __future__ import annotations

import json
import sys

from ..base.errors import BurroError, UsageError
from ..base.rubbish import look_seldom
from .face import Face
from .verbs import HIDDEN, VERBS, main_help, module_of, version
from .words import nearest


def main(words: list[str], *, queue: str | None, request: str) -> int:
    """Run `burro WORDS` and give the exit code."""
    look_seldom()
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # a text stream unless embedded
    sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # as above
    try:
        return _verb(words, queue, request)
    except BurroError as error:
        complain(error, as_json="--json" in words)
        return error.code


def complain(error: BurroError, *, as_json: bool) -> None:
    """Say what went wrong: a sentence on standard error, and JSON on standard output where that was asked for."""
    if as_json:
        print(json.dumps({"error": {"code": error.code, "message": str(error)}}))
    sys.stdout.flush()
    print(f"burro: {error}", file=sys.stderr)


def _verb(words: list[str], queue: str | None, request: str) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        return _help(words[1:])
    if words[0] in ("-V", "--version"):
        print(version())
        return 0
    name = words[0]
    if name.startswith("-"):
        known = ["--help", "--version", "--queue"]
        if name == "--queue":
            raise UsageError("--queue needs a directory; write: burro --queue DIR VERB")
        raise UsageError(f"there is no option '{name}'{nearest(name, known)}; see: burro --help")
    return module_of(_known(name)).main(words[1:], Face(queue, verb=name, request=request))


def _known(name: str) -> str:
    if name not in VERBS and name not in HIDDEN:
        raise UsageError(f"there is no verb '{name}'{nearest(name, list(VERBS))}; see: burro --help")
    return name


def _help(words: list[str]) -> int:
    """`burro help status` is `burro status --help`."""
    if not words:
        print(main_help())
        return 0
    return module_of(_known(words[0])).main(["--help"], Face(None, verb=words[0], request=""))
