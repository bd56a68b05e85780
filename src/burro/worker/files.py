"""What the server asks of this machine's files. The link answers, a thread for each: a hung disk stops nothing else."""

from __future__ import annotations

import json
import os
import stat
from collections import deque
from collections.abc import Callable

from ..base.paths import home
from ..link.lines import Message, encode

OPS = (b'{"op":"fetch"', b'{"op":"stat"', b'{"op":"expand"', b'{"op":"mkdir"')
LARGEST = 2**20  # bytes in one answer
_MOST = 16  # questions at a time: more wait for a disk that hangs


class Files:
    """Questions that are being answered. `number`: a descriptor to be read when an answer is there."""

    def __init__(self) -> None:
        self.number, self._wake = os.pipe()
        self._answers: deque[bytes] = deque()
        self._open = 0

    def ask(self, line: bytes) -> None:
        """Begin to answer one line."""
        import threading  # late: most links never need it

        try:
            question = json.loads(line)
        except ValueError:
            return
        if self._open >= _MOST:
            self._answer({"n": question.get("n"), "error": "the disk there does not answer; try again later"})
            return
        self._open += 1
        threading.Thread(target=self._work, args=(question,), daemon=True).start()

    def take(self) -> bytes:
        """The answers that are there, as lines."""
        os.read(self.number, 4096)
        found = b""
        while self._answers:
            found += self._answers.popleft()
            self._open -= 1
        return found

    def _work(self, question: Message) -> None:
        op, number = str(question.get("op")), question.get("n")
        done, act = _ACTS[op]
        try:
            answer = {"op": done, "n": number, **act(question)}
        except OSError as error:
            answer = {"op": done, "n": number, "error": f"{question.get('path')}: {error.strerror}"}
        except (KeyError, TypeError, ValueError) as error:
            answer = {"op": done, "n": number, "error": f"the question makes no sense: {error}"}
        self._answer(answer)

    def _answer(self, answer: Message) -> None:
        self._answers.append(encode(answer))
        os.write(self._wake, b".")


def _fetch(question: Message) -> Message:
    """A piece of a regular file."""
    import base64

    offset, most = int(question["offset"]), min(int(question["size"]), LARGEST)
    end = os.open(str(question["path"]), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(end)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(22, "is no regular file")
        chunk = os.pread(end, most, offset)
    finally:
        os.close(end)
    text = base64.b64encode(chunk).decode("ascii")
    return {"b64": text, "size": found.st_size, "eof": offset + len(chunk) >= found.st_size}


def _stat(question: Message) -> Message:
    try:
        found = os.stat(str(question["path"]))
    except FileNotFoundError:
        return {"exists": False}
    kind = {"dir": stat.S_ISDIR(found.st_mode), "file": stat.S_ISREG(found.st_mode)}
    return {"exists": True, **kind, "size": found.st_size, "mtime": found.st_mtime}


def _expand(question: Message) -> Message:
    path = os.path.normpath(os.path.join(home(), os.path.expanduser(str(question["path"]))))
    return {"path": path, "dir": os.path.isdir(path)}


def _mkdir(question: Message) -> Message:
    path = str(_expand(question)["path"])
    os.makedirs(path, exist_ok=True)
    return {"path": path}


_ACTS: dict[str, tuple[str, Callable[[Message], Message]]] = {
    "fetch": ("fetched", _fetch),
    "stat": ("stated", _stat),
    "expand": ("expanded", _expand),
    "mkdir": ("made", _mkdir),
}
