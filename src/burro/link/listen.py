"""A unix socket of this user alone, to be found at a path."""

from __future__ import annotations

import os
import socket

from ..base.errors import Unreachable
from ..base.paths import check_socket_dir


def make_socket_dir(directory: str) -> None:
    """Make the directory of this user's sockets (0700), or check that it is one. Raises Unreachable."""
    try:
        os.mkdir(directory, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise Unreachable(f"{directory} cannot be made: {error.strerror}; burro keeps its sockets there") from None
    check_socket_dir(directory)


def listen_at(path: str) -> socket.socket:
    """A listening socket (0600) at `path`, in a directory of this user alone, which never blocks.

    Raises Unreachable, or OSError, where that cannot be.

    What lies there already was left by a process that was killed: the caller holds the lock that says so.
    """
    make_socket_dir(os.path.dirname(path))
    if os.path.lexists(path):
        os.unlink(path)
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    end.setblocking(False)
    end.bind(path)
    os.chmod(path, 0o600)
    end.listen(512)
    return end
