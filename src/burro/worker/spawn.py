"""Starting one attempt: posix_spawn, a new session, files by file actions, never a pipe."""

from __future__ import annotations

import errno
import os
from typing import NamedTuple, Optional

from ..model.patterns import another
from .native import Actions, Words, spawn
from .spec import BECOME, Files, JobSpec

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_APPEND
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
        self._nothing = os.open(os.devnull, os.O_RDWR)

    def start(
        self, spec: JobSpec, argv: list[str], env: Words, files: Files, *, group: Optional[str] = None
    ) -> Started:
        """Start one process, in a control group if one is given. Raises NotStarted or NoRoom."""
        self._enter(spec)
        wanted, taken, mended = files, 0, False
        while True:
            try:
                pid = self._spawn(spec, argv, env, files, group=group)
            except FileExistsError:  # a name of ours that another job, or another queue, has used
                taken += 1
                if taken > _MOST_NAMES:
                    raise NotStarted(f"all names like {wanted.out} are taken; choose one with --output") from None
                files = _other_names(wanted, taken)
            except OSError as error:
                if mended or not (self._stands_elsewhere(spec) or _make_parents(files)):
                    raise _explained(error, spec, argv, files) from None
                mended = True
            else:
                return Started(pid, files.out, files.err) if taken else Started(pid)

    def rest(self) -> None:
        """Stand in nobody's way while nothing runs: a directory somebody stands in cannot be unmounted."""
        os.chdir("/")
        self._dir = None

    def _stands_elsewhere(self, spec: JobSpec) -> bool:
        """Whether the directory was removed and made again since we entered it; then it is entered again."""
        try:
            same = os.path.samefile(".", spec.dir)
        except OSError:
            same = False
        if not same:
            self._dir = None
            self._enter(spec)
        return not same

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

    def _spawn(self, spec: JobSpec, argv: list[str], env: Words, files: Files, *, group: Optional[str]) -> int:
        laid_out = _lay_out_in(group, spec, argv) if group is not None else spec.laid_out
        program, words = laid_out or _lay_out(spec, argv)
        try:
            return spawn(program, words, env, self._first_actions(spec, files))
        except OSError as error:
            spec.laid_out = None
            if error.errno != errno.ENOEXEC:
                raise
        # no binary and no #! line: what a shell would do with it. The exec came behind the files, which are ours now
        words = Words([b"/bin/sh", program, *map(os.fsencode, argv[1:])])
        return spawn(b"/bin/sh", words, env, self._actions(files, _WRITE))

    def _first_actions(self, spec: JobSpec, files: Files) -> Actions:
        """Files of names that we chose must be new; kept where all tasks of the job have the same."""
        if files is spec.fixed and spec.actions is not None:
            return spec.actions
        actions = self._actions(files, _WRITE | os.O_EXCL if spec.wire["own"] else _WRITE)
        if files is spec.fixed:
            spec.actions = actions
        return actions

    def _actions(self, files: Files, flags: int) -> Actions:
        out, err, source = files
        actions = Actions()
        for number, name, how in ((0, source, os.O_RDONLY), (1, out, flags), (2, err, flags)):
            if name is not None and name != os.devnull:
                actions.open(number, name, how)
            else:  # standard error without a name goes where the output goes
                actions.dup2(1 if number == 2 and name is None else self._nothing, number)
        return actions


def _lay_out(spec: JobSpec, argv: list[str]) -> tuple[bytes, Words]:
    """Program and arguments as the kernel wants them; kept where all tasks of the job have the same."""
    program = _program(spec, argv)
    if spec.wrap is not None:
        program, argv = "/bin/sh", ["/bin/sh", "-c", spec.wrap, spec.dir, *argv]
    laid_out = os.fsencode(program), Words([os.fsencode(word) for word in argv])
    if spec.argv is not None:
        spec.laid_out = laid_out
    return laid_out


def _lay_out_in(group: str, spec: JobSpec, argv: list[str]) -> tuple[bytes, Words]:
    """The same, by way of a shell that first enters a control group: no memory is taken and no child made before."""
    program = _program(spec, argv)
    if not os.access(program, os.X_OK) or os.path.isdir(program):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    wrap = f'echo 0 > "$1" || exit 125; shift; {spec.wrap or BECOME}'
    shell = ["/bin/sh", "-c", wrap, spec.dir, os.path.join(group, "cgroup.procs"), *argv]
    return b"/bin/sh", Words([os.fsencode(word) for word in shell])


def _program(spec: JobSpec, argv: list[str]) -> str:
    """The file of a command, looked up in the task's own PATH."""
    name = argv[0]
    if "/" in name:
        return name
    found = _which(name, os.fsdecode(spec.env.get(b"PATH", os.defpath.encode())))
    if found is None:
        raise NotStarted(f"command not found: {name}, in the PATH of the task")
    return found


def _which(name: str, path: str) -> Optional[str]:
    for directory in path.split(":"):
        found = os.path.join(directory or ".", name)
        if os.access(found, os.X_OK) and not os.path.isdir(found):
            return found
    return None


def _other_names(files: Files, count: int) -> Files:
    return Files(another(files.out, count), another(files.err, count) if files.err else None, files.source)


def _make_parents(files: Files) -> bool:
    """Make the directories that the files of a task need; whether one was missing when it was started.

    Workers of other nodes make the same ones, so one that is there now says nothing: what was not opened does.
    """
    needed = {os.path.dirname(name) for name in files[:2] if name and not os.path.lexists(name)}
    for parent in needed - {""}:
        try:
            os.makedirs(parent, exist_ok=True)
        except OSError as error:
            raise NotStarted(f"the directory {parent} for the output cannot be made: {error.strerror}") from None
    return bool(needed - {""})


def _explained(error: OSError, spec: JobSpec, argv: list[str], files: Files) -> Exception:
    """Which of the things that a start needs was the trouble: posix_spawn gives one number for all."""
    if error.errno in _SHORT:
        return NoRoom(str(error.strerror))
    if error.errno == errno.E2BIG:
        return NotStarted("arguments and environment are longer than the kernel takes; pass the long part in a file")
    if files.source is not None and not os.access(files.source, os.R_OK):
        return NotStarted(f"the input {files.source} cannot be read in {spec.dir}")
    for name in files[:2]:
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
