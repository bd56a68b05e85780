"""`annex.largefiles`: which files git-annex takes. What burro cannot tell for certain, git-annex is asked."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache

_UNITS = {"": 1, "b": 1, "byte": 1, "bytes": 1}
_UNITS |= {letter + ending: 1000**n for n, letter in enumerate("kmgt", 1) for ending in ("", "b")}
_UNITS |= {f"{letter}ib": 1024**n for n, letter in enumerate("kmgt", 1)}

_TOKENS = re.compile(r"[()]|[^()\s]+")
_LOOKED_AT = 64 * 1024  # bytes that tell of an encoding
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")  # texts of two and four bytes a letter
_TEXT = bytes({*range(7, 14), 27, *range(32, 127)})

Verdict = bool | None  # None: cannot tell
Rule = Callable[[str, str, int], Verdict]  # of the path in the repository, the path, the size


@lru_cache(maxsize=256)
def rule_of(expression: str) -> Rule:
    """The rule of an expression of git-annex."""
    tokens = _TOKENS.findall(expression)
    rule = _any(tokens)
    return rule if not tokens else _unknown


def _any(tokens: list[str]) -> Rule:
    rules = [_all(tokens)]
    while tokens and tokens[0] == "or":
        tokens.pop(0)
        rules.append(_all(tokens))
    return rules[0] if len(rules) == 1 else lambda name, path, size: _or([rule(name, path, size) for rule in rules])


def _all(tokens: list[str]) -> Rule:
    rules = [_one(tokens)]
    while tokens and tokens[0] not in {"or", ")"}:
        if tokens[0] == "and":
            tokens.pop(0)
        rules.append(_one(tokens))
    return rules[0] if len(rules) == 1 else lambda name, path, size: _and([rule(name, path, size) for rule in rules])


def _one(tokens: list[str]) -> Rule:
    term = tokens.pop(0) if tokens else ""
    if term == "not":
        rule = _one(tokens)
        return lambda name, path, size: _not(rule(name, path, size))
    if term == "(":
        rule = _any(tokens)
        if tokens[:1] != [")"]:
            return _unknown
        tokens.pop(0)
        return rule
    return _term(term)


def _term(term: str) -> Rule:
    word, _, value = term.partition("=")
    if term in {"anything", "nothing"}:
        return lambda _name, _path, _size: term == "anything"
    if word in {"largerthan", "smallerthan"} and bytes_of(value) is not None:
        most = bytes_of(value) or 0
        return lambda _name, _path, size: size > most if word == "largerthan" else size < most
    if word in {"include", "exclude"} and "[" not in value:
        return lambda name, _path, _size: fnmatchcase(name, value) == (word == "include")
    if term == "mimeencoding=binary":
        return lambda _name, path, size: is_binary(path, size)
    return _unknown


def _unknown(_name: str, _path: str, _size: int) -> Verdict:
    return None


def _or(verdicts: list[Verdict]) -> Verdict:
    return True if True in verdicts else None if None in verdicts else False


def _and(verdicts: list[Verdict]) -> Verdict:
    return False if False in verdicts else None if None in verdicts else True


def _not(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


def bytes_of(text: str) -> int | None:
    """The size that `100kb` or `1.5GiB` means; None where it means none."""
    found = re.fullmatch(r"([0-9.]+)([a-z]*)", text.lower())
    if not found or found[2] not in _UNITS:
        return None
    try:
        return int(float(found[1]) * _UNITS[found[2]])
    except ValueError:
        return None


def is_binary(path: str, size: int) -> Verdict:
    """What `file --mime-encoding` would say, where it is beyond doubt."""
    if size == 0:
        return True
    with open(path, "rb") as file:
        begin = os.read(file.fileno(), _LOOKED_AT)
    if not begin.startswith(_MARKS) and 0 in begin[0::2] and 0 in begin[1::2]:
        return True
    if size <= len(begin) and not begin.translate(None, delete=_TEXT):
        return False
    return None
