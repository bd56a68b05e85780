"""Our end of `ssh HOST burro relay`: a socket to the server of a queue at another machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
from typing import IO

from ..base.clock import steady
from ..base.errors import BurroError, Refused, Unreachable, error_of
from .machine import ssh_words

MARK = b"\x01burro-relay 1\n"
# One fixed line for every shell. A login without a terminal often knows nothing of what was installed for one user.
REMOTE = "exec sh -c 'PATH=$PATH:$HOME/.local/bin:$HOME/bin:/usr/local/bin; export PATH; exec burro relay'"
_NOISE = 2**20  # bytes before the mark
_ALONE, _ASKED = 20.0, 120.0  # seconds until it answers; where ssh can ask for a password, the user needs some


class Relay(socket.socket):
    """The socket; to close it ends ssh, and with it the relay there."""

    def __init__(self, end: socket.socket, ssh: subprocess.Popen[bytes]) -> None:
        super().__init__(fileno=end.detach())
        self._ssh, self._owner = ssh, os.getpid()

    def close(self) -> None:
        """Close it. A forked child leaves ssh to its parent."""
        super().close()
        if self._owner == os.getpid() and self._ssh.returncode is None:
            self._ssh.terminate()
            self._ssh.wait()


def open_relay(host: str, port: int | None, *, queue: str | None, start: bool) -> socket.socket:
    """Connect to the server of a queue at `host`, which is started where none answers if `start` is set.

    Raises Refused where ssh or the relay cannot, Unreachable where no server runs and none was to be started.
    """
    asks = _has_terminal()
    ours, theirs = socket.socketpair()
    with tempfile.TemporaryFile() as said:
        try:
            command, far = _argv(host, port, asks=asks), theirs.fileno()
            ssh = subprocess.Popen(command, stdin=far, stdout=far, stderr=said.fileno())
        except OSError as error:
            ours.close()
            raise Refused(f"cannot start ssh: {error.strerror}; install OpenSSH's client") from None
        finally:
            theirs.close()
        end = Relay(ours, ssh)
        try:
            _greet(end, queue, start=start, within=_ASKED if asks else _ALONE)
        except (OSError, ValueError) as trouble:
            silent = isinstance(trouble, (TimeoutError, ValueError))
            code = None if silent else _ended(ssh)
            end.close()
            raise Refused(_why(host, code, _last_line(said))) from None
        except BurroError:
            end.close()
            raise
    return end


def _argv(host: str, port: int | None, *, asks: bool) -> list[str]:
    return [*ssh_words(asks=asks), "-T", *(["-p", str(port)] if port else []), "--", host, REMOTE]


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _greet(end: socket.socket, queue: str | None, *, start: bool, within: float) -> None:
    """Say which queue is meant, and wait for the answer. Raises OSError where ssh ends, ValueError for noise."""
    end.settimeout(within)
    deadline = steady() + within
    end.sendall(json.dumps({"op": "relay", "queue": queue, "start": start}).encode("ascii") + b"\n")
    heard = b""
    while not (MARK in heard and heard.endswith(b"\n") and not heard.endswith(MARK)):
        chunk = end.recv(1 << 16)
        if not chunk:
            raise ConnectionResetError
        heard += chunk
        if len(heard) > _NOISE or steady() > deadline:
            raise ValueError
    answer = json.loads(heard.rpartition(MARK)[2])
    if "error" in answer:
        said = str(answer["error"])
        raise Unreachable(said) if answer.get("down") else error_of(int(answer.get("code", 4)), said)
    end.settimeout(None)


def _ended(ssh: subprocess.Popen[bytes]) -> int | None:
    """The code of an ssh that closed its output; None where it stays."""
    try:
        return ssh.wait(timeout=2.0)
    except subprocess.TimeoutExpired:
        return None


def _last_line(said: IO[bytes]) -> str:
    said.seek(0)
    text = said.read().decode("utf-8", "replace")
    lines = ["".join(filter(str.isprintable, line)).strip() for line in text.splitlines()]
    return next((line.removesuffix(".") for line in reversed(lines) if line), "")


def _why(host: str, code: int | None, last: str) -> str:
    if code == 255:
        return f"ssh to {host} failed: {last or 'it does not say why'}; try: ssh {host} true"
    if code in (126, 127):
        return f"there is no burro at {host}; install it there, as with: ssh {host} uv tool install burro"
    if code is None:
        told = f" (it said: {last})" if last else ""
        return f"{host} was reached by ssh and no burro answers{told}; look there with: burro doctor"
    return f"burro at {host} ended with code {code}: {last or 'it does not say why'}; try there: burro doctor"
