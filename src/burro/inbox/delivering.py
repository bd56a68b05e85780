"""The way out: results are written into the folder, it is moved to complete/, and the finished marker comes last."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..base.failpoint import hit
from ..model.inbox import Settings
from . import archives, folder, memory, results
from .files import exists, move, open_dir, remove, remove_if_empty, settle, write_whole
from .group import give_to_group
from .names import others, shown
from .root import Parts
from .taking import MANY


@dataclass(frozen=True)
class Done:
    """A folder in pending/ whose job has ended, and what is to be written into it."""

    name: str
    found: dict[str, Any]


# what one folder may cause by what its job has made of it; anything else is the file system's, and stops them all
_ITS_OWN = (errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP)


def deliver(parts: Parts, done: Sequence[Done], *, settings: Settings) -> tuple[dict[str, str], dict[str, str]]:
    """The names under which folders are complete now, by those they had; and why others cannot be.

    Raises OSError; then it is done again.
    """
    stuck: dict[str, str] = {}
    many = len(done) > MANY
    there = []
    for one in done:
        with _unless_stuck(one.name, stuck):
            if _write(parts.pending, one, settings=settings, synced=not many):
                there.append(one)
    if there:
        settle(parts.pending, many=many)
        memory.note_moves(parts, {one.name: str(one.found["key"]) for one in there})
    names = {}
    for one in there:
        with _unless_stuck(one.name, stuck):
            names[one.name] = _move(parts, one.name, settings=settings)
    memory.forget_moves(parts)
    return names, stuck


@contextmanager
def _unless_stuck(name: str, stuck: dict[str, str]) -> Iterator[None]:
    """A folder that cannot be delivered holds up no other."""
    try:
        yield
    except OSError as error:
        if error.errno not in _ITS_OWN:
            raise
        stuck[name] = f"it cannot be delivered: {error.strerror} ({shown(os.path.basename(str(error.filename)))})"


def _write(under: int, one: Done, *, settings: Settings, synced: bool) -> bool:
    """The results; whether the folder is still there."""
    try:
        end = folder.open_work(under, one.name)
    except FileNotFoundError:
        return False
    try:
        hit("inbox.before_result")
        folder.name_output(end, one.found)
        write_results(end, one.found, settings=settings, synced=synced)
        if settings.group_writable:
            give_to_group(end, os.fstat(under).st_gid)
    finally:
        os.close(end)
    hit("inbox.after_result")
    return True


def write_results(end: int, found: dict[str, Any], *, settings: Settings, synced: bool) -> None:
    """job_result.json, and job_error.txt where not all is well."""
    error = results.error_of(found)
    remove(end, settings.finished)
    if error is None:
        remove(end, folder.ERROR)
    else:
        write_whole(end, folder.ERROR, error.encode("utf-8", "backslashreplace"), synced=synced)
    write_whole(end, folder.RESULT, results.text_of(found), synced=synced)


def _move(parts: Parts, name: str, *, settings: Settings) -> str:
    if archives.is_unpacked(parts.pending, name):
        finish(parts.pending, name, settings=settings)
        return archives.deliver(parts, name)
    for to in others(name):
        try:
            move(name, under=parts.pending, to=to, into=parts.complete)
        except FileExistsError:
            continue
        hit("inbox.after_complete")
        finish(parts.complete, to, settings=settings)
        return to
    raise AssertionError("there is always another name")


def finish(under: int, name: str, *, settings: Settings) -> None:
    """Put the finished marker: nothing of this folder changes any more."""
    end = folder.open_work(under, name)
    try:
        write_whole(end, settings.finished, b"", synced=False)
        if settings.group_writable:
            give_to_group(end, os.fstat(under).st_gid, only=settings.finished)
    finally:
        os.close(end)
    hit("inbox.after_marker")


def finish_what_is_left(parts: Parts, *, settings: Settings) -> None:
    """Folders that were moved to complete/ and have no marker, for somebody died in between."""
    for name, key in memory.moves(parts).items():
        for to in others(name):
            if not exists(parts.complete, to):
                break
            if remove_if_empty(parts.complete, to):
                continue
            if _lacks_marker(parts.complete, to, key, settings=settings):
                finish(parts.complete, to, settings=settings)
    memory.forget_moves(parts)


def _lacks_marker(under: int, name: str, key: str, *, settings: Settings) -> bool:
    try:
        end = open_dir(name, under=under)
    except OSError:
        return False  # a file, or somebody took it away
    try:
        return folder.key_of(end) == key and not exists(end, settings.finished)
    finally:
        os.close(end)
