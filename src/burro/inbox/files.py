"""Files below an open directory: read without being led elsewhere, written whole, moved without replacing anything."""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import stat

from ..base.failpoint import hit
from .names import others

_NOREPLACE = 1  # renameat2(2)
_UNABLE = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
_libc = ctypes.CDLL(None, use_errno=True)


def open_dir(name: str, *, under: int | None = None) -> int:
    """A descriptor of a real directory: the name is no link. Raises OSError."""
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=under)


def read_small(under: int, name: str, *, most: int) -> bytes | None:
    """What a plain file of ours says; None where there is none. Raises OSError where it is anything else, or larger."""
    try:
        end = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=under)
    except FileNotFoundError:
        return None
    with os.fdopen(end, "rb") as file:
        found = os.fstat(end)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            raise OSError(errno.EPERM, "is no plain file of yours", name)
        if found.st_size > most:
            raise OSError(errno.EFBIG, f"is larger than {most:,} bytes", name)
        return file.read(most)


def write_whole(under: int, name: str, content: bytes, *, synced: bool = True, mode: int = 0o666) -> None:
    """The file is there with all of this, or as it was; a link of that name is replaced, a directory put aside.

    Without `synced` it is on disk after the next `settle(many=True)`.
    """
    part = f".burro-{secrets.token_hex(6)}.part"
    end = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=under)
    try:
        with os.fdopen(end, "wb") as file:
            file.write(content)
            if synced:
                file.flush()
                os.fsync(end)
        try:
            os.rename(part, name, src_dir_fd=under, dst_dir_fd=under)
        except IsADirectoryError:
            put_aside(under, name)
            os.rename(part, name, src_dir_fd=under, dst_dir_fd=under)
    except OSError:
        remove(under, part)
        raise


def remove(under: int, name: str) -> bool:
    """Remove a file; whether there was one. A directory of that name is put aside."""
    try:
        os.unlink(name, dir_fd=under)
    except FileNotFoundError:
        return False
    except IsADirectoryError:
        put_aside(under, name)
    return True


def put_aside(under: int, name: str) -> None:
    """Give a directory that is in the way of a file of ours another name: it is the work of somebody's job."""
    for to in others(name):
        if not exists(under, to):
            os.rename(name, to, src_dir_fd=under, dst_dir_fd=under)
            return


def exists(under: int, name: str) -> bool:
    """Whether there is anything of that name."""
    return kind_of(under, name) != 0


def kind_of(under: int, name: str) -> int:
    """What a name is, as stat.S_IFMT has it; 0 where there is nothing."""
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=under, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0


def move(name: str, *, under: int, to: str, into: int) -> None:
    """Rename, unless the new name is taken. Raises FileExistsError, or OSError as rename does."""
    if _libc.renameat2(under, os.fsencode(name), into, os.fsencode(to), _NOREPLACE) == 0:
        return
    number = ctypes.get_errno()
    if number not in _UNABLE:
        raise OSError(number, os.strerror(number), name)
    _move_with_care(name, under=under, to=to, into=into)


def _move_with_care(name: str, *, under: int, to: str, into: int) -> None:
    """The same where the file system cannot by itself: the new name is reserved by something that rename replaces."""
    if kind_of(under, name) == stat.S_IFDIR:
        os.mkdir(to, 0o700, dir_fd=into)
        hit("inbox.in_move")
        try:
            os.rename(name, to, src_dir_fd=under, dst_dir_fd=into)
        except OSError:
            os.rmdir(to, dir_fd=into)
            raise
        return
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600, dir_fd=into))
    os.rename(name, to, src_dir_fd=under, dst_dir_fd=into)


def settle(*directories: int, many: bool) -> None:
    """What was made and moved so far is on disk; `many`: with all that this file system holds, which costs as one."""
    if not many:
        for directory in directories:
            os.fsync(directory)
    elif _libc.syncfs(directories[0]) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def remove_if_empty(under: int, name: str) -> bool:
    """Remove a directory in which there is nothing, as a move leaves one that was cut off; whether that was so."""
    try:
        os.rmdir(name, dir_fd=under)
    except OSError:
        return False
    return True
