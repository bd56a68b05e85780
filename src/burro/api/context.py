"""What a submission is said in: directory, umask, environment, limits and user of this process.

Everything here costs next to nothing to import: the quick `submit` pays for it.
"""

from __future__ import annotations

import os
import resource

from ..base.errors import UsageError

LIMITS = (
    ("as", resource.RLIMIT_AS),
    ("core", resource.RLIMIT_CORE),
    ("cpu", resource.RLIMIT_CPU),
    ("data", resource.RLIMIT_DATA),
    ("fsize", resource.RLIMIT_FSIZE),
    ("memlock", resource.RLIMIT_MEMLOCK),
    ("nofile", resource.RLIMIT_NOFILE),
    ("nproc", resource.RLIMIT_NPROC),
    ("rss", resource.RLIMIT_RSS),
    ("stack", resource.RLIMIT_STACK),
)


def context() -> dict[str, object]:
    """The `context` of a submission (docs/protocol.md). Raises UsageError where the current directory is gone."""
    return {
        "cwd": _directory(),
        "umask": _umask(),
        "env": dict(os.environ),
        "limits": {name: list(resource.getrlimit(number)) for name, number in LIMITS},
        "user": _user(),
    }


def _directory() -> str:
    """The current directory by the name the shell has for it: under an automounter the real path may not last."""
    try:
        here = os.stat(".")
        named = os.environ.get("PWD", "")
        if named.startswith("/") and os.path.normpath(named) == named and _is(named, here):
            return named
        return os.getcwd()
    except OSError:
        raise UsageError("the current directory is gone; cd to one that exists and submit again") from None


def _is(path: str, here: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), here)
    except OSError:
        return False


def _umask() -> int:
    """From /proc where it can be had: to ask os.umask is to change it for a moment, in every thread."""
    try:
        with open("/proc/self/status", "rb") as file:
            found = file.read(512).partition(b"\nUmask:")[2]
        return int(found.split(None, 1)[0], 8)
    except (OSError, IndexError, ValueError):
        mask = os.umask(0o077)
        os.umask(mask)
        return mask


def _user() -> str:
    named = os.environ.get("USER") or os.environ.get("LOGNAME")
    if named:
        return named
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
