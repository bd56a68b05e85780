"""The first process of a machine: parent of its sshd and of whatever is orphaned there, so that nothing gets lost.

    python -m tests.rig.init PLAN       PLAN: JSON with sshd (words), hostname, binds ([what, over what])

It reads one word a line from its stdin, does that and answers with a line. When stdin ends, as it does when the tests
are gone however they went, everything on the machine is killed.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
from pathlib import Path

from tests.crew import is_alive
from tests.rig.tree import descendants
from tests.waiting import until

_BIND = 0x1000  # MS_BIND of <sys/mount.h>
_CHILD_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <sys/prctl.h>
_NOWHERE = [
    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
    (os.POSIX_SPAWN_DUP2, 0, 1),
    (os.POSIX_SPAWN_DUP2, 0, 2),
]
_CLEAN = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
_LONG = 10  # seconds for a process to be gone once it was killed


class Init:
    """What a machine does when it is told to."""

    def __init__(self, sshd: list[str]) -> None:
        self._sshd = sshd
        self._listener = 0

    def start(self) -> None:
        """Let people in."""
        if self._listener and is_alive(self._listener):
            return
        own = {"file_actions": _NOWHERE, "setsid": True, "setsigdef": [signal.SIGPIPE]}
        self._listener = os.posix_spawn(self._sshd[0], self._sshd, _CLEAN, **own)

    def stop(self) -> None:
        """Let nobody else in. Who is in stays."""
        if self._listener:
            _kill(self._listener, signal.SIGKILL)
            until(lambda: not is_alive(self._listener), within=_LONG)

    def cut(self) -> None:
        """End every connection. What was running for it is left to itself, as it is when a network fails."""
        everybody = descendants(os.getpid())
        connections = [pid for pid in everybody if pid != self._listener and _name(pid).startswith("sshd")]
        for pid in connections:
            _kill(pid, signal.SIGKILL)
        until(lambda: not any(map(is_alive, connections)), within=_LONG)

    def end(self) -> None:
        """Kill everything. All are stopped first: nobody sees another one die and does something about it."""
        stopped: set[int] = set()
        while new := set(descendants(os.getpid())) - stopped:
            for pid in new:
                _kill(pid, signal.SIGSTOP)
            stopped |= new
        until(_all_killed, within=_LONG)


def _all_killed() -> bool:
    left = descendants(os.getpid())
    for pid in left:
        _kill(pid, signal.SIGKILL)
    return not left


def _kill(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        pass


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def _reap(*_) -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _settle(hostname: str | None, binds: list[list[str]]) -> None:
    """Take the machine's name, and put its own files over those of the computer we are on."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    if hostname is not None:
        socket.sethostname(hostname)
    for what, over in binds:
        if libc.mount(what.encode(), over.encode(), None, _BIND, None) != 0:
            raise OSError(ctypes.get_errno(), f"could not mount {what} over {over}")


def main(plan: dict) -> None:
    """Live as long as somebody holds the other end of stdin."""
    _settle(plan["hostname"], plan["binds"])
    os.chdir("/")
    signal.signal(signal.SIGCHLD, _reap)
    init = Init(plan["sshd"])
    try:
        print("up", flush=True)
        for word in iter(sys.stdin.readline, ""):
            getattr(init, word.strip())()
            print(word.strip(), flush=True)
    finally:
        init.end()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
