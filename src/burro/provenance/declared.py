"""From what a job declared to the files that are there, and to what is missing."""

from __future__ import annotations

import glob
import os
import posixpath
import re
import stat
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..model.footprint import stem
from .ended import Ended
from .git import MODULE, Entry, Git
from .subdatasets import Subdatasets


@dataclass
class Found:
    """The files of one job, relative to the root. `missing`: outputs without a file; `refused`: why it cannot be."""

    files: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    below: dict[str, Found] = field(default_factory=dict)  # what lies in subdatasets, by where these are

    def part(self, place: str) -> Found:
        """That in a subdataset. What is missing, refused or worth a note is told of the whole job."""
        if place not in self.below:
            self.below[place] = Found(missing=self.missing, refused=self.refused, notes=self.notes)
        return self.below[place]


class Tree:
    """The files of a commit, found by the directory they are in."""

    def __init__(self, entries: dict[str, Entry]) -> None:
        self.entries = entries
        self._paths = sorted(entries)

    def at(self, place: str) -> list[str]:
        """The file at a place, or those below it."""
        if place == ".":
            return self._paths
        first, last = (bisect_left(self._paths, place + end) for end in "/0")
        return [*([place] if place in self.entries else []), *self._paths[first:last]]


@dataclass(frozen=True)
class Claim:
    """A place that was declared, and what of the repository it covers."""

    place: str  # a path, or the part of a pattern before its first wildcard
    pattern: re.Pattern[str] | None = None

    def covers(self, path: str) -> bool:
        """A file of the repository belongs to it."""
        if self.pattern:
            return self.pattern.fullmatch(path) is not None
        return self.place in {".", path} or path.startswith(f"{self.place}/")


