"""Unpacking what somebody sent: only files, directories and links that stay inside, so many and so large."""

from __future__ import annotations

import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from ..base.text import format_size
from ..model.inbox import Settings
from .names import shown
from .sight import leads_out

_PIECE = 1 << 20
_DEEPEST = 64
_OPENERS = {".tar.gz": "r|gz", ".tgz": "r|gz", ".tar.xz": "r|xz"}
_FAULTS = (
    *(tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error),
    *(EOFError, ValueError, RuntimeError),  # zipfile's own words for a password, or a method it does not know
)


class Broken(Exception):
    """An archive that is none, or has in it what must not be; the sentence says what."""


@dataclass(frozen=True)
class Member:
    """One entry: `kind` as stat.S_IFMT has it, 0 for what must not be; `target` of a link."""

    name: str
    kind: int
    mode: int
    content: IO[bytes] | None = None
    target: str = ""
    hard: bool = False


def unpack(file: IO[bytes], ending: str, end: int, settings: Settings) -> None:
    """Put what is in an archive into an open, empty directory. Raises Broken, or OSError for a full disk."""
    place = _Place(end, settings)
    try:
        for member in _zipped(file) if ending == ".zip" else _tarred(file, ending):
            place.put(member)
        place.link()
    except OSError as error:
        if error.errno is not None:
            raise
        raise Broken(f"it is no {ending} archive that can be read: {error}") from None
    except _FAULTS as error:
        raise Broken(f"it is no {ending} archive that can be read: {shown(str(error)) or 'it ends early'}") from None


def _tarred(file: IO[bytes], ending: str) -> Iterator[Member]:
    with tarfile.open(fileobj=file, mode=_OPENERS[ending], errorlevel=2) as archive:  # type: ignore[call-overload]  # one of three
        for one in archive:
            if one.isreg():
                yield Member(one.name, stat.S_IFREG, one.mode, archive.extractfile(one))
            elif one.isdir():
                yield Member(one.name, stat.S_IFDIR, one.mode)
            elif one.issym() or one.islnk():
                yield Member(one.name, stat.S_IFLNK, 0, target=one.linkname, hard=one.islnk())
            else:
                yield Member(one.name, 0, 0)


def _zipped(file: IO[bytes]) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        for one in archive.infolist():
            mode = one.external_attr >> 16
            kind = stat.S_IFDIR if one.is_dir() else stat.S_IFMT(mode) or stat.S_IFREG
            if kind == stat.S_IFREG:
                with archive.open(one) as content:
                    yield Member(one.filename, kind, mode, content)
            elif kind == stat.S_IFLNK:
                yield Member(
                    one.filename, kind, 0, target=os.fsdecode(archive.read(one)) if one.file_size < 4096 else "/"
                )
            else:
                yield Member(one.filename, kind if kind == stat.S_IFDIR else 0, mode)


class _Place:
    """The directory, and how much may still come. Links are made last: nothing is ever written through one."""

    def __init__(self, end: int, settings: Settings) -> None:
        self._top, self._settings = f"/proc/self/fd/{end}", settings
        self._size = self._files = 0
        self._links: dict[str, str] = {}

    def put(self, member: Member) -> None:
        name = self._name(member.name)
        if not name:
            return
        self._files += 1
        if self._files > self._settings.max_files:
            raise Broken(f"it has more than {self._settings.max_files:,} files")
        path = os.path.join(self._top, name)
        if member.kind == stat.S_IFDIR:
            os.makedirs(path, exist_ok=True)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if member.kind == stat.S_IFREG and member.content is not None:
            self._write(path, member)
        elif member.kind == stat.S_IFLNK and member.hard:
            self._join(path, self._name(member.target), name)
        elif member.kind == stat.S_IFLNK and not leads_out(member.target, depth=name.count("/")):
            self._links[name] = member.target
        elif member.kind == stat.S_IFLNK:
            raise Broken(f"{shown(name)} in it is a link that leads out of it")
        else:
            raise Broken(f"{shown(name)} in it is neither file, directory nor link")

    def link(self) -> None:
        for name, target in self._links.items():
            path = os.path.join(self._top, name)
            if os.path.lexists(path):
                raise Broken(f"{shown(name)} is in it twice")
            os.symlink(target, path)

    def _name(self, name: str) -> str:
        """A name as it may be; empty for the directory itself and for what is ours."""
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts or "\0" in name:
            raise Broken(f"{shown(name)} in it leads out of it")
        if len(parts) > _DEEPEST:
            raise Broken("its directories are nested too deep")
        return "" if parts and parts[0].startswith(".burro-") else "/".join(parts)

    def _write(self, path: str, member: Member) -> None:
        if os.path.lexists(path) and not os.path.isdir(path):
            os.unlink(path)
        mode = 0o777 if member.mode & 0o100 else 0o666
        end = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        assert member.content is not None
        with os.fdopen(end, "wb") as file:
            while piece := member.content.read(_PIECE):
                self._size += len(piece)
                if self._size > self._settings.max_size:
                    most = format_size(self._settings.max_size)
                    raise Broken(f"unpacked it is larger than {most}; the inbox takes no more (--max-size)")
                file.write(piece)

    def _join(self, path: str, target: str, name: str) -> None:
        """Another name for a file that came before."""
        source = os.path.join(self._top, target)
        if not os.path.isfile(source):
            raise Broken(f"{shown(name)} in it is a second name of a file that is not there")
        os.link(source, path, follow_symlinks=False)
