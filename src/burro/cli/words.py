"""Options at the head of a command line, by a table of options. What follows the first other word is not looked at."""

from __future__ import annotations

from ..base.errors import UsageError
from ..model.options import REPEATED

PATHS = ("stage_in", "stage_out")
_BETWEEN = {False: ",", True: "\0"}
Table = tuple[tuple[str, str, str, bool], ...]
Typed = dict[str, "str | bool"]


def split(words: list[str], table: Table, *, verb: str, several: tuple[str, ...] = PATHS) -> tuple[Typed, list[str]]:
    """The options of `words` by field, and the words after them, exact. Raises UsageError.

    `several`: what may be given again and is kept apart, by what no word has in it.
    """
    typed: Typed = {}
    place = 0
    while place < len(words):
        word = words[place]
        if word == "--":
            return typed, words[place + 1 :]
        if word == "-" or not word.startswith("-"):
            break
        field, value, used = _option(words, place, table, verb)
        again = field in REPEATED and field in typed
        again = again or (field in several and field in typed)
        typed[field] = f"{typed[field]}{_BETWEEN[field in several]}{value}" if again else value
        place += used
    return typed, words[place:]


def _option(words: list[str], place: int, table: Table, verb: str) -> tuple[str, str | bool, int]:
    """The field and value of the option at `place`, and how many words it takes."""
    word = words[place]
    if word.startswith("--"):
        name, equals, value = word.partition("=")
    else:
        name, equals, value = word[:2], word[2:], word[2:]
    for long, short, field, takes in table:
        if name not in ("--" + long, "-" + short):
            continue
        if not takes and equals:
            raise UsageError(f"{name} takes no value; see: burro {verb} --help")
        if not takes:
            return field, True, 1
        if equals:
            return field, value, 1
        if place + 1 == len(words):
            raise UsageError(f"{name} needs a value; see: burro {verb} --help")
        return field, words[place + 1], 2
    raise unknown_option(name, [text for entry in table for text in _spellings(entry)], verb=verb)


def _spellings(entry: tuple[str, str, str, bool]) -> list[str]:
    return ["--" + entry[0], "-" + entry[1]] if entry[1] else ["--" + entry[0]]


def unknown_option(word: str, known: list[str], *, verb: str) -> UsageError:
    """The error for an option that is not there, with the nearest that is."""
    return UsageError(f"there is no option '{word}'{nearest(word, known)}; see: burro {verb} --help")


def nearest(word: str, known: list[str]) -> str:
    """` (did you mean 'x'?)` as a piece of a sentence, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(word, known, n=1)
    return f" (did you mean '{found[0]}'?)" if found else ""
