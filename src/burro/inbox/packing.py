"""Packing a folder again as the archive that it came as."""

from __future__ import annotations

import os
import secrets
import stat
import tarfile
import time
import zipfile

PART = ".burro-pack-"
_WRITERS = {".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.xz": "w:xz"}


def pack(end: int, ending: str, into: int) -> str:
    """Pack an open folder, without our own marks, into a new file of a hidden name; it is on disk. That name."""
    part = PART + secrets.token_hex(6)
    target = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o666, dir_fd=into)
    try:
        _fill(target, end, ending)
    except OSError:
        os.unlink(part, dir_fd=into)
        raise
    return part


def _fill(target: int, end: int, ending: str) -> None:
    names = sorted(name for name in os.listdir(end) if not name.startswith(".burro-"))
    with os.fdopen(target, "wb") as file:
        if ending == ".zip":
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed:
                for name in names:
                    _zip(packed, f"/proc/self/fd/{end}/{name}", name)
        else:
            with tarfile.open(fileobj=file, mode=_WRITERS[ending]) as archive:  # type: ignore[call-overload]  # one of two
                for name in names:
                    archive.add(f"/proc/self/fd/{end}/{name}", arcname=name, filter=_plain)
        file.flush()
        os.fsync(file.fileno())


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """What a job may have left that is neither file, directory nor link stays out."""
    return member if member.isreg() or member.isdir() or member.issym() or member.islnk() else None


def _zip(archive: zipfile.ZipFile, path: str, name: str) -> None:
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        entry = zipfile.ZipInfo(name, time.localtime(found.st_mtime)[:6])
        entry.create_system, entry.external_attr = 3, found.st_mode << 16
        archive.writestr(entry, os.fsencode(os.readlink(path)))
    elif stat.S_ISREG(found.st_mode):
        archive.write(path, name)
    elif stat.S_ISDIR(found.st_mode):
        archive.write(path, name)
        for below in sorted(os.listdir(path)):
            _zip(archive, f"{path}/{below}", f"{name}/{below}")
