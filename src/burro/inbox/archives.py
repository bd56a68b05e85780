"""Archives: claimed as they are, unpacked into a folder of their name in pending/, packed again under it at the end."""

from __future__ import annotations

import json
import os
import secrets
import shutil

from ..base.failpoint import hit
from ..model.inbox import Settings
from . import folder, packing, unpacking
from .files import exists, move, open_dir, read_small, remove, settle, write_whole
from .folder import Busy, Held
from .names import ending, others
from .ready import WORK
from .root import Parts

_NEW, _OLD = ".new-", ".old-"


def claim(parts: Parts, name: str, settings: Settings) -> Held:
    """A folder with a key and the mark of an archive, into which the archive is moved. Raises Busy, OSError."""
    new = _NEW + secrets.token_hex(6)
    os.mkdir(new, 0o700, dir_fd=parts.pending)
    end = open_dir(new, under=parts.pending)
    try:
        hit("inbox.before_key")
        write_whole(end, folder.ARCHIVE, os.fsencode(name) + b"\n", synced=False)
        key = folder.new_key(end, finished=settings.finished, synced=True)
        hit("inbox.after_key")
        try:
            move(new, under=parts.pending, to=name, into=parts.pending)
        except FileExistsError:
            _sweep(parts.pending, new)
            raise Busy from None
        hit("inbox.after_place")
        move(name, under=parts.inbox, to=folder.ORIGINAL, into=end)
        hit("inbox.after_pending")
    finally:
        os.close(end)
    return Held(name, key)


def is_unpacked(under: int, name: str) -> bool:
    """Whether a folder in pending/ was made of one, and is to be packed again."""
    end = open_dir(name, under=under)
    try:
        return exists(end, folder.UNPACKED)
    finally:
        os.close(end)


def tidy(parts: Parts) -> None:
    """What a watcher that died was making or removing; and places into which no archive was moved."""
    for name in os.listdir(parts.pending):
        if name.startswith((_NEW, _OLD)) or (ending(name) and _is_empty_place(parts, name)):
            _sweep(parts.pending, name)
    for name in os.listdir(parts.complete):
        if name.startswith(packing.PART):
            remove(parts.complete, name)


def _is_empty_place(parts: Parts, name: str) -> bool:
    try:
        end = open_dir(name, under=parts.pending)
    except OSError:
        return False
    try:
        return exists(end, folder.ARCHIVE) and not (exists(end, folder.ORIGINAL) or exists(end, folder.UNPACKED))
    finally:
        os.close(end)


def prepare(parts: Parts, name: str, settings: Settings) -> None:
    """Unpack, unless that is done. Raises Broken for an archive that cannot be, OSError where it can be tried again."""
    end = open_dir(name, under=parts.pending)
    try:
        if not exists(end, folder.ARCHIVE) or exists(end, folder.UNPACKED):
            return
        for found in os.listdir(end):
            if not found.startswith(".burro-"):
                _remove_all(end, found)
        hit("inbox.in_unpack")
        source = os.open(folder.ORIGINAL, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=end)
        with os.fdopen(source, "rb") as file:
            unpacking.unpack(file, ending(name), end, settings)
        work = _work_in(end)
        inside = open_dir(work, under=end) if work else os.dup(end)
        try:
            folder.forget_run(inside, finished=settings.finished)
        finally:
            os.close(inside)
        settle(end, many=True)
        write_whole(end, folder.UNPACKED, os.fsencode(work) + b"\n")
        hit("inbox.after_unpack")
    finally:
        os.close(end)


def _work_in(end: int) -> str:
    """Where its job runs: at the top, or in the only directory there is, but for what macOS adds."""
    names = [name for name in os.listdir(end) if not name.startswith(".") and name != "__MACOSX"]
    if not set(WORK).intersection(names) and len(names) == 1:
        return names[0] if os.path.isdir(f"/proc/self/fd/{end}/{names[0]}") else ""
    return ""


def give_back(parts: Parts, name: str) -> None:
    """One that could not be unpacked: what of it is there goes, the archive itself stays in its folder."""
    end = open_dir(name, under=parts.pending)
    try:
        if not exists(end, folder.ORIGINAL):
            return
        for found in os.listdir(end):
            if not found.startswith(".burro-"):
                _remove_all(end, found)
        move(folder.ORIGINAL, under=end, to=name, into=end)
    finally:
        os.close(end)


def deliver(parts: Parts, name: str) -> str:
    """Pack the folder again into complete/, and remove it; the name that the archive has there. Raises OSError."""
    end = open_dir(name, under=parts.pending)
    try:
        to = _delivered(parts, end)
        if to is None:
            part = packing.pack(end, ending(name), parts.complete)
            to = _put(parts, end, part, name)
    finally:
        os.close(end)
    old = _OLD + secrets.token_hex(6)
    os.rename(name, old, src_dir_fd=parts.pending, dst_dir_fd=parts.pending)
    hit("inbox.after_marker")
    _sweep(parts.pending, old)
    return to


def _put(parts: Parts, end: int, part: str, name: str) -> str:
    number = os.stat(part, dir_fd=parts.complete).st_ino
    for to in others(name):
        if exists(parts.complete, to):
            continue
        write_whole(end, folder.PACKED, json.dumps({"to": os.fsencode(to).hex(), "ino": number}).encode())
        try:
            move(part, under=parts.complete, to=to, into=parts.complete)
        except FileExistsError:
            continue
        settle(parts.complete, many=False)
        hit("inbox.after_complete")
        return to
    raise AssertionError("there is always another name")


def _delivered(parts: Parts, end: int) -> str | None:
    """The name under which an earlier try has put it into complete/."""
    try:
        found = json.loads(read_small(end, folder.PACKED, most=4096) or b"null")
        to = os.fsdecode(bytes.fromhex(found["to"])) if found else ""
        return to if found and os.stat(to, dir_fd=parts.complete).st_ino == found["ino"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _sweep(under: int, name: str) -> None:
    _remove_all(under, name)


def _remove_all(under: int, name: str) -> None:
    if os.path.isdir(f"/proc/self/fd/{under}/{name}") and not os.path.islink(f"/proc/self/fd/{under}/{name}"):
        shutil.rmtree(name, dir_fd=under)
    else:
        remove(under, name)
