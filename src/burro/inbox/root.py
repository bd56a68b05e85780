"""The directory that is watched: its parts, made where they are missing, and the lock that one watcher holds."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..base.errors import Failed, UsageError
from ..base.mounts import file_system, is_network
from ..base.paths import boot_id, host
from .files import exists, open_dir

INBOX, PENDING, REJECTED, CANCELLED, OWN = "inbox", "pending", "rejected", "cancelled", ".burro"
COMPLETE, COMPLETED = "complete", "completed"
_SILENT = 300.0  # seconds after which a watcher of another machine, whose lock is not seen here, is taken for dead


@dataclass(frozen=True)
class Parts:
    """Descriptors of the directories, open for one look."""

    root: int
    inbox: int
    pending: int
    complete: int
    rejected: int
    cancelled: int
    own: int


def make(root: str, *, group: bool) -> str:
    """Make what is missing; the real path. Raises UsageError where that cannot be."""
    root = os.path.realpath(root)
    _refuse_inside(root)
    try:
        os.makedirs(root, exist_ok=True)
        for name in (INBOX, PENDING, REJECTED, CANCELLED, OWN):
            _make_one(os.path.join(root, name), 0o700)
        _make_one(os.path.join(root, complete_in(root)), 0o2770 if group else 0o700)
        if group:
            os.chmod(root, os.stat(root).st_mode | 0o010)  # noqa: S103  # its group must get to complete/
    except OSError as error:
        raise UsageError(
            f"{error.filename or root} cannot be made: {error.strerror}; choose another directory"
        ) from None
    for name in (INBOX, PENDING, complete_in(root), REJECTED, CANCELLED, OWN):
        _check_one(os.path.join(root, name), os.path.join(root, INBOX))
    return root


def _refuse_inside(root: str) -> None:
    """What is made in another inbox's directories would be taken for folders with work."""
    above, below = os.path.split(root)
    while below:
        if below in (INBOX, PENDING, COMPLETE, COMPLETED, REJECTED, CANCELLED, OWN) and os.path.exists(
            os.path.join(above, OWN, "lock")
        ):
            raise UsageError(f"{root} lies in the inbox {above}; choose a directory outside of it")
        above, below = os.path.split(above)


def complete_in(root: str) -> str:
    """The name of the directory for what has ended: as it is found, `complete` where there is none."""
    there = os.path.isdir(os.path.join(root, COMPLETED)) and not os.path.isdir(os.path.join(root, COMPLETE))
    return COMPLETED if there else COMPLETE


def _make_one(path: str, mode: int) -> None:
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        return
    if mode & 0o070:
        os.chmod(path, mode)  # the umask may be stricter than what was asked for


def _check_one(path: str, beside: str) -> None:
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{path} is no directory; move it away, or choose another root")
    if found.st_uid != os.geteuid():
        raise UsageError(f"{path} belongs to somebody else; an inbox is a directory of your own")
    if found.st_dev != os.lstat(beside).st_dev:
        raise UsageError(f"{path} lies on another file system than {beside}; folders are moved, not copied")


@contextmanager
def opened(root: str) -> Iterator[Parts]:
    """The parts, for a while. Raises OSError where one is missing."""
    ends: list[int] = []
    try:
        ends.append(open_dir(root))
        name = COMPLETE if exists(ends[0], COMPLETE) else COMPLETED
        for part in (INBOX, PENDING, name, REJECTED, CANCELLED, OWN):
            ends.append(open_dir(part, under=ends[0]))
        root_end, inbox, pending, complete, rejected, cancelled, own = ends
        yield Parts(root_end, inbox, pending, complete, rejected, cancelled, own)
    finally:
        for end in ends:
            os.close(end)


def open_to_others(parts: Parts) -> bool:
    """Whether somebody else can write to inbox/: what they put there runs as us."""
    return bool(os.fstat(parts.inbox).st_mode & 0o022)


class Lock:
    """One watcher on one root. Where locks do not reach another machine, what stands in the file does."""

    def __init__(self, root: str) -> None:
        """Take it. Raises Failed where somebody else watches this root."""
        self._path = os.path.join(root, OWN, "lock")
        self.network = is_network(root)
        self.true_times = not self.network and not file_system(root).startswith("fuse")
        self._end = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._end, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._end)
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise Failed(f"{self._path} cannot be locked: {error.strerror}") from None
            raise Failed(f"{root} is watched already{_by(self._path)}; see: burro inbox list") from None
        self._refuse_another_host(root)
        os.ftruncate(self._end, 0)
        record = {"host": host(), "boot": boot_id(), "pid": os.getpid()}
        os.pwrite(self._end, (json.dumps(record) + "\n").encode(), 0)

    def _refuse_another_host(self, root: str) -> None:
        record = _record(self._path)
        if not record or record.get("host") == host() or record.get("boot") == boot_id():
            return
        silent = -os.fstat(self._end).st_mtime + self.time_there()
        if silent < _SILENT:
            os.close(self._end)
            raise Failed(
                f"{root} is watched at {record.get('host')}, which was heard {silent:.0f} s ago; "
                f"stop that first, or wait {_SILENT:.0f} s after it died"
            )

    def time_there(self) -> float:
        """What the clock of the file server says: the time stamp of the lock, which is also the sign that we live."""
        before = os.fstat(self._end)
        os.utime(self._end)
        there = os.fstat(self._end).st_mtime
        if there < before.st_mtime:
            return before.st_mtime
        return there

    def is_lost(self) -> bool:
        """Whether the root was removed or replaced under us."""
        try:
            return not os.path.samestat(os.stat(self._path), os.fstat(self._end))
        except OSError:
            return True

    def release(self) -> None:
        """Give it up; the file stays, empty."""
        os.ftruncate(self._end, 0)
        os.close(self._end)


def _record(path: str) -> dict[str, object]:
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _by(path: str) -> str:
    record = _record(path)
    return f" by process {record['pid']} at {record['host']}" if {"pid", "host"} <= set(record) else ""
