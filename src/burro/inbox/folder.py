"""What a folder carries of us: its key, its job, its results. Its state is what is in it, and where it is."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .files import exists, open_dir, read_small, remove, write_whole

KEY, JOB = ".burro-key", ".burro-job"
ARCHIVE, ORIGINAL, UNPACKED, PACKED = ".burro-archive", ".burro-original", ".burro-unpacked", ".burro-packed"
RESULT, ERROR, OUTPUT, OUTPUTS = "job_result.json", "job_error.txt", "job_output.txt", "job_output"
CANCEL = "cancel"
_SHORT = 200  # bytes of a mark


@dataclass(frozen=True)
class Held:
    """A folder in pending/ with its key, and the number of its job where it has one."""

    name: str
    key: str
    job: int | None = None


class Busy(Exception):
    """A folder of the same name is in pending/."""


def new_key(end: int, *, finished: str, synced: bool) -> str:
    """Give a folder that is about to be taken a key of its own; what an earlier run left of us goes."""
    forget_run(end, finished=finished)
    key = f"inbox-{secrets.token_hex(16)}"
    write_whole(end, KEY, key.encode("ascii") + b"\n", synced=synced)
    return key


def forget_run(end: int, *, finished: str) -> None:
    """What an earlier run left of us goes; its output too, for the next one's would be added to it."""
    if exists(end, RESULT):
        _forget_outputs(end, OUTPUT)
        with suppress(OSError):  # there is none, or it is something else
            below = open_dir(OUTPUTS, under=end)
            try:
                _forget_outputs(below, "[0-9]*.txt")
            finally:
                os.close(below)
    for name in (JOB, ERROR, finished, RESULT):
        remove(end, name)


def _forget_outputs(end: int, pattern: str) -> None:
    for name in os.listdir(end):
        if fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.[0-9]*"):
            remove(end, name)


def key_of(end: int) -> str | None:
    """The key that a folder carries; None: it was not submitted."""
    text = (read_small(end, KEY, most=_SHORT) or b"").decode("ascii", "replace").strip()
    return text if text.startswith("inbox-") and len(text) > len("inbox-") else None


def known_key_of(end: int) -> str | None:
    """The same of a folder that is not to be run: None also where it cannot be read."""
    try:
        return key_of(end)
    except OSError:
        return None


def job_of(end: int) -> tuple[int, int] | None:
    """The job that it has become, and the one after which it is complete; None: not known yet."""
    try:
        words = (read_small(end, JOB, most=_SHORT) or b"").split()
    except OSError:  # its job has made something else of it
        return None
    return (int(words[0]), int(words[-1])) if words and all(word.isdigit() for word in words) else None


def note_job(end: int, job: int, last: int) -> None:
    """The queue has taken it. Lost, it is learned again with the key."""
    write_whole(end, JOB, b"%d %d\n" % (job, last) if job != last else b"%d\n" % job, synced=False)


def open_up(under: int, name: str) -> None:
    """Whatever the job has done to its folder's mode: we must be able to read and move it. Raises OSError."""
    end = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=under)
    try:
        found = os.fstat(end)
        if found.st_mode & 0o700 != 0o700 and found.st_uid == os.geteuid():
            os.chmod(f"/proc/self/fd/{end}", (found.st_mode & 0o7777) | 0o700)
    finally:
        os.close(end)


def work_in(under: int, name: str) -> str:
    """The directory in an unpacked archive in which its job runs; empty: the folder itself. Raises OSError."""
    open_up(under, name)
    end = open_dir(name, under=under)
    try:
        return os.fsdecode(read_small(end, UNPACKED, most=4096) or b"").rstrip("\n")
    finally:
        os.close(end)


def open_work(under: int, name: str) -> int:
    """A descriptor of where the job of a folder runs. Raises OSError."""
    work = work_in(under, name)
    end = open_dir(name, under=under)
    if not work:
        return end
    try:
        open_up(end, work)
        return open_dir(work, under=end)
    finally:
        os.close(end)


def name_output(end: int, found: dict[str, Any]) -> None:
    """Who looks for job_output.txt wants the last attempt's; the first's becomes `.1`. Done twice it is as once."""
    last = str(found.get("output"))
    if not last.startswith(OUTPUT + ".") or not last[len(OUTPUT) + 1 :].isdigit():
        return
    if exists(end, last):
        if exists(end, OUTPUT) and not exists(end, OUTPUT + ".1"):
            os.rename(OUTPUT, OUTPUT + ".1", src_dir_fd=end, dst_dir_fd=end)
        os.rename(last, OUTPUT, src_dir_fd=end, dst_dir_fd=end)
    found["output"] = OUTPUT
