"""Where a worker of a distant queue lives at this machine: found, or made, and somebody started there."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import signal
import socket
from typing import Any, Optional

from ..base.clock import pause, steady
from ..base.errors import Unreachable
from ..base.failpoint import hit
from ..base.paths import host, state_dirs
from ..link.call import peer_uid
from ..link.listen import make_socket_dir
from ..link.place import LINGER, ROLE, Place, remote_dirs, role_command, take_lock, write_place
from .login import Login

_WITHIN = 20.0  # seconds until somebody answers
_TICK = 0.004
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEPT_NAMES = ("BURRO_TESTING", "BURRO_FAILPOINT", "BURRO_FAILPOINT_LOG", "BURRO_FAILPOINT_ONCE", "BURRO_BOOT_ID")
Settings = dict[str, Any]  # as they came through the link


class Lodging:
    """The directory of one pool's worker on this machine, and a way to who lives there."""

    def __init__(self, settings: Settings) -> None:
        """Raises Unreachable where settings make no sense."""
        self._settings = settings
        self._pool = str(settings["pool"])
        if not (_NAME.fullmatch(self._pool) and _NAME.fullmatch(str(settings["queue_id"]))):
            raise Unreachable(f"'{self._pool}' is no name of a pool")
        self.states = state_dirs(str(settings["queue_id"]))
        self.fresh = False
        self.place: Optional[Place] = None
        self._login: Optional[Login] = None
        self._keeper = 0

    def open(self) -> socket.socket:
        """A connection to the worker, which is started where none lives. Raises Unreachable or OSError."""
        deadline = steady() + _WITHIN
        guard = self._guard(deadline)
        try:
            self.place = self._choose()
            make_socket_dir(os.path.dirname(self.place.socket))
            while steady() < deadline:
                end = knock(self.place.socket)
                if end is not None:
                    return end
                self._see_to_keeper(self.place)
                pause(_TICK)
            raise Unreachable(f"the worker at {host()} does not answer; its log there is {self.place.log}")
        finally:
            os.close(guard)

    def names(self) -> list[str]:
        """The workers of this pool that have a directory here."""
        return [os.path.basename(directory) for state in self.states for directory in remote_dirs(state, self._pool)]

    def _guard(self, deadline: float) -> int:
        """A lock, so that two links at once do not make two workers. The directory of the queue is made for it."""
        troubles = []
        for place, state in enumerate(self.states):
            try:
                os.makedirs(state, mode=0o700, exist_ok=True)
                end = os.open(os.path.join(state, "lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            except OSError as error:
                troubles.append(f"{error.filename or state}: {error.strerror}")
                continue
            self.states = [*self.states[place:], *self.states[:place]]  # new things go where they can be written
            _wait_for_lock(end, deadline)
            return end
        raise Unreachable(f"the worker's directory can be made nowhere at {host()}: {'; '.join(troubles)}")

    def _choose(self) -> Place:
        """The place where somebody lives, else one that was left, else a new one."""
        left = None
        for state in self.states:
            for directory in remote_dirs(state, self._pool):
                lock = take_lock(directory)
                if lock is None:
                    return self._settled(directory)
                os.close(lock)
                left = left or directory
        self._login = Login()
        if left is not None:
            return self._write(self._settled(left))
        self.fresh = True
        name = f"{self._pool}-{host()}-{secrets.token_hex(4)}"
        troubles = []
        for state in self.states:
            try:
                return self._write(self._settled(os.path.join(state, "workers", name)))
            except OSError as error:
                troubles.append(f"{error.filename or state}: {error.strerror}")
        raise Unreachable(f"the worker's directory can be made nowhere at {host()}: {'; '.join(troubles)}")

    def _write(self, place: Place) -> Place:
        write_place(place)
        hit("link.after_place")
        return place

    def _settled(self, directory: str) -> Place:
        settings = self._settings
        return Place(
            directory=directory,
            name=os.path.basename(directory),
            queue=str(settings["queue"]),
            pool=self._pool,
            cpus=settings.get("cpus"),
            host=host(),
            listen=True,
            lease=settings.get("lease"),
            linger=settings.get("linger", LINGER),
        )

    def _see_to_keeper(self, place: Place) -> None:
        """Start a keeper where nobody lives; say so where it cannot live."""
        if self._keeper:
            pid, status = os.waitpid(self._keeper, os.WNOHANG)
            if pid:
                self._keeper = 0
                code = os.waitstatus_to_exitcode(status)
                if code:
                    raise Unreachable(f"the worker at {host()} ended with {code}: {_last_line(place.log)}")
            return
        lock = take_lock(place.directory)
        if lock is not None:
            os.close(lock)  # the keeper takes it again
            self._keeper = self._start_keeper(place)

    def _start_keeper(self, place: Place) -> int:
        """One that outlives us: a session of its own, none of our descriptors, the environment of a login."""
        login = self._login or Login()
        mine = {name: value for name, value in os.environ.items() if name in _KEPT_NAMES}
        env = {**login.environment(), **(self._settings.get("env") or {}), **mine, ROLE: "keeper"}
        self._login = None
        command = role_command(place.directory, "keeper")
        command[3] = _own_copy(command[3], place)
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        ]
        signals = [signal.SIGPIPE, signal.SIGINT, signal.SIGHUP]
        hit("link.before_keeper")
        return os.posix_spawn(
            command[0], command, env, file_actions=actions, setsid=True, setsigdef=signals, setsigmask=[]
        )


def knock(path: str) -> Optional[socket.socket]:
    """A connection to the worker that listens at `path`; None where none does."""
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        end.connect(path)
    except OSError:
        end.close()
        return None
    if peer_uid(end) != os.geteuid():
        end.close()
        return None
    return end


def _wait_for_lock(end: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(end, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if steady() > deadline:
                os.close(end)
                raise Unreachable(f"another link at {host()} is being made and does not get on; try again") from None
            pause(10 * _TICK)
        else:
            return


def _own_copy(code: str, place: Place) -> str:
    """The worker's file under a name of this place: the one in the cache goes when its version is old."""
    own = place.path("worker.pyz")
    if not os.path.isfile(code) or code == own:
        return code
    if os.path.lexists(own + ".new"):
        os.unlink(own + ".new")
    try:
        os.link(code, own + ".new")
    except OSError:
        with open(code, "rb") as file, open(own + ".new", "wb") as copy:
            copy.write(file.read())
    os.rename(own + ".new", own)
    return own


def _last_line(path: str) -> str:
    try:
        with open(path, "rb") as file:
            lines = file.read()[-2000:].split(b"\n")
    except OSError as error:
        return f"{path}: {error.strerror}"
    return next((line.decode("utf-8", "replace") for line in reversed(lines) if line.strip()), "it said nothing")
