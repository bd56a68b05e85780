"""`annex.largefiles`: which files git-annex takes. What burro cannot tell for certain, git-annex is asked."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Callable, Optional

_UNITS = {"": 1, "b": 1, "byte": 1, "bytes": 1}
_UNITS |= {letter + ending: 1000**n for n, letter in enumerate("kmgt", 1) for ending in ("", "b")}
_UNITS |= {f"{letter}ib": 1024**n for n, letter in enumerate("kmgt", 1)}

_TOKENS = re.compile(r"[()]|[^()\s]+")

Verdict = Optional[bool]  # None: cannot tell
Rule = Callable[[str, int, Callable[[], Verdict]], Verdict]  # of the path in the repository, the size, if it is binary


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
    return rules[0] if len(rules) == 1 else lambda name, size, looks: _or([rule(name, size, looks) for rule in rules])


def _all(tokens: list[str]) -> Rule:
    rules = [_one(tokens)]
    while tokens and tokens[0] not in {"or", ")"}:
        if tokens[0] == "and":
            tokens.pop(0)
        rules.append(_one(tokens))
    return rules[0] if len(rules) == 1 else lambda name, size, looks: _and([rule(name, size, looks) for rule in rules])


def _one(tokens: list[str]) -> Rule:
    term = tokens.pop(0) if tokens else ""
    if term == "not":
        rule = _one(tokens)
        return lambda name, size, looks: _not(rule(name, size, looks))
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
        return lambda _name, _size, _looks: term == "anything"
    if word in {"largerthan", "smallerthan"} and bytes_of(value) is not None:
        most = bytes_of(value) or 0
        return lambda _name, size, _looks: size > most if word == "largerthan" else size < most
    if word in {"include", "exclude"} and "[" not in value:
        return lambda name, _size, _looks: fnmatchcase(name, value) == (word == "include")
    if term == "mimeencoding=binary":
        return lambda _name, _size, looks: looks()
    return _unknown


def _unknown(_name: str, _size: int, _looks: Callable[[], Verdict]) -> Verdict:
    return None


def _or(verdicts: list[Verdict]) -> Verdict:
    return True if True in verdicts else None if None in verdicts else False


def _and(verdicts: list[Verdict]) -> Verdict:
    return False if False in verdicts else None if None in verdicts else True


def _not(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


def bytes_of(text: str) -> Optional[int]:
    """The size that `100kb` or `1.5GiB` means; None where it means none."""
    found = re.fullmatch(r"([0-9.]+)([a-z]*)", text.lower())
    if not found or found[2] not in _UNITS:
        return None
    try:
        return int(float(found[1]) * _UNITS[found[2]])
    except ValueError:
        return None
