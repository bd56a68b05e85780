"""posix_spawn(3) by way of ctypes: what the tasks of a job have in common is laid out for the kernel once.

os.posix_spawn lays out all of it for every process. The sizes of the C library's opaque records are far below `_RECORD`
bytes in glibc and musl.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Sequence
from typing import Optional

_RECORD = 1024
_SETSIGDEF, _SETSIGMASK, _SETSID = 0x04, 0x08, 0x80  # spawn.h, the same numbers in glibc and musl
_DEFAULT = (
    *(signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD),
    *(signal.SIGUSR1, signal.SIGUSR2),  # ignored where the script of an allocation is warned with them
)

_libc = ctypes.PyDLL(None)  # keeps the interpreter's lock: the worker has one thread
_spawn = _libc.posix_spawn
_init, _destroy = _libc.posix_spawn_file_actions_init, _libc.posix_spawn_file_actions_destroy
_open, _dup2 = _libc.posix_spawn_file_actions_addopen, _libc.posix_spawn_file_actions_adddup2


class Words:
    """A C array of strings with a null behind the last. Raises ValueError where one has a NUL in it."""

    def __init__(self, words: Sequence[bytes]) -> None:
        if any(b"\0" in word for word in words):
            raise ValueError("embedded NUL")
        self._array = (ctypes.c_char_p * (len(words) + 1))(*words, None)
        self.pointer = ctypes.byref(self._array)

    def replace(self, words: list[bytes]) -> None:
        """Other words in the place of the first ones."""
        self._array[: len(words)] = words  # type: ignore[assignment]  # list is invariant


class Actions:
    """What becomes of the descriptors 0, 1 and 2 of a child."""

    def __init__(self) -> None:
        self.record = ctypes.create_string_buffer(_RECORD)
        _check(_init(self.record))

    def open(self, number: int, name: str, flags: int) -> None:
        """The child opens a file as descriptor `number`, new ones with the rights that its umask leaves of 0666."""
        _check(_open(self.record, number, os.fsencode(name), flags, 0o666))

    def dup2(self, number: int, other: int) -> None:
        """Descriptor `other` of the child is what `number` is."""
        _check(_dup2(self.record, number, other))

    def __del__(self) -> None:
        """Give the memory back."""
        _destroy(self.record)


def _attributes() -> ctypes.Array[ctypes.c_char]:
    """A new session, no signal blocked, and those that Python ignores or we catch as the kernel has them."""
    record = ctypes.create_string_buffer(_RECORD)
    wanted = ctypes.create_string_buffer(sum(1 << (number - 1) for number in _DEFAULT).to_bytes(128, "little"), 128)
    _check(_libc.posix_spawnattr_init(record))
    _check(_libc.posix_spawnattr_setflags(record, ctypes.c_short(_SETSIGDEF | _SETSIGMASK | _SETSID)))
    _check(_libc.posix_spawnattr_setsigdefault(record, wanted))
    _check(_libc.posix_spawnattr_setsigmask(record, ctypes.create_string_buffer(128)))
    return record


def _check(error: int) -> None:
    if error:
        raise OSError(error, os.strerror(error))


_ATTRIBUTES = _attributes()
_pid = ctypes.c_int()
_where = ctypes.byref(_pid)


def spawn(program: bytes, argv: Words, env: Words, actions: Optional[Actions]) -> int:
    """Start a process in a session of its own; its pid. Raises OSError with what exec or an action had."""
    error = _spawn(_where, program, actions and actions.record, _ATTRIBUTES, argv.pointer, env.pointer)
    if error:
        raise OSError(error, os.strerror(error))
    return _pid.value
