"""Files become entries of trees: contents go into git or into the annex, each by the quickest way that is certain."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..base import failpoint
from ..base.encoding import is_binary
from ..model.largefiles import rule_of
from . import keys
from .annex import Annex
from .git import FILE, LINK, PROGRAM, Entry, Git
from .stream import Stream

_ATTRIBUTES = ("filter", "text", "eol", "ident", "working-tree-encoding", "annex.largefiles", "annex.backend")
_CHANGING = {"text", "eol", "ident", "working-tree-encoding"}  # with these git has another content than the file
_AT_ONCE = 1 << 20  # bytes; larger files git reads itself
_POINTER, _LONGEST_POINTER = b"/annex/objects/", 32 * 1024


class Moving(Exception):
    """A file changed while it was read."""


@dataclass
class Taken:
    """What became of the files: their entries, and why others have none."""

    entries: dict[str, Entry] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    present: list[str] = field(default_factory=list)  # keys whose contents are here


class Intake:
    """Takes the files of one repository. `known`: what its HEAD has at their paths."""

    def __init__(self, git: Git, stream: Stream, *, ingest: str, known: Mapping[str, Entry]) -> None:
        self._git, self._stream, self._known = git, stream, known
        self._annex = Annex.of(git)
        self._programs = git.settings.get("core.filemode") != "false"
        self.by_hand = bool(self._annex) and ingest != "annex" and not self._annex.why_not_by_hand()  # type: ignore[union-attr]
        self._taken, self._unlocked = Taken(), set[str]()

    def take(self, paths: Sequence[str]) -> Taken:
        """Take them all. What could not be taken is in `refused`, with the reason."""
        self._unlocked = self._unlocked_of(paths)
        ways: dict[str, list[str]] = {"git": [], "annex": []}
        for path, attributes in self._git.attributes(paths, _ATTRIBUTES).items():
            try:
                way = self._at_once(path, attributes)
            except Moving:
                self._taken.refused[path] = "it is still being written"
            except OSError as error:
                self._taken.refused[path] = f"it cannot be read: {error.strerror}"
            else:
                if way:
                    ways[way].append(path)
        self._by_git(ways["git"])
        self._by_annex(self._annex, ways["annex"])
        if self._annex:
            self._annex.settle(self._taken.present)
        return self._taken

    def _at_once(self, path: str, attributes: Mapping[str, str]) -> str:
        """Take one here, or say who has to."""
        full = os.path.join(self._git.root, path)
        found = os.lstat(full)
        if stat.S_ISLNK(found.st_mode):
            self._taken.entries[path] = self._link(path, os.readlink(full))
            return ""
        if path in self._unlocked:
            return "git"  # through git-annex's filter, so that it stays unlocked
        plain = not self._annex or self._for_git(path, attributes, found)
        if plain is None or (not plain and not self._by_hand(path, attributes)):
            return "annex"
        if not plain:
            self._into_annex(path, full, found, attributes)
            return ""
        if found.st_size > _AT_ONCE or self._filtered(attributes):
            return "git"
        self._taken.entries[path] = (self._mode(found), self._blob(_read(full, found)))
        return ""

    def _for_git(self, path: str, attributes: Mapping[str, str], found: os.stat_result) -> bool | None:
        """True: git takes it; False: the annex; None: git-annex has to say."""
        if any(part.startswith(".") for part in path.split("/")):
            return True
        expression = attributes.get("annex.largefiles") or self._git.settings.get("annex.largefiles")
        if not expression:
            return False
        looks = partial(is_binary, os.path.join(self._git.root, path), found.st_size)
        large = rule_of(expression)(path, found.st_size, looks)
        return None if large is None else not large

    def _unlocked_of(self, paths: Sequence[str]) -> set[str]:
        """Those that the repository has as a pointer to the annex, while the file is its content."""
        if not self._annex:
            return set()
        files = [path for path in paths if self._known.get(path, (LINK, ""))[0] != LINK]
        contents = self._git.content([self._known[path][1] for path in files], _LONGEST_POINTER)
        return {path for path, found in zip(files, contents, strict=True) if found and found.startswith(_POINTER)}

    def _by_hand(self, path: str, attributes: Mapping[str, str]) -> bool:
        return self.by_hand and self._backend(attributes) in keys.BACKENDS and "\n" not in path

    def _backend(self, attributes: Mapping[str, str]) -> str:
        return attributes.get("annex.backend") or self._git.settings.get("annex.backend") or "SHA256E"

    def _filtered(self, attributes: Mapping[str, str]) -> bool:
        if attributes.get("filter", "annex") != "annex" or not _CHANGING.isdisjoint(attributes):
            return True
        return self._git.settings.get("core.autocrlf", "false") != "false"

    def _mode(self, found: os.stat_result) -> str:
        return PROGRAM if self._programs and found.st_mode & 0o100 else FILE

    def _blob(self, content: bytes) -> str:
        self._stream.blob(content)
        return self._git.name_of(content)

    def _link(self, path: str, target: str) -> Entry:
        key = keys.key_of_link(target) if self._annex else None
        if self._annex and key:
            content = os.path.join(self._annex.objects, keys.place_of(key))
            if os.path.exists(content):
                self._taken.present.append(key)
                target = keys.link_to(key, path)
        return LINK, self._blob(os.fsencode(target))

    def _into_annex(self, path: str, full: str, found: os.stat_result, attributes: Mapping[str, str]) -> None:
        """At every moment the file is there: first the annex has the content too, then a link takes its place."""
        assert self._annex
        key = keys.key_of(full, self._backend(attributes))
        _check_still(full, found)
        content = os.path.join(self._annex.objects, keys.place_of(key))
        if not os.path.exists(content):
            _keep(full, content, found)
        failpoint.hit("finish.in_ingest")
        target = keys.link_to(key, path)
        self._replace(full, target)
        os.chmod(content, stat.S_IMODE(found.st_mode) & ~0o222)
        os.chmod(os.path.dirname(content), 0o555)  # noqa: S103 - as git-annex does
        self._taken.present.append(key)
        self._taken.entries[path] = (LINK, self._blob(os.fsencode(target)))

    def _replace(self, full: str, target: str) -> None:
        """Made where nobody takes it for an output if we are killed now; beside the file on another file system."""
        for beside in (os.path.join(self._git.shared, "burro", f"link-{os.getpid()}"), f"{full}.burro-{os.getpid()}"):
            if os.path.lexists(beside):
                os.unlink(beside)
            os.symlink(target, beside)
            try:
                os.replace(beside, full)
                return
            except OSError as error:
                os.unlink(beside)
                if error.errno != errno.EXDEV:
                    raise

    def _by_git(self, paths: Iterable[str]) -> None:
        paths = list(paths)
        for some in [[path for path in paths if "\n" not in path]]:
            for path, name in zip(some, self._git.hashed(some), strict=True):
                self._taken.entries[path] = (self._mode(os.lstat(os.path.join(self._git.root, path))), name)
        for path in paths:
            if "\n" in path:
                name = self._git.run("hash-object", "-w", "--", path).decode().strip()
                self._taken.entries[path] = (self._mode(os.lstat(os.path.join(self._git.root, path))), name)

    def _by_annex(self, annex: Annex | None, paths: list[str]) -> None:
        if not annex or not paths:
            return
        refused = annex.add(paths)
        self._taken.refused |= {path: f"git-annex could not take it: {why}" for path, why in refused.items()}
        for path, entry in self._git.indexed(path for path in paths if path not in refused).items():
            self._taken.entries[path] = entry


def _read(full: str, found: os.stat_result) -> bytes:
    with open(full, "rb") as file:
        content = file.read()
    _check_still(full, found)
    return content


def _check_still(full: str, found: os.stat_result) -> None:
    now = os.lstat(full)
    if (now.st_size, now.st_mtime_ns, now.st_ino) != (found.st_size, found.st_mtime_ns, found.st_ino):
        raise Moving


def _keep(full: str, content: str, found: os.stat_result) -> None:
    """Give a file's content a second name in the annex; a copy where another name of it may be written to."""
    os.makedirs(os.path.dirname(content), exist_ok=True)
    if found.st_nlink == 1:
        try:
            os.link(full, content)
            return
        except OSError:
            pass  # another file system, or one without hard links
    beside = f"{content}.burro-{os.getpid()}"
    shutil.copy2(full, beside)
    os.replace(beside, content)
