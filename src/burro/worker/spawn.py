"""Starting one attempt: posix_spawn, a new session, files by file actions, never a pipe."""

from __future__ import annotations

import errno
import os
import signal
from typing import NamedTuple, Optional

from ..model.patterns import another
from .spec import JobSpec

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_APPEND
_DEFAULT = (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD)
_SHORT = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
_MOST_NAMES = 10_000


class NotStarted(Exception):
    """The task cannot be started, here or anywhere; the message says why."""


class NoRoom(Exception):
    """The machine is short of processes, memory or files just now; nothing is wrong with the task."""


class Started(NamedTuple):
    """A process, and its files where their names are not the expected ones."""

    pid: int
    out: Optional[str] = None
    err: Optional[str] = None


class Spawner:
    """Starts attempts; remembers in which directory and with which umask this process stands."""

    def __init__(self) -> None:
        self._dir: Optional[str] = None
        self._umask = os.umask(0o077)
        os.umask(self._umask)

    def start(self, spec: JobSpec, argv: list[str], env: dict[bytes, bytes], files: tuple[str, Optional[str], Optional[str]]) -> Started:
        """Start one process. Raises NotStarted or NoRoom."""
        self._enter(spec)
        out, err, source = files
        flags = _WRITE | os.O_EXCL if spec.wire["own"] else _WRITE
        taken = 0
        names = (out, err)
        made = False
        while True:
            try:
                pid = self._spawn(spec, argv, env, names, source, flags)
            except FileExistsError:
                taken += 1
                if taken > _MOST_NAMES:
                    raise NotStarted(f"all names like {out} are taken; say where output goes with --output") from None
                names = (another(out, taken), another(err, taken) if err else None)
            except OSError as error:
                if made or not _make_parents(spec, names):
                    raise _explained(error, spec, argv, names, source) from None
                made = True
            else:
                return Started(pid, *names) if taken else Started(pid)

    def _enter(self, spec: JobSpec) -> None:
        if spec.umask != self._umask:
            os.umask(spec.umask)
            self._umask = spec.umask
        if spec.dir != self._dir:
            self._dir = None
            try:
                os.chdir(spec.dir)
            except OSError as error:
                raise NotStarted(f"the directory {spec.dir} cannot be entered: {error.strerror}") from None
            self._dir = spec.dir

    def _spawn(
        self,
        spec: JobSpec,
        argv: list[str],
        env: dict[bytes, bytes],
        names: tuple[str, Optional[str]],
        source: Optional[str],
        flags: int,
    ) -> int:
        out, err = names
        actions: list[tuple[object, ...]] = [
            (os.POSIX_SPAWN_OPEN, 0, source or os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY if out == os.devnull else flags, 0o666),
            (os.POSIX_SPAWN_OPEN, 2, err, os.O_WRONLY if err == os.devnull else flags, 0o666)
            if err
            else (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        program = spec.program or self._program(spec, argv)
        if spec.wrap is not None:
            program, argv = "/bin/sh", ["/bin/sh", "-c", spec.wrap, spec.dir, *argv]
        try:
            return os.posix_spawn(program, argv, env, file_actions=actions, setsid=True, setsigmask=(), setsigdef=_DEFAULT)
        except OSError as error:
            spec.program = None
            if error.errno != errno.ENOEXEC:
                raise
        words = ["/bin/sh", program, *argv[1:]]  # no binary and no #! line: what a shell would do with it
        return os.posix_spawn(words[0], words, env, file_actions=actions, setsid=True, setsigmask=(), setsigdef=_DEFAULT)

    def _program(self, spec: JobSpec, argv: list[str]) -> str:
        """The file of a command, looked up in the task's own PATH."""
        name = argv[0]
        if "/" in name:
            return name
        path = os.fsdecode(spec.env.get(b"PATH", os.defpath.encode()))
        found = _which(name, path)
        if found is None:
            raise NotStarted(f"command not found: {name}; PATH was {path}")
        if spec.argv is not None:
            spec.program = found
        return found


def _which(name: str, path: str) -> Optional[str]:
    for directory in path.split(":"):
        found = os.path.join(directory or ".", name)
        if os.access(found, os.X_OK) and not os.path.isdir(found):
            return found
    return None


def _make_parents(spec: JobSpec, names: tuple[str, Optional[str]]) -> bool:
    """Make the directories that the files of a task need; whether one was missing."""
    missing = {os.path.dirname(name) for name in names if name and os.path.dirname(name)}
    missing = {parent for parent in missing if not os.path.isdir(parent)}
    for parent in missing:
        try:
            os.makedirs(parent, exist_ok=True)
        except OSError as error:
            raise NotStarted(f"the directory {parent} for the output cannot be made: {error.strerror}") from None
    return bool(missing)


def _explained(
    error: OSError, spec: JobSpec, argv: list[str], names: tuple[str, Optional[str]], source: Optional[str]
) -> Exception:
    """Which of the things that a start needs was the trouble: posix_spawn gives one number for all."""
    if error.errno in _SHORT:
        return NoRoom(str(error.strerror))
    if error.errno == errno.E2BIG:
        return NotStarted("arguments and environment are longer than the kernel takes; pass the long part in a file")
    if source is not None and not os.access(source, os.R_OK):
        return NotStarted(f"the input {source} cannot be read in {spec.dir}")
    for name in names:
        if name and name != os.devnull and not _can_write(name):
            return NotStarted(f"the output {name} cannot be written in {spec.dir}")
    program = argv[0]
    if os.path.isdir(program):
        return NotStarted(f"{program} is a directory, not a command")
    if not os.path.exists(program) and "/" in program:
        return NotStarted(f"command not found: {program}, seen from {spec.dir}")
    if error.errno == errno.ENOENT:
        return NotStarted(f"the interpreter in the first line of {program} does not exist")
    return NotStarted(f"{program} cannot be run: {error.strerror}")


def _can_write(name: str) -> bool:
    if os.path.lexists(name):
        return os.access(name, os.W_OK) and not os.path.isdir(name)
    return os.access(os.path.dirname(name) or ".", os.W_OK | os.X_OK)
