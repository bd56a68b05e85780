"""One repository, asked through git's own commands: each once for a whole batch, with its words over a pipe."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..base.errors import Failed, UsageError

Entry = tuple[str, str]  # mode and hash of a path in a tree

FILE, PROGRAM, LINK, MODULE = "100644", "100755", "120000", "160000"
NOTHING: Entry = ("0", "0" * 40)  # what git's index takes for a removal

_AT_ONCE = 500  # paths on one command line
_UNFILTERED = ("-c", "filter.annex.process=", "-c", "filter.annex.clean=", "-c", "filter.annex.smudge=")


@dataclass(frozen=True)
class Git:
    """A repository with a worktree. Paths are relative to `root`, with the bytes of names kept as Python keeps them."""

    root: str
    directory: str  # of this worktree: HEAD and the index
    shared: str  # of all worktrees: objects, refs, the annex

    @classmethod
    def at(cls, path: str) -> Git:
        """The repository that `path` lies in. Raises UsageError where there is none with a worktree."""
        asked = ("rev-parse", "--path-format=absolute", "--show-toplevel", "--git-dir", "--git-common-dir")
        try:
            done = subprocess.run(["git", *asked], cwd=path, capture_output=True, check=False)
        except (FileNotFoundError, NotADirectoryError):
            if os.path.isdir(path):
                raise UsageError("the command git is not here; install git") from None
            raise UsageError(f"there is no directory {path}; name that of a git repository") from None
        if done.returncode:
            raise UsageError(_why_not(path, os.fsdecode(done.stderr)))
        root, directory, shared = _three(os.fsdecode(done.stdout), path)
        return cls(os.path.realpath(root), directory, shared)

    def run(self, *words: str, given: bytes = b"", env: dict[str, str] | None = None, plain: bool = False) -> bytes:
        """What a command of git prints. `plain`: git-annex's filter is not started. Raises Failed with what it said."""
        done = self.tried(*words, given=given, env=env, plain=plain)
        if done.returncode:
            said = os.fsdecode(done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]
            command = next(word for word in words if not word.startswith("-"))
            raise Failed(f"git {command} did not do it in {self.root}: {said[-1]}")
        return done.stdout

    def tried(
        self, *words: str, given: bytes = b"", env: dict[str, str] | None = None, plain: bool = False
    ) -> subprocess.CompletedProcess[bytes]:
        """As `run`, whatever comes of it."""
        argv = ["git", *(_UNFILTERED if plain else ()), *words]
        return subprocess.run(
            argv, cwd=self.root, input=given, capture_output=True, check=False, env={**os.environ, **(env or {})}
        )

    @cached_property
    def settings(self) -> dict[str, str]:
        """The configuration, names in lower case as git prints them; of a name set twice the last."""
        found = {}
        for line in os.fsdecode(self.run("config", "--list", "-z")).split("\0"):
            name, _, value = line.partition("\n")
            found[name] = value
        return found

    def is_set(self, name: str) -> bool:
        """A setting that is on or off is on."""
        return self.settings.get(name, "false").lower() in {"true", "yes", "on", "1", ""}

    def name_of(self, content: bytes) -> str:
        """The hash by which git knows a file of this content."""
        kind = self.settings.get("extensions.objectformat", "sha1")
        return hashlib.new(kind, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()

    def commit_of(self, name: str) -> str | None:
        """The commit that a name means; None where it means none."""
        done = self.tried("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return done.stdout.decode().strip() or None

    def branch(self) -> str | None:
        """The ref that HEAD stands for; None where it is detached."""
        return os.fsdecode(self.tried("symbolic-ref", "--quiet", "HEAD").stdout).strip() or None

    def tree(self, commit: str | None, paths: Sequence[str]) -> dict[str, Entry]:
        """The files in a commit at and below the paths; no paths: all."""
        if commit is None:
            return {}
        found: dict[str, Entry] = {}
        for some in slices(paths, _AT_ONCE) if paths else [()]:
            said = self.run(
                "--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, *(("--", *some) if some else ())
            )
            for line in said.split(b"\0")[:-1]:
                facts, _, path = line.partition(b"\t")
                mode, _, entry = facts.decode().split()
                found[os.fsdecode(path)] = (mode, entry)
        return found

    def indexed(self, paths: Iterable[str]) -> dict[str, Entry]:
        """What the index has of these files, literally."""
        found: dict[str, Entry] = {}
        for some in slices(list(paths), _AT_ONCE):
            said = self.run("--literal-pathspecs", "ls-files", "-s", "-z", "--", *some)
            for line in said.split(b"\0")[:-1]:
                facts, _, path = line.partition(b"\t")
                mode, entry, _ = facts.decode().split()
                found[os.fsdecode(path)] = (mode, entry)
        return found

    def untracked(self, paths: Iterable[str]) -> list[str]:
        """The files at and below these paths that the index does not have, nor is told to ignore."""
        found: list[str] = []
        for some in slices(list(paths), _AT_ONCE):
            said = self.run("--literal-pathspecs", "ls-files", "-o", "--exclude-standard", "-z", "--", *some)
            found += os.fsdecode(said).split("\0")[:-1]
        return found

    def ignored(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths that git is told to ignore and does not have."""
        done = self.tried("check-ignore", "-z", "--stdin", given=terminated(paths))
        return set(os.fsdecode(done.stdout).split("\0")[:-1])

    def attributes(self, paths: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str]]:
        """The attributes of each path that are set, with their values."""
        said = os.fsdecode(self.run("check-attr", "-z", "--stdin", *names, given=terminated(paths))).split("\0")
        found: dict[str, dict[str, str]] = {path: {} for path in paths}
        for path, name, value in zip(said[0::3], said[1::3], said[2::3], strict=False):
            if value != "unspecified":
                found[path][name] = value
        return found

    def hashed(self, paths: Sequence[str]) -> list[str]:
        """The hashes of files that git itself brings into the repository, through its filters."""
        given = "".join(f"{path}\n" for path in paths)
        return self.run("hash-object", "-w", "--stdin-paths", given=os.fsencode(given)).decode().split()

    def content(self, names: Sequence[str], most: int) -> Iterator[bytes | None]:
        """The contents of objects, as git names them (`HEAD:path`); None where there is none, or of more bytes."""
        if not names:
            return
        asked = os.fsencode("".join(f"{name}\n" for name in names))
        sizes = self.run("cat-file", "--batch-check=%(objectsize)", given=asked).decode().splitlines()
        small = [size.isdecimal() and int(size) <= most for size in sizes]
        wanted = "".join(f"{name}\n" for name, fits in zip(names, small, strict=True) if fits)
        said, at = self.run("cat-file", "--batch", given=os.fsencode(wanted)) if wanted else b"", 0
        for fits in small:
            if not fits:
                yield None
                continue
            end = said.index(b"\n", at)
            size = int(said[at:end].split()[2])
            yield said[end + 1 : end + 1 + size]
            at = end + size + 2

    def move(self, ref: str, *, to: str, was: str | None, why: str) -> bool:
        """Let a ref mean another commit, if it still means the old one (None: is not there yet)."""
        done = self.tried("update-ref", "-m", why, ref, to, was or "0" * len(to))
        return done.returncode == 0


def _why_not(path: str, said: str) -> str:
    """Why a directory is in no repository that could have records."""
    if "dubious ownership" in said:
        return f"{path} belongs to another user, and git does not trust it; see: git -C {path} status"
    asked = ["git", "rev-parse", "--is-bare-repository", "--is-inside-git-dir"]
    bare, inside = (*subprocess.run(asked, cwd=path, capture_output=True, check=False).stdout.split(), b"", b"")[:2]
    if bare == b"true":
        return f"{path} is a repository without a worktree; clone it, and go on in the clone"
    if inside == b"true":
        return f"{path} is git's own directory; go to the worktree of the repository"
    return f"{path} is in no git repository; make one: git init {path}"


def _three(said: str, path: str) -> list[str]:
    """The paths that git has printed, a line each. Raises UsageError for those that have line breaks in them."""
    lines = said.removesuffix("\n").split("\n")
    if len(lines) != 3:
        raise UsageError(f"the repository of {path!r} has a line break in its path; rename that directory")
    return lines


def slices(paths: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The paths, so many at once."""
    for at in range(0, len(paths), size):
        yield paths[at : at + size]


def terminated(paths: Iterable[str]) -> bytes:
    """The paths as git's commands read them with `-z`."""
    return os.fsencode("".join(f"{path}\0" for path in paths))
