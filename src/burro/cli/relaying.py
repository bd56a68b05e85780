"""`burro relay`: what `--queue ssh://HOST` starts at the other machine. It copies lines between ssh and the server.

The first line of standard input says which queue; one question, `context`, is answered here and not by the server.
"""

from __future__ import annotations

import json
import os
import select
import socket
from collections.abc import Iterator

from ..api.context import context
from ..base.errors import BurroError, Unreachable
from ..base.paths import host, queue_dir
from ..link.call import connect
from ..link.knock import visit
from ..link.lines import Message, encode
from ..pools.login import home, login_environment
from ..pools.relay import MARK
from ..server import launch
from .face import Face
from .parser import Parser

_BLOCK = 1 << 18
_LONGEST = 1 << 12  # bytes of a question for us
_CONTEXT = b'{"op":"context"'  # as link/lines.py writes it


def parser(_verb: str) -> Parser:
    """The parser."""
    return Parser("relay", examples=("ssh gpu1 burro relay",))


def main(words: list[str], face: Face) -> int:
    """Copy until one of the two ends is gone."""
    options = parser(face.verb).parse(words)
    _write(MARK)
    asked = _first_line()
    try:
        end = _server(face.at(options.queue), asked)
    except BurroError as error:
        down = isinstance(error, Unreachable) and not asked.get("start")
        _write(encode({"error": str(error), "code": error.code, "down": down}))
        return error.code
    _write(encode({"op": "relayed", "host": host()}))
    _copy(end)
    return 0


def _first_line() -> Message:
    """Byte by byte: what stands behind it is the server's."""
    line = b""
    while not line.endswith(b"\n") and len(line) < _BLOCK:
        byte = os.read(0, 1)
        if not byte:
            break
        line += byte
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _server(face: Face, asked: Message) -> socket.socket:
    """A connection to the server of the queue that is asked for. Raises BurroError."""
    queue = queue_dir(str(asked["queue"])) if asked.get("queue") else face.queue
    if asked.get("start"):
        launch.ensure(queue)
    return visit(queue) or connect(queue)


def _copy(end: socket.socket) -> None:
    questions = _Questions()
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(1, 0)  # says when nobody reads what we write
    poll.register(end, select.POLLIN)
    while True:
        ready = dict(poll.poll())
        if 1 in ready:
            return
        if end.fileno() in ready:
            block = end.recv(_BLOCK)
            if not block:
                return
            _write(block + _read_already(end))
        if 0 in ready:
            block = os.read(0, _BLOCK)
            if not block:
                return
            for line in questions.pick(block):
                _answer(line, end)


def _read_already(end: socket.socket) -> bytes:
    """What TLS has read beyond what was asked for: the kernel will not say that it is there."""
    pending = getattr(end, "pending", None)
    found = b""
    while pending is not None and pending():
        found += end.recv(_BLOCK)
    return found


class _Questions:
    """What the client says, as it may be passed on: what is for us is a block of its own, the rest passes at once."""

    def __init__(self) -> None:
        self._held = b""
        self._inside = False  # a line that is none of ours, whose beginning has passed

    def pick(self, block: bytes) -> Iterator[bytes]:
        """The blocks; the beginning of what may be a question for us is kept until more comes."""
        rest, self._held = self._held + block, b""
        while rest:
            line, end, behind = rest.partition(b"\n")
            if not end and not self._inside and (line.startswith(_CONTEXT) or _CONTEXT.startswith(line)):
                self._held = line[:_LONGEST]
                return
            self._inside = not end
            yield line + end
            rest = behind


def _answer(line: bytes, end: socket.socket) -> None:
    if line.startswith(_CONTEXT):
        _write(encode(here()))
    else:
        end.sendall(line)


def here() -> Message:
    """The context of a submission that somebody at another machine makes: as after a login here, in the home."""
    os.chdir(home())
    return {**context(), "cwd": home(), "env": login_environment()}


def _write(block: bytes) -> None:
    while block:
        block = block[os.write(1, block) :]
