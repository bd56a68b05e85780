"""What `submit` prints."""

from __future__ import annotations

import sys

from .words import Typed

Answer = dict[str, object]


def say(answer: Answer, typed: Typed) -> None:
    """The id on standard output; what the server remarks on standard error."""
    for sentence in notes(answer):
        print(f"burro: note: {sentence}", file=sys.stderr)
    if "parsable" not in typed:
        print(f"Submitted job {answer['id']}")
    elif "file" in typed and not answer.get("single"):
        first, count = whole(answer, "first"), whole(answer, "tasks")
        sys.stdout.writelines(f"{answer['id']}.{index}\n" for index in range(first, first + count))
    else:
        print(answer["id"])


def notes(answer: Answer) -> list[object]:
    """The server's remarks."""
    value = answer.get("notes")
    return value if isinstance(value, list) else []


def whole(answer: Answer, name: str) -> int:
    """A whole number of the answer; 0 where it has none."""
    value = answer.get(name)
    return value if isinstance(value, int) else 0
