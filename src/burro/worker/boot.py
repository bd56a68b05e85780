"""The first that runs at a machine reached by ssh: finds the worker's file or takes it in, and becomes its `link`.

It comes as text through the connection and runs before anything of ours lies there, so it imports nothing of ours.
Who sends it adds the call of `boot`.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import time
from typing import Any, Optional

_UNUSED = 30 * 86400  # seconds after which another version's file goes


def boot() -> None:
    """Answer whether the file is here, take it in where it is not, and become it."""
    asked = json.loads(_read_line())
    name = f"worker-{asked['sha256'][:16]}.pyz"
    found = _find(name, asked["sha256"])
    _say(have=found is not None)
    if found is None:
        found = _keep(name, _read(asked["size"]), asked["sha256"])
    _tidy(os.path.dirname(found), name)
    os.execv(sys.executable, [sys.executable, "-I", "-S", found, "link"])


def _directories() -> list[str]:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return [os.path.join(cache, "burro"), f"/tmp/burro-{os.geteuid()}"]  # noqa: S108  # owner and mode are checked


def _find(name: str, digest: str) -> Optional[str]:
    """Where the file lies, whole and ours."""
    for directory in _directories():
        path = os.path.join(directory, name)
        try:
            if not _is_ours(directory):
                continue
            with open(path, "rb") as file:
                if hashlib.sha256(file.read()).hexdigest() != digest:
                    continue
        except OSError:
            continue
        try:
            os.utime(path)  # it is in use
        except OSError:
            pass
        return path
    return None


def _is_ours(directory: str) -> bool:
    """Whether nobody else can put files there."""
    found = os.lstat(directory) if directory.startswith("/tmp/") else os.stat(directory)  # noqa: S108
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _keep(name: str, content: bytes, digest: str) -> str:
    """Where the file lies now."""
    if hashlib.sha256(content).hexdigest() != digest:
        _fail("the worker's file arrived damaged; try again")
    troubles = []
    for directory in _directories():
        try:
            return _write(directory, name, content)
        except OSError as error:
            troubles.append(f"{directory}: {error.strerror}")
    _fail(f"the worker's file (300 KB) can be kept nowhere: {'; '.join(troubles)}")
    raise AssertionError


def _write(directory: str, name: str, content: bytes) -> str:
    os.makedirs(directory, mode=0o700, exist_ok=True)
    if not _is_ours(directory):
        raise PermissionError(1, "others can write there, or it is not yours")
    path = os.path.join(directory, name)
    draft = f"{path}.{os.getpid()}.new"
    try:
        end = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(end, "wb") as file:
            file.write(content)
        os.rename(draft, path)
    except OSError:
        if os.path.exists(draft):
            os.unlink(draft)
        raise
    return path


def _tidy(directory: str, name: str) -> None:
    """Remove other versions that nobody has used for long, and drafts that a cut left."""
    for other in os.listdir(directory):
        path = os.path.join(directory, other)
        if not other.startswith("worker-") or other == name:
            continue
        limit = 3600 if other.endswith(".new") else _UNUSED
        try:
            if os.stat(path).st_mtime < time.time() - limit:
                os.unlink(path)
        except OSError:
            continue


def _read_line() -> bytes:
    """Byte by byte: what follows is not ours to read."""
    line = b""
    while not line.endswith(b"\n"):
        line += _read(1)
    return line


def _read(size: int) -> bytes:
    parts = []
    while size:
        chunk = os.read(0, min(size, 1 << 20))
        if not chunk:
            sys.exit(0)  # nobody is there any more
        parts.append(chunk)
        size -= len(chunk)
    return b"".join(parts)


def _say(**answer: Any) -> None:  # noqa: ANN401  # what JSON takes
    python = ".".join(map(str, sys.version_info[:3]))
    line = json.dumps({"op": "boot", "python": python, "host": os.uname().nodename, **answer})
    os.write(1, line.encode("ascii") + b"\n")


def _fail(sentence: str) -> None:
    _say(error=sentence)
    sys.exit(1)
