"""Trouble a person can act on. The message is the sentence that person reads: the fact, then the next step."""

from __future__ import annotations


class BurroError(Exception):
    """Expected trouble, shown as one sentence without a traceback; `code` is the exit code of the command line."""

    code = 1


class Failed(BurroError):
    """What was waited for did not succeed, or part of what was asked could not be done."""


class UsageError(BurroError):
    """What was asked makes no sense as it stands."""

    code = 2


class NotFound(BurroError):
    """There is no such job, task, pool or queue."""

    code = 3


class Unreachable(BurroError):
    """No server answers, or it refused us."""

    code = 4


class Refused(Unreachable):
    """The server answered that it cannot; asking the same again would not help."""


class Silent(Refused):
    """The server is there and does not answer in time; to ask again would be to wait as long again."""


_BY_CODE: dict[int, type[BurroError]] = {kind.code: kind for kind in (Failed, UsageError, NotFound, Refused)}


def error_of(code: int, sentence: str) -> BurroError:
    """The error that stands for an exit code that came over the wire; `Failed` for an unknown one."""
    return _BY_CODE.get(code, Failed)(sentence)
