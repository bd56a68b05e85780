"""What a scheduled job will write: paths of a repository in normal form, and which of them meet.

A path is relative to the root of the repository, without `.`, `..` or doubled slashes; the root itself is `.`. A path
whose parts have `*`, `?` or `[` is a pattern, and `**` stands for any number of parts.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import accumulate
from types import MappingProxyType
from typing import Any, NamedTuple

from ..base.errors import UsageError
from . import fields

ROOT = "."
WHOLE = -1  # in place of an index: the job as such
WILD, WILD_AT_END = "*?[", "*?]"
_INDEX = "{i}"


NONE: Mapping[str, str] = MappingProxyType({})


class Footprint(NamedTuple):
    """What one job writes and reads in one repository. `asked`: what its run record will say, as its face gave it."""

    dataset: str
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    asked: Mapping[str, Any]
    overwrite: str
    alternative: str = ""  # the directory to run in instead
    caseless: bool = False  # names that differ in case alone are one file there
    away: Mapping[str, Any] | None = None  # how it runs where the repository is not (model/elsewhere.py)
    sees: tuple[str, str] | None = None  # a file of the repository, and what is in it
    below: Mapping[str, str] = NONE  # repositories below that one in which paths lie: as compared -> as they are

    @property
    def apart(self) -> bool:
        """Whether each task has outputs of its own."""
        return any(_INDEX in path for path in self.writes)

    def folded(self) -> Footprint:
        """As it is compared with others."""
        if not self.caseless:
            return self
        writes, reads = (tuple(path.casefold() for path in paths) for paths in (self.writes, self.reads))
        below = {place.casefold(): name for place, name in self.below.items()}
        return self._replace(writes=writes, reads=reads, below=below)

    def of_task(self, idx: int) -> tuple[str, ...]:
        """What one task writes: `res/{i}` is `res/3` of task 3."""
        return tuple(path.replace(_INDEX, str(idx)) for path in self.writes)


def parse_footprint(raw: Mapping[str, Any]) -> Footprint:
    """The `provenance` of a submission. Raises UsageError."""
    dataset = fields.text(raw.get("dataset"), "dataset")
    if not os.path.isabs(dataset) or os.path.normpath(dataset) != dataset:
        raise UsageError("the dataset of a scheduled job is an absolute path without . and ..; correct it")
    writes = tuple(checked(str(path)) for path in raw.get("writes") or ())
    if not writes:
        raise UsageError("a scheduled job says what it writes; name it: --output PATH")
    overwrite = str(raw.get("overwrite") or "replace")
    if overwrite not in OVERWRITE:
        raise UsageError(f"--overwrite takes {', '.join(OVERWRITE)}, not '{overwrite}'")
    reads = tuple(checked(str(path)) for path in raw.get("reads") or ())
    alternative = str(raw.get("alternative") or "")
    if alternative and not alternative.startswith(("/", "~/")):
        raise UsageError(f"--alt-dir takes an absolute path, or one below ~/, not '{alternative}'")
    asked, away = dict(raw.get("asked") or {}), raw.get("away")
    made = None if away is None else parse_away(away)
    caseless, sees = bool(raw.get("caseless")), parse_mark(raw.get("sees"))
    below = {place: place for place in (checked(str(one)) for one in raw.get("below") or ())}
    return Footprint(dataset, writes, reads, asked, overwrite, alternative, caseless, made, sees, below)


def parse_mark(raw: object) -> tuple[str, str] | None:
    """The file by which a worker knows the repository, and what is in it. Raises UsageError."""
    if raw is None:
        return None
    if not isinstance(raw, list) or len(raw) != 2 or not all(isinstance(part, str) for part in raw):
        raise UsageError("what a repository is known by is a file in it and its content")
    path, text = raw
    if not os.path.isabs(path) or "\0" in path:
        raise UsageError(f"a repository is known by a file of an absolute path, not '{path}'")
    return path, text


def parse_away(raw: object) -> Mapping[str, Any]:
    """`inputs`: a directory there with what was brought; or a `clone` there, and in what `state` git has inputs there.

    Raises UsageError.
    """
    if not isinstance(raw, dict) or set(raw) not in ({"inputs"}, {"clone", "state"}):
        raise UsageError("what is scheduled for another machine says where its inputs are there, or a clone")
    path = raw.get("inputs") or raw.get("clone")
    if not isinstance(path, str) or not path.startswith(("/", "~/")) or "\0" in path:
        raise UsageError(f"a directory at another machine begins with / or ~/, not '{path}'")
    return dict(raw)


OVERWRITE = ("replace", "unlock", "keep", "refuse")


def checked(path: str) -> str:
    """A path that must be in normal form already. Raises UsageError."""
    if path != normal(path, root="/", here="/") or "\0" in path:
        raise UsageError(f"'{path}' is no path in the normal form of a repository")
    return path


def normal(path: str, *, root: str, here: str) -> str:
    """A path as somebody in the directory `here` wrote it, in normal form. Raises UsageError for one outside of `root`.

    Nothing is looked up: symbolic links are for who knows the file system.
    """
    whole = os.path.normpath(os.path.join(here, path))
    whole = "/" + whole.lstrip("/")  # two slashes at the head mean something to POSIX and nothing here
    inside = root.rstrip("/") + "/"
    if whole.rstrip("/") == root.rstrip("/"):
        return ROOT
    if not whole.startswith(inside):
        raise UsageError(f"{path} is not in the repository {root}; name a path within it")
    return whole[len(inside) :]


def is_pattern(path: str) -> bool:
    """Whether it stands for more than one path."""
    return "*" in path or "?" in path or "[" in path


def stem(path: str) -> str:
    """The part before the first part that is a pattern; of a plain path all of it."""
    if not is_pattern(path):
        return path
    parts: list[str] = []
    for part in path.split("/"):
        if is_pattern(part):
            return "/".join(parts) or ROOT
        parts.append(part)
    return path


def ancestors(path: str) -> list[str]:
    """The root, every directory above a path, and itself."""
    if path == ROOT:
        return [ROOT]
    return [ROOT, *accumulate(path.split("/"), "{}/{}".format)]


def below(path: str) -> tuple[str, str]:
    """From which text to before which one all paths below this one sort."""
    return ("", "\U0010ffff") if path == ROOT else (path + "/", path + "0")


def next_part(path: str, above: str) -> str:
    """What a path has directly below a directory above it; nothing where it is that."""
    if path == above:
        return ""
    return (path if above == ROOT else path[len(above) + 1 :]).partition("/")[0]


def meet(one: str, other: str) -> bool:
    """Whether two paths or patterns can stand for the same file, or for one and a directory above it.

    Where that cannot be told of two patterns they do.
    """
    return ROOT in (one, other) or _meet(one.split("/"), other.split("/"))


def _meet(one: Sequence[str], other: Sequence[str]) -> bool:
    for left, right in zip(one, other):
        if "**" in (left, right):
            return True
        if not _part_meets(left, right):
            return False
    return True


def _part_meets(left: str, right: str) -> bool:
    if not is_pattern(left):
        return fnmatchcase(left, right) if is_pattern(right) else left == right
    if not is_pattern(right):
        return fnmatchcase(right, left)
    heads, tails = (head_of(left), head_of(right)), (head_of(left[::-1], end=True), head_of(right[::-1], end=True))
    return _agree(*heads) and _agree(*tails)


def head_of(part: str, *, end: bool = False) -> str:
    """What comes before the first wild character; from the end a bracket opens with `]`."""
    wild = WILD_AT_END if end else WILD
    return part[: min((part.index(letter) for letter in wild if letter in part), default=len(part))]


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def stored(path: str) -> str:
    """As the store can have it and sort it: every byte one letter. A name may be no UTF-8."""
    return path if path.isascii() else os.fsencode(path).decode("latin-1")


def from_store(text: str) -> str:
    """The opposite of `stored`."""
    return text if text.isascii() else os.fsdecode(text.encode("latin-1"))


def reservable(paths: Iterable[str]) -> list[str]:
    """Without what lies under another of them."""
    chosen = dict.fromkeys(paths)
    if len(chosen) == 1:
        return list(chosen)
    return [path for path in chosen if not any(above != path and above in chosen for above in ancestors(path))]
