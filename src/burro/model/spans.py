"""Where in the order of the store stands what may meet a path: from which text to before which one."""

from __future__ import annotations

from collections.abc import Iterator

from .footprint import ROOT, WILD, WILD_AT_END, below, head_of, is_pattern, next_part, stem


def below_like(path: str, part: str) -> tuple[str, str]:
    """As `below`, only what begins there as a part of a pattern does, up to its first wild character."""
    head = head_of(part)
    return _begun_by(_in(path, head)) if head else below(path)


def beginnings(path: str, part: str) -> Iterator[tuple[str, str]]:
    """From which texts to before which all patterns in a directory sort that are wild before a part, or its head, ends.

    No other can stand for that part.
    """
    head = head_of(part)
    for length in range(len(head) + 1):
        for wild in WILD:
            yield _begun_by(_in(path, head[:length] + wild))


def placed(path: str) -> tuple[str, str]:
    """The directory of a path, and its name read from its end; of a pattern those of its first part that is one."""
    if path == ROOT:
        return "", ""
    head, _, name = path.rpartition("/")
    above = stem(path) if is_pattern(path) else head or ROOT
    return above, (next_part(path, above) if is_pattern(path) else name)[::-1]


def endings(part: str) -> Iterator[tuple[str, str]]:
    """As `beginnings`, of what is read from its end: where stand parts that can end as this one does.

    Of patterns only, where this is none.
    """
    tail = ending(part)[::-1]
    for length in range(len(tail) + (not is_pattern(part))):
        for wild in WILD_AT_END:
            yield _begun_by(tail[:length] + wild)
    if is_pattern(part):
        yield _begun_by(tail) if tail else ("", "\U0010ffff")


def ending(part: str) -> str:
    """What comes behind the last wild character; of what has none all of it."""
    return head_of(part[::-1], end=True)[::-1] if is_pattern(part) else part


def deeper(path: str) -> list[tuple[str, str]]:
    """From which texts to before which all directories below this one sort."""
    return [("\x01", ROOT), (ROOT + "\x01", "\U0010ffff")] if path == ROOT else [below(path)]


def _in(path: str, name: str) -> str:
    return name if path == ROOT else f"{path}/{name}"


def _begun_by(text: str) -> tuple[str, str]:
    return text, text[:-1] + chr(ord(text[-1]) + 1)
