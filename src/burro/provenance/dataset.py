"""The repository that jobs are scheduled in: where it is, how paths in it are called, and inputs that are to be had."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from ..base.errors import UsageError
from ..model.digest import digest
from ..model.footprint import ROOT, ancestors, is_pattern, normal, stem
from .git import Git
from .placeholders import INDEX
from .subdatasets import Subdatasets

_NAMED = 3  # paths in a sentence


@dataclass(frozen=True)
class Dataset:
    """A repository, and the directory in it that commands run in, relative to its root."""

    git: Git
    pwd: str

    @classmethod
    def at(cls, directory: str | None = None) -> Dataset:
        """That of a directory, or of the current one. Raises UsageError where there is none.

        Commands run in the current directory if that is in it, else at its root.
        """
        git, here = Git.at(directory or os.getcwd()), os.path.realpath(os.getcwd())
        inside = here == git.root or here.startswith(git.root.rstrip("/") + "/")
        return cls(git, os.path.relpath(here, git.root) if inside else ROOT)

    @property
    def root(self) -> str:
        """Its working tree, as the kernel calls it."""
        return self.git.root

    @cached_property
    def here(self) -> str:
        """The directory that commands run in."""
        return os.path.normpath(os.path.join(self.root, self.pwd))

    @cached_property
    def id(self) -> str:
        """DataLad's id of it; empty where it has none."""
        return self._shared("datalad.dataset.id")

    def setting(self, name: str) -> str:
        """What git's configuration says, or what the dataset says to all its clones; empty where neither does."""
        return self.git.settings.get(name, "") or self._shared(name)

    def _shared(self, name: str) -> str:
        path = os.path.join(self.root, ".datalad", "config")
        return (
            os.fsdecode(self.git.tried("config", "--file", path, name).stdout).strip() if os.path.exists(path) else ""
        )

    @cached_property
    def base(self) -> str:
        """The commit that HEAD is at; empty in a repository without one."""
        return self.git.commit_of("HEAD") or ""

    def normal(self, path: str, *, below: bool = False) -> str:
        """A path or pattern as the guard compares it, links within the tree followed. Raises UsageError.

        `below`: it may lie in any repository below this one, and not only in a subdataset that is here.
        """
        trunk = stem(path.rstrip("/") or path) if is_pattern(path) else path.rstrip("/") or path
        whole = os.path.normpath(os.path.join(self.here, trunk))
        head, name = (whole, "") if is_pattern(path) else os.path.split(whole)
        real = os.path.join(self._real(head), name).rstrip("/") or "/"
        rest = path[len(trunk) :].strip("/") if is_pattern(path) and trunk != ROOT else path if is_pattern(path) else ""
        found = normal(os.path.join(real, rest) if rest else real, root=self.root, here="/")
        if found == ".git" or found.startswith(".git/"):
            raise UsageError(f"{path} belongs to git itself; name a path of the working tree")
        if not below:
            self._refuse_others(path, stem(found))
        return found

    @cached_property
    def _seen(self) -> dict[str, str]:
        """Directories, and what they are called when no link is followed any more: thousands of jobs share few."""
        return {"/": "/"}

    def _real(self, directory: str) -> str:
        """As os.path.realpath, each directory looked at once."""
        if directory not in self._seen:
            above, name = os.path.split(directory)
            path = os.path.join(self._real(above), name)
            linked = self._is_there(path) and os.path.islink(path)
            self._seen[directory] = os.path.realpath(path) if linked else path
        return self._seen[directory]

    @cached_property
    def subdatasets(self) -> Subdatasets:
        """Those below it."""
        return Subdatasets(self.root, self._is_there)

    def _refuse_others(self, path: str, trunk: str) -> None:
        """What belongs to a repository below that is no subdataset, or is not here, is not this one's to record."""
        subdatasets = self.subdatasets
        home = "" if trunk == ROOT else subdatasets.home(trunk)
        if home and (other := subdatasets.first_unknown(home)):
            raise UsageError(
                f"{path} lies in {other}, a repository of its own that is no subdataset here; "
                f"schedule it there: --dataset {other}"
            )
        if subdatasets.any and (other := subdatasets.absent(trunk)):
            raise UsageError(f"{path} lies in the subdataset {other}, which is not here: datalad get -n {other}")

    def below(self, paths: Iterable[str], indices: Sequence[int] | range = ()) -> list[str]:
        """The subdatasets that paths in normal form lie in, each after those above it; `{i}` is any of the indices."""
        found: dict[str, None] = {}
        for path in paths if self.subdatasets.any else ():
            for one in [path.replace(INDEX, str(index)) for index in indices] if INDEX in path else [path]:
                trunk = stem(one)
                if trunk != ROOT:
                    found.update(dict.fromkeys(self.subdatasets.chain(self.subdatasets.home(trunk))))
        return list(found)

    def refuse_absent(self, paths: Iterable[str], indices: Sequence[int] | range) -> None:
        """As `normal` does it, of each task. Raises UsageError."""
        for path in paths if self.subdatasets.any else ():
            for index in indices if INDEX in path else ():
                one = path.replace(INDEX, str(index))
                self._refuse_others(one, stem(one))

    @cached_property
    def _there(self) -> dict[str, bool]:
        """Paths, and whether there is something."""
        return {"/": True}

    def _is_there(self, path: str) -> bool:
        """Each looked at once; below what is not there is nothing, however many jobs are to make something."""
        found = self._there.get(path)
        if found is None:
            if not self._is_there(os.path.dirname(path)):
                return False
            found = self._there[path] = os.path.lexists(path)
        return found

    @cached_property
    def mark(self) -> list[str] | None:
        """A file of this repository and its content, by which workers elsewhere know it; None where none can be made.

        It stays as it is, for jobs that are open were told of it.
        """
        path = os.path.join(self.git.directory, "burro", "here")
        try:
            if not os.path.exists(path):
                _put_mark(path)
            with open(path, encoding="ascii") as file:
                return [path, file.read().strip()]
        except OSError:
            return None

    def place(self, path: str) -> str:
        """A path from the root, as it is spelled; it begins with `..` where it is outside."""
        return os.path.relpath(os.path.join(self.here, path), self.root)

    def expanded(self, paths: Iterable[str]) -> list[str]:
        """Paths relative to `pwd`, patterns replaced by what they stand for now."""
        found: list[str] = []
        for path in paths:
            matches = sorted(glob.glob(path, root_dir=self.here, recursive=True)) if is_pattern(path) else [path]
            found += matches or [path]
        return found

    def home(self, path: str) -> str:
        """The root of the repository that a path of this one lies in: it may be one below."""
        directory = os.path.dirname(os.path.normpath(os.path.join(self.here, path)))
        if directory not in self._homes:
            above = directory
            while above.startswith(self.root + "/") and not os.path.lexists(os.path.join(above, ".git")):
                above = os.path.dirname(above)
            self._homes[directory] = above if above.startswith(self.root + "/") else self.root
        return self._homes[directory]

    @cached_property
    def _homes(self) -> dict[str, str]:
        return {}

    def states(self, inputs: Sequence[str]) -> dict[str, str]:
        """What git has of each input now, as one text; those that it does not have are left out. git is asked once."""
        places = {name: [self.entry_of(path) for path in self.expanded([name])] for name in dict.fromkeys(inputs)}
        wanted: dict[str, set[str]] = {}
        for home, path in chain.from_iterable(places.values()):
            if not path.startswith(".."):
                wanted.setdefault(home, set()).add(path)
        by_place: dict[tuple[str, str], list[str]] = {}
        for home, inside in wanted.items():
            for path, (_, entry) in self.repository(home).indexed(inside).items():
                for above in ancestors(path):
                    if above in inside:
                        by_place.setdefault((home, above), []).append(f"{path} {entry}")
        found = {name: [line for place in some for line in by_place.get(place, ())] for name, some in places.items()}
        return {name: digest(lines) for name, lines in found.items() if lines}

    def entry_of(self, path: str) -> tuple[str, str]:
        """The root of the repository whose git knows a path, this one or one below, and what it is called there."""
        home = self.home(path)
        return home, self.place(path) if home == self.root else os.path.relpath(os.path.join(self.here, path), home)

    def repository(self, home: str) -> Git:
        """The one with that root."""
        if home not in self._repositories:
            self._repositories[home] = self.git if home == self.root else Git.at(home)
        return self._repositories[home]

    @cached_property
    def _repositories(self) -> dict[str, Git]:
        return {}

    def absent(self, inputs: Sequence[str]) -> list[str]:
        """Inputs that match nothing."""
        return [name for name in self.expanded(inputs) if not os.path.lexists(os.path.join(self.here, name))]


def _put_mark(path: str) -> None:
    """Whole, and of two calls at once one's. Raises OSError."""
    fresh = f"{path}.{os.getpid()}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(fresh, "w", encoding="ascii") as file:
        file.write(f"{os.urandom(16).hex()}\n")
    try:
        os.link(fresh, path)
    except FileExistsError:
        os.unlink(fresh)
    except OSError:  # a file system without links
        os.rename(fresh, path)
    else:
        os.unlink(fresh)
