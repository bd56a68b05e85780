"""A scheduled task at a machine that does not have the repository: it runs in a directory of its own.

Its inputs lie where they were brought to when it was scheduled; they come under their names as further links to files
that nobody may write, or as copies where the task writes them. What it wrote is put into one file, its parcel, which
the worker brings home before it tells of the end. Of a task that failed the directory stays for a while.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tarfile
from collections.abc import Callable
from typing import Any, Optional

from ..base.clock import now
from ..base.errors import Failed
from ..model.elsewhere import parcel_name
from ..model.scheduled import CANNOT
from .alternative import copy, files
from .matching import is_literal, trunk

_SMALL = 2**20  # bytes of outputs that are compressed
_PART = ".part"  # behind the name of a parcel that is not whole yet
_KEPT = 14 * 86400.0  # seconds that the directory of a failed attempt stays

Wish = dict[str, Any]
Run = Callable[[list[str]], int]


def run_away(wish: Wish, command: list[str], run: Run) -> int:
    """Run the command, and put what it wrote into a parcel; its exit code."""
    parcel = parcel_of(wish["away"]["parcels"])
    top = parcel[: -len(".tar")]
    directory = os.path.normpath(os.path.join(top, wish["pwd"]))
    try:
        _clean(os.path.dirname(top))
        os.makedirs(directory, mode=0o700)
        _fill(wish, top, directory)
        for path in wish["paths"]:
            os.makedirs(trunk(os.path.normpath(os.path.join(directory, path))), exist_ok=True)
        os.chdir(directory)
    except (Failed, OSError) as error:
        sys.stderr.write(f"burro: the task was not started: {error}\n")
        return CANNOT
    os.environ["BURRO_DATASET"], os.environ["PWD"] = top, directory
    code = run(command)
    if code:
        sys.stderr.write(f"burro: what the task left is in {top}, for two weeks\n")
        return code
    try:
        pack(top, list(dict.fromkeys(files(wish["paths"], directory))), parcel)
        os.chdir("/")
        shutil.rmtree(top)
    except (Failed, OSError) as error:
        sys.stderr.write(f"burro: outputs could not be put together ({error}); they are in {top}\n")
        return CANNOT
    return 0


def parcel_of(parcels: str) -> str:
    """The file for what this attempt writes."""
    job, index, attempt = (os.environ.get(f"BURRO_{name}", "0") for name in ("JOB_ID", "TASK_ID", "ATTEMPT"))
    return os.path.join(parcels, parcel_name(job, index, attempt))


def _fill(wish: Wish, top: str, directory: str) -> None:
    """Bring what the task reads. Raises Failed, OSError."""
    brought = os.path.expanduser(wish["away"]["inputs"])
    beside = os.path.normpath(os.path.join(brought, wish["pwd"]))
    written = [os.path.normpath(os.path.join(directory, path)) for path in wish["paths"]]
    for given in wish["reads"]:
        path = os.path.normpath(os.path.join(beside, given))
        if is_literal(path) and not os.path.lexists(path) and given not in wish["paths"]:
            raise Failed(f"its input {given} is not in {brought} any more; schedule it again")
    for path in files(wish["reads"], beside):
        target = os.path.join(top, os.path.relpath(path, brought))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if any(target == one or target.startswith(one + "/") for one in written):
            copy(path, target)
        else:
            _link(path, target)


def _link(path: str, target: str) -> None:
    try:
        os.link(path, target)
    except OSError:
        copy(path, target)


def pack(top: str, paths: list[str], parcel: str, *, beside: Optional[dict[str, bytes]] = None) -> None:
    """Put files below `top` into a parcel, and contents under names `beside` them. Raises Failed, OSError."""
    known = {above for path in paths for above in _chain(path, top)}
    small = sum(os.stat(path).st_size for path in paths if os.path.isfile(path)) < _SMALL
    fresh = parcel + _PART
    with tarfile.open(fresh, "w:gz" if small else "w", dereference=True) as archive:
        for name, content in (beside or {}).items():
            extra = tarfile.TarInfo(name)
            extra.size = len(content)
            archive.addfile(extra, io.BytesIO(content))
        for path in paths:
            name, target = os.path.relpath(path, top), _leads(path, top, known)
            if target is None:
                archive.add(path, name, recursive=False)
            else:
                link = tarfile.TarInfo(name)
                link.type, link.linkname = tarfile.SYMTYPE, target
                archive.addfile(link)
    os.rename(fresh, parcel)


def _chain(path: str, top: str) -> list[str]:
    found = [path]
    while os.path.dirname(found[-1]) not in (top, "/"):
        found.append(os.path.dirname(found[-1]))
    return found


def _leads(path: str, top: str, known: set[str]) -> Optional[str]:
    """What a link says at home; None for what is none, or whose content comes in its place since that is no output."""
    if not os.path.islink(path):
        return None
    target = os.readlink(path)
    end = os.path.normpath(os.path.join(os.path.dirname(path), target))
    if end != top and not end.startswith(top + "/"):
        return target
    if end in known:
        return os.path.relpath(end, os.path.dirname(path))
    if not os.path.isfile(path):
        raise Failed(f"{path} leads to {end}, which is no output")
    return None


def _clean(parcels: str) -> None:
    """Remove what attempts left that failed long ago."""
    os.makedirs(parcels, mode=0o700, exist_ok=True)
    for entry in os.scandir(parcels):
        if entry.is_symlink() or entry.stat().st_mtime > now() - _KEPT:
            continue
        if entry.is_dir():
            shutil.rmtree(entry.path, ignore_errors=True)
        elif entry.name.endswith(_PART):
            os.unlink(entry.path)  # of one that was killed while it packed
