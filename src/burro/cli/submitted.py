"""What `submit` prints."""

from __future__ import annotations

import sys

from .words import Typed

Answer = dict[str, object]


def say(answer: Answer, typed: Typed) -> None:
    """The id on standard output; what the server remarks on standard error."""
    for sentence in _texts(answer.get("notes")):
        print(f"burro: note: {sentence}", file=sys.stderr)
    if "parsable" not in typed:
        print(f"Submitted job {answer['id']}")
    elif "file" in typed and not answer.get("single"):
        first, count = _whole(answer.get("first")), _whole(answer.get("tasks"))
        sys.stdout.writelines(f"{answer['id']}.{index}\n" for index in range(first, first + count))
    else:
        print(answer["id"])


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
