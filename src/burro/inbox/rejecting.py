"""What can never be taken: moved to rejected/, with the reason beside it."""

from __future__ import annotations

from ..base.failpoint import hit
from .files import exists, move, remove, write_whole
from .names import others
from .root import Parts


def reject(parts: Parts, name: str, why: str) -> str:
    """Move it there, the sentence first; the name that it has now. Raises OSError; then it is where it was."""
    for to in others(name):
        if exists(parts.rejected, to):
            continue
        write_whole(parts.rejected, _beside(to), f"{why}\n".encode("utf-8", "backslashreplace"))
        hit("inbox.after_why")
        try:
            move(name, under=parts.inbox, to=to, into=parts.rejected)
        except FileExistsError:
            continue
        except OSError:
            remove(parts.rejected, _beside(to))
            raise
        return to
    raise AssertionError("there is always another name")


def _beside(name: str) -> str:
    """`NAME.why`, cut where that is longer than a name can be; it says what it is about by standing beside it."""
    return name[: len(name) if len(name.encode("utf-8", "surrogateescape")) <= 250 else 60] + ".why"
