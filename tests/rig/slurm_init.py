"""The first process of a box: parent of one daemon and of whatever that leaves, so that nothing gets lost.

    python -m tests.rig.slurm_init COMMAND...

Each line on its stdin starts the command once more and is answered with its pid. When stdin ends, as it does when the
tests are gone however they went, everything in the box is killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from tests.rig.slurm_tree import end_all

_CHILD_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <sys/prctl.h>


def _reap(*_) -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def main(command: list[str]) -> None:
    """Live as long as somebody holds the other end of stdin."""
    ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.chdir("/")
    signal.signal(signal.SIGCHLD, _reap)
    nowhere = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_DUP2, 2, 1)]
    try:
        for _ in iter(sys.stdin.readline, ""):
            own = {"file_actions": nowhere, "setsid": True, "setsigdef": [signal.SIGPIPE]}
            print(os.posix_spawn(command[0], command, os.environ, **own), flush=True)
    finally:
        end_all(os.getpid())


if __name__ == "__main__":
    main(sys.argv[1:])