class Ground:
    """The worktree of a repository, looked at without git."""

    def __init__(self, git: Git) -> None:
        self._root = git.root
        self._inside: dict[str, str] = {}  # directory -> why nothing in it can be committed, or nothing
        self._grounds: dict[str, Ground] = {}
        self._subdatasets = Subdatasets(git.root)

    @property
    def root(self) -> str:
        """Its directory."""
        return self._root

    def look(self, ended: Ended, *, logs_only: bool = False) -> Found:
        """What of the outputs and logs of a job is there."""
        found = Found()
        for output in () if logs_only else ended.paths:
            ground, part, path = self.belongs(found, self.relative(output, ended.pwd))
            before = len(part.files), len(found.refused)
            ground.take_output(part, output, path)
            if (len(part.files), len(found.refused)) == before:
                found.missing.append(output)
        for log in ended.logs:
            ground, part, path = self.belongs(found, self.relative(log, "."))
            ground.take_log(part, log, path)
        _once(found)
        return found

    def belongs(self, found: Found, path: str) -> tuple[Ground, Found, str]:
        """The repository that a path belongs to, what is found in it, and what the path is called there."""
        if not self._subdatasets.any or path.startswith("../") or path in {".", ".."}:
            return self, found, path
        chain = self._subdatasets.chain(self._subdatasets.home(stem(path)))
        if not chain or not self._subdatasets.is_registered(chain[0]):
            return self, found, path
        place = chain[0]
        if place not in self._grounds:
            self._grounds[place] = Ground(Git(os.path.join(self._root, place), "", ""))
        return self._grounds[place].belongs(found.part(place), posixpath.relpath(path, place))

    def take_output(self, found: Found, output: str, path: str) -> None:
        """What there is at the path of an output."""
        trouble = self.trouble(path)
        if trouble:
            found.refused.append(f"the output {output} {trouble}")
        elif glob.has_magic(path) and not os.path.lexists(os.path.join(self._root, path)):
            found.claims.append(claim_of(path))
            found.files += self._matches(found, path)
        else:
            found.claims.append(Claim(path))
            found.files += self._files(found, path)

    def _matches(self, found: Found, pattern: str) -> Iterator[str]:
        for match in glob.iglob(pattern, root_dir=self._root, recursive=True, include_hidden=False):
            path = posixpath.normpath(match)
            if not self.trouble(path):  # a pattern also looks behind links
                yield from self._files(found, path)

    def take_log(self, found: Found, log: str, path: str) -> None:
        """What there is at the path of a log."""
        if self.trouble(path):
            found.notes.append(f"the log {log} is outside of the repository and was not committed")
        elif os.path.lexists(os.path.join(self._root, path)):
            found.files += self._files(found, path)
            found.claims.append(Claim(path))
        elif glob.has_magic(path):
            found.claims.append(claim_of(path))
            found.files += self._matches(found, path)
        else:
            found.notes.append(f"the log {log} is not there")

    def relative(self, path: str, pwd: str) -> str:
        """In normal form, relative to the root; begins with `..` where it is outside."""
        return posixpath.relpath(os.path.join(self._root, pwd, path), self._root)

    def trouble(self, path: str) -> str:
        """Why a path from the root cannot be an output; empty where it can."""
        if path == ".." or path.startswith("../"):
            return "is outside of the repository"
        if path.split("/", 1)[0] == ".git":
            return "is git's own"
        return self._within(posixpath.dirname(path))

    def _within(self, directory: str) -> str:
        if directory not in self._inside:
            self._inside[directory] = self._why_not(directory)
        return self._inside[directory]

    def _why_not(self, directory: str) -> str:
        if not directory:
            return ""
        above = self._within(posixpath.dirname(directory))
        if above:
            return above
        full = os.path.join(self._root, directory)
        if os.path.islink(full):
            return f"lies behind the symbolic link {directory}; declare it by its real path"
        if os.path.lexists(os.path.join(full, ".git")):
            return f"lies in {directory}, a repository of its own; finish it there"
        if self._is_absent(directory):
            return f"lies in the subdataset {directory}, which is not here: datalad get -n {directory}"
        return ""

    def _is_absent(self, directory: str) -> bool:
        """Only the place of a subdataset is there: with a file in it as its own this repository would lose that."""
        return self._subdatasets.any and self._subdatasets.is_registered(directory)

    def _files(self, found: Found, path: str) -> Iterator[str]:
        full = os.path.join(self._root, path)
        try:
            mode = os.lstat(full).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return
        if stat.S_ISDIR(mode):
            yield from self._below(found, path)
        elif stat.S_ISREG(mode) or stat.S_ISLNK(mode):
            yield path
        else:
            found.notes.append(f"{path} is neither a file nor a link and was not committed")

    def _below(self, found: Found, directory: str) -> Iterator[str]:
        with os.scandir(os.path.join(self._root, directory)) as entries:
            names = sorted(entries, key=lambda entry: entry.name)
        if directory != "." and any(entry.name == ".git" for entry in names):
            step = f"; name it by itself: -o {directory}" if self._subdatasets.is_registered(directory) else ""
            found.notes.append(f"{directory} is a repository of its own and was not committed{step}")
            return
        if self._is_absent(directory):
            found.notes.append(f"the subdataset {directory} is not here, and what lies in its place was not committed")
            return
        for entry in names:
            path = entry.name if directory == "." else f"{directory}/{entry.name}"
            if entry.name == ".git":
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._below(found, path)
            else:
                yield from self._files(found, path)


def _once(found: Found) -> None:
    found.files = list(dict.fromkeys(found.files))
    for part in found.below.values():
        _once(part)


def gone(found: Found, tree: Tree, root: str) -> Iterator[str]:
    """The files of a tree that the job declared and that are not there any more."""
    there = set(found.files)
    for claim in found.claims:
        for path in tree.at(claim.place):
            known = path in tree.entries and tree.entries[path][0] != MODULE
            if known and path not in there and claim.covers(path) and not _is_file(os.path.join(root, path)):
                yield path


def _is_file(full: str) -> bool:
    """A file or a link stands there; what a pattern does not show (`*` and `.hidden`) is not gone."""
    return os.path.lexists(full) and (os.path.islink(full) or not os.path.isdir(full))


def claim_of(pattern: str) -> Claim:
    """That of a pattern from the root."""
    parts = pattern.split("/")
    first = next(at for at, part in enumerate(parts) if glob.has_magic(part))
    whole = "".join(_PIECES.get(piece) or _piece(piece) for piece in re.findall(_SPLIT, pattern))
    return Claim("/".join(parts[:first]) or ".", re.compile(rf"{whole}(/.*)?", re.DOTALL))


_SPLIT = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
_PIECES = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _piece(piece: str) -> str:
    if len(piece) > 2 and piece[0] == "[":
        inside = re.sub(r"[\\\[&~|]", r"\\\g<0>", piece[1:-1])
        return f"[^{inside[1:]}]" if inside[0] == "!" else f"[{inside}]"
    return re.escape(piece)
