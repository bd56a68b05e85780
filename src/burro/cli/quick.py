"""`submit` in a hurry: people submit in loops, so the plain case imports next to nothing (tests/cli freeze what).

Whatever is not plain gives None, and the full path says or does it: with the same `request`, so nothing is ever
submitted twice.
"""

from __future__ import annotations

import _socket
import os
import sys

from ..api.context import context
from ..base.errors import BurroError
from ..base.paths import check_socket_dir, queue_dir
from .forms import command
from .lines import decode, encode
from .options import SUBMIT
from .submitted import say
from .words import Typed, split

SLOW = ("help", "wait", "json", "file", "stage_in", "stage_out")
ASKED = ("shell", "script", "parsable", "queue")  # ours, not options of the job


def submit(words: list[str], *, queue: str | None, request: str) -> int | None:
    """Submit and print the id; None where the full path has to take over."""
    try:
        typed, rest = split(words, SUBMIT, verb="submit")
        if rest[:1] == ["-"] or typed.get("pool") == "all" or any(name in typed for name in SLOW):
            return None
        answer = _ask(queue_dir(str(typed.get("queue") or queue or "")), _line(typed, rest, request))
    except (BurroError, OSError, ValueError):
        return None
    if answer is None or "id" not in answer:
        return None
    say(answer, typed)
    return 0


def _line(typed: Typed, rest: list[str], request: str) -> bytes:
    options = {name: value for name, value in typed.items() if name not in ASKED}
    form = command(typed, rest, verb="submit")
    asked = {"op": "submit", "request": request, "context": context(), "options": options, **form}
    return encode(asked).encode("ascii") + b"\n"


def _ask(queue: str, line: bytes) -> dict[str, object] | None:
    with open(os.path.join(queue, "server.json"), "rb") as file:
        record = decode(file.read().decode("ascii"))
    if record.get("host") != os.uname().nodename:
        return None
    address = str(record.get("socket"))
    check_socket_dir(os.path.dirname(address))
    end = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    for option in (_socket.SO_SNDTIMEO, _socket.SO_RCVTIMEO):
        end.setsockopt(_socket.SOL_SOCKET, option, _moment())
    end.connect(address)
    if _peer_uid(end) != os.geteuid():
        return None
    end.sendall(line)
    return _answer(end)


def _moment() -> bytes:
    """How long the server may take, as the kernel wants it (timeval); then the full path waits, and says so."""
    seconds, size = float(os.environ.get("BURRO_PATIENCE") or 30) / 10, 8 if sys.maxsize > 2**32 else 4
    whole = int(seconds)
    return b"".join(part.to_bytes(size, sys.byteorder) for part in (whole, int((seconds - whole) * 1e6)))


def _peer_uid(end: _socket.socket) -> int:
    """The user at the other end, as the kernel knows it (unix(7), SO_PEERCRED: pid, uid, gid)."""
    return int.from_bytes(end.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)[4:8], sys.byteorder)


def _answer(end: _socket.socket) -> dict[str, object] | None:
    parts: list[bytes] = []
    while not (parts and parts[-1].endswith(b"\n")):
        part = end.recv(1 << 16)
        if not part:
            return None
        parts.append(part)
    return decode(b"".join(parts).decode("ascii"))
