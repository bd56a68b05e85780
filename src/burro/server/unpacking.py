"""A parcel is opened: what a task wrote elsewhere comes to the places that were declared here, whole or not at all."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from ..base.errors import Failed
from ..base.failpoint import hit
from ..model.elsewhere import STAYS
from ..model.footprint import ROOT, ancestors, checked, meet
from ..model.scheduled import ANNEX

_LONGEST = 64 * 2**20  # bytes that are read of what stays


class Target(NamedTuple):
    """Where outputs belong: the root of a repository, and what in it the task may write."""

    root: str
    writes: tuple[str, ...]
    overwrite: str
    stays: str | None = None  # the file for what is told of contents that stay in a clone there


def target_of(spec: dict[str, Any], idx: int, *, stays: str) -> Target:
    """Of a task of a scheduled job. `stays`: the file for what is told of contents that stay there, where they may."""
    outputs, here = spec["outputs"], str(spec["dir"])
    root = os.path.normpath(os.path.join(here, outputs["root"]))
    paths = [path.replace("{i}", str(idx)) if outputs["index"] else path for path in outputs["paths"]]
    writes = (os.path.relpath(os.path.normpath(os.path.join(here, path)), root) for path in paths)
    return Target(root, tuple(writes), str(outputs["overwrite"]), stays if "clone" in outputs["away"] else None)


def unpack(archive: str, target: Target) -> None:
    """Bring all files of it to their places. Done again it does the same. Raises Failed, OSError, tarfile.TarError."""
    staging = archive + ".d"
    shutil.rmtree(staging, ignore_errors=True)
    os.mkdir(staging, 0o700)
    try:
        found = list(_extracted(archive, staging, target))
        names = {name for _, name in found}
        for name in names:
            _check(name, names, target)
        hit("parcel.before_unpack")
        for fresh, name in found:
            _bring(fresh, os.path.join(target.root, name))
            hit("parcel.in_unpack")
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _extracted(archive: str, staging: str, target: Target) -> Iterator[tuple[str, str]]:
    with tarfile.open(archive) as opened:
        for number, member in enumerate(opened):
            name, fresh = checked(member.name), os.path.join(staging, str(number))
            if name == STAYS and target.stays is not None:
                _note_stays(opened.extractfile(member), target)
                continue
            if not (member.isreg() or member.issym()) or not _is_declared(name, target):
                raise Failed(f"{name} is none of its outputs")
            content = opened.extractfile(member) if member.isreg() else None
            if content is None:
                os.symlink(member.linkname, fresh)
            else:
                with open(fresh, "xb") as file:
                    shutil.copyfileobj(content, file, 1 << 20)
                os.chmod(fresh, member.mode & 0o777)
                os.utime(fresh, (member.mtime, member.mtime))
            yield fresh, name


def _note_stays(content: IO[bytes] | None, target: Target) -> None:
    """Keep, for who records it, which contents stay where. Raises Failed."""
    told = json.loads((content or io.BytesIO()).read(_LONGEST))
    for path in told["keys"]:
        if not _is_declared(checked(path), target):
            raise Failed(f"{path} is none of its outputs")
    assert target.stays is not None
    os.makedirs(os.path.dirname(target.stays), mode=0o700, exist_ok=True)
    fresh = target.stays + ".new"
    with open(fresh, "w", encoding="ascii") as file:
        json.dump({"uuid": str(told["uuid"]), "keys": {path: str(key) for path, key in told["keys"].items()}}, file)
    os.rename(fresh, target.stays)


def _is_declared(name: str, target: Target) -> bool:
    if name == ROOT or ".git" in name.split("/"):
        return False
    return any(name == path or name.startswith(path + "/") or meet(name, path) for path in target.writes)


def _check(name: str, names: set[str], target: Target) -> None:
    """Raise Failed where a file cannot come to its place."""
    if not names.isdisjoint(ancestors(name)[:-1]):
        raise Failed(f"{name} lies below a file")
    path = os.path.join(target.root, name)
    parent = os.path.dirname(path)
    if os.path.realpath(parent) != parent:
        raise Failed(f"{name} lies behind a symbolic link here")
    if os.path.isdir(path) and not os.path.islink(path):
        raise Failed(f"{name} is a directory here")
    if target.overwrite == "refuse" and os.path.islink(path) and ANNEX in os.readlink(path):
        raise Failed(f"{name} is there already, and --overwrite refuse was asked for")


def _bring(fresh: str, path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        os.replace(fresh, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = f"{path}.burro-{os.getpid()}"
        try:
            shutil.copy2(fresh, beside)
            os.replace(beside, path)
        finally:
            if os.path.lexists(beside):
                os.unlink(beside)
