"""One file that comes home: written beside its name, then given it, so that nothing is overwritten or half there."""

from __future__ import annotations

import errno
import os

from ..model.patterns import another
from ..store.far import Far

_MOST = 1000  # names that are tried


class Arriving:
    """A file and where it belongs here (`path`; `wanted` before it is known to be taken). `have`: bytes so far."""

    def __init__(self, file: Far, path: str, *, mode: int) -> None:
        self.file, self.path, self.wanted, self._mode = file, path, path, mode
        self.lacks_room = False  # the trouble was a full disk: later there may be room
        self._draft = os.path.join(os.path.dirname(path), f".burro-{file.job}-{file.idx}-{file.token}.{file.which}")
        self.have = self._size()

    def _size(self) -> int:
        try:
            return os.stat(self._draft).st_size
        except OSError:
            return 0

    def whole(self, content: bytes) -> str | None:
        """All of it at once; the trouble, or None."""
        self.have = 0
        return self.add(content, is_last=True)

    def add(self, block: bytes, *, is_last: bool) -> str | None:
        """The next piece; the trouble, or None."""
        try:
            os.makedirs(os.path.dirname(self._draft), mode=0o777, exist_ok=True)
            end = os.open(self._draft, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                os.ftruncate(end, self.have)
                os.lseek(end, self.have, os.SEEK_SET)
                view = memoryview(block)
                while view:
                    view = view[os.write(end, view) :]
                os.fchmod(end, self._mode)
            finally:
                os.close(end)
            self.have += len(block)
            if is_last:
                self._name()
        except OSError as error:
            self.lacks_room = error.errno in (errno.ENOSPC, errno.EDQUOT)
            return f"{error.filename or self.path}: {error.strerror}"
        return None

    def _name(self) -> None:
        """Give it its name, or another where that is taken by something else."""
        for count in range(_MOST):
            path = self.wanted if count == 0 else another(self.wanted, count)
            try:
                os.link(self._draft, path)
            except FileExistsError:
                if not self._is_same(path):
                    continue
            self.path = path
            os.unlink(self._draft)
            return
        raise FileExistsError(17, "all names like it are taken", self.wanted)

    def _is_same(self, path: str) -> bool:
        """Whether it came home before, and that was not kept in mind."""
        try:
            if not os.path.isfile(path) or os.path.getsize(path) != self.have:
                return False
            with open(path, "rb") as one, open(self._draft, "rb") as other:
                while block := one.read(2**20):
                    if block != other.read(2**20):
                        return False
        except OSError:
            return False
        return True
