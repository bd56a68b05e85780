"""git's index, held from before HEAD moves until it agrees with it, so that nobody commits in between."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from types import TracebackType

from ..base.clock import pause, steady
from ..base.errors import Failed
from .git import NOTHING, Entry, Git
from .stream import SCRATCH

_OURS = b"burro finish\n"
_PATIENCE, _PAUSE = 30.0, 0.05  # seconds for which others may hold it, and between two looks


class Index:
    """The lock on the index, and what is put into it. Only one at a time: whoever makes it holds `finish.lock`."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._path = os.path.join(git.directory, "index")
        self._lock = f"{self._path}.lock"

    def __enter__(self) -> Index:
        """Wait until nobody else has it. Raises Failed where it stays held."""
        end = steady() + _PATIENCE
        while not self._taken():
            if steady() > end:
                raise Failed(
                    f"another git holds {self._lock}; finish again when it has ended, "
                    "or remove that file if no git is running"
                )
            pause(_PAUSE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.unlink(self._lock)

    def put(self, changes: Mapping[str, Entry]) -> None:
        """Let it have these entries besides what it has, and know that the files are the same."""
        beside = os.path.join(self._git.shared, "burro", f"index-{os.getpid()}")
        if os.path.exists(self._path):
            shutil.copy2(self._path, beside)
        lines = [f"{mode} {name}\t{path}\0" for path, (mode, name) in changes.items()]
        env = {"GIT_INDEX_FILE": beside}
        self._git.run("update-index", "-z", "--index-info", given=os.fsencode("".join(lines)), env=env)
        self._git.tried("update-index", "-q", "--refresh", env=env, plain=True)
        os.replace(beside, self._path)

    def _taken(self) -> bool:
        # A second name for a file that is written already: whoever finds it can tell that it is ours.
        beside = os.path.join(self._git.shared, "burro", f"lock-{os.getpid()}")
        with open(beside, "wb") as file:
            file.write(_OURS)
        try:
            os.link(beside, self._lock)
        except FileExistsError:
            return False
        finally:
            os.unlink(beside)
        return True


def tidy(git: Git) -> None:
    """Remove what a finish left behind when it was killed. Only for who holds `finish.lock`."""
    lock = os.path.join(git.directory, "index.lock")
    if os.path.exists(lock):
        with open(lock, "rb") as file:
            ours = file.read(len(_OURS) + 1) == _OURS
        if ours:
            os.unlink(lock)
    desk = os.path.join(git.shared, "burro")
    for name in os.listdir(desk):
        if name.startswith(("index-", "link-", "lock-", "marks-")):
            os.unlink(os.path.join(desk, name))
    git.tried("update-ref", "-d", SCRATCH)


def ordered(changes: Mapping[str, Entry]) -> dict[str, Entry]:
    """Removals first: a directory may stand where a file was."""
    gone = {path: entry for path, entry in changes.items() if entry == NOTHING}
    return {**gone, **changes}
