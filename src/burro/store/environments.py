"""The submitters' environments: one file per distinct one, 0600, gone when no unfinished job needs it.

They lie beside the database, not in it: a deleted row can be read in a file for years, a deleted file cannot.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping

from .db import Database, StoreTrouble


class Environments:
    """The directory env/ of a queue."""

    def __init__(self, directory: str) -> None:
        """Make the directory (0700) where it is missing."""
        self._directory = directory
        os.makedirs(directory, mode=0o700, exist_ok=True)
        self.fresh: set[str] = set()  # written, and it is still to be seen whether a job came of it
        self._last: tuple[Mapping[str, str], str] | None = None  # what was kept last: jobs that come together share it
        self._known = {name for name in os.listdir(directory) if not name.startswith(".")}

    def keep(self, env: Mapping[str, str]) -> str:
        """Store an environment, on disk when this returns; its digest. Raises StoreTrouble."""
        if self._last is not None and self._last[0] is env and self._last[1] in self._known:
            return self._last[1]
        text = json.dumps(env, sort_keys=True).encode("ascii")
        digest = hashlib.sha256(text).hexdigest()
        if digest not in self._known:
            self._write(digest, text)
            self._known.add(digest)
            self.fresh.add(digest)
        self._last = (env, digest)
        return digest

    def _write(self, digest: str, text: bytes) -> None:
        path, fresh = self._path(digest), self._path("." + digest)
        try:
            end = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            try:
                os.write(end, text)
                os.fsync(end)
            finally:
                os.close(end)
            os.rename(fresh, path)
        except OSError as error:
            raise StoreTrouble(
                f"the environment cannot be kept in {self._directory} ({error.strerror}); make room there and try again"
            ) from None

    def read(self, digest: str) -> dict[str, str]:
        """An environment by its digest; empty where somebody removed the file."""
        try:
            with open(self._path(digest), encoding="ascii") as file:
                found: dict[str, str] = json.load(file)
                return found
        except (OSError, ValueError):
            return {}

    def drop_unneeded(self, db: Database, digests: Iterable[str] | None = None) -> set[str]:
        """Remove those of `digests` (default: all) that no unfinished job needs, and name them: after the commit."""
        if digests is None:
            needed = {env for (env,) in db.run("all_live_envs")}
            unneeded = self._known - needed
        else:
            unneeded = {env for env in digests if not db.run("live_env", {"env": env})[0][0]}
        for digest in unneeded:
            self._known.discard(digest)
            if os.path.exists(self._path(digest)):
                os.unlink(self._path(digest))
        return unneeded

    def _path(self, digest: str) -> str:
        return os.path.join(self._directory, digest)
