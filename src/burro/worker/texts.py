"""A text of any length as words of a command line, each of which the kernel takes up to 128 KiB of."""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST = 100_000


def as_words(text: str) -> list[str]:
    """The text itself; or, where it is too long for a word, a number and so many pieces of it, packed."""
    if len(text) <= _LONGEST:
        return [text]
    import base64
    import zlib

    packed = base64.b64encode(zlib.compress(text.encode())).decode("ascii")
    pieces = [packed[at : at + _LONGEST] for at in range(0, len(packed), _LONGEST)]
    return [str(len(pieces)), *pieces]


def from_words(words: Sequence[str]) -> tuple[str, list[str]]:
    """The text, and the words behind it. It is none that is a number."""
    if not words[0].isdecimal():
        return words[0], list(words[1:])
    import base64
    import zlib

    behind = 1 + int(words[0])
    return zlib.decompress(base64.b64decode("".join(words[1:behind]))).decode(), list(words[behind:])
