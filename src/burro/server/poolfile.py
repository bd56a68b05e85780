"""burro.toml: what the user declares of pools and the server, in the queue's directory and in their settings."""

from __future__ import annotations

import os
import tomllib

from ..base.errors import UsageError
from ..model.pool import Value, read_name, read_table
from ..model.serving import Entry, read_records, read_server

NAME = "burro.toml"
_TABLES = ("pools", "server", "provenance")
_LARGEST = 2**20  # bytes: more is no file that somebody wrote

Tables = dict[str, dict[str, Value]]  # the entries of each pool


class PoolFile:
    """One file. `tables` is what it last said when it was right; `trouble` what is wrong with it now."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.tables: Tables = {}
        self.server: dict[str, Entry] = {}
        self.trouble: str | None = None
        self._mark: tuple[int, ...] | None = None

    @property
    def is_stale(self) -> bool:
        """Whether it is another one than when it was read."""
        return self._marked() != self._mark

    def look(self) -> bool:
        """Read it if it is another one than last time; whether it was."""
        mark = self._marked()
        if mark == self._mark:
            return False
        self._mark = mark
        try:
            (self.tables, self.server), self.trouble = (({}, {}) if mark is None else self._read()), None
        except UsageError as error:
            self.trouble = f"{self.path}: {error}; what was known before stays in force"
        return True

    def _marked(self) -> tuple[int, ...] | None:
        """What tells one version from another; None where there is no file."""
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> tuple[Tables, dict[str, Entry]]:
        try:
            with open(self.path, "rb") as file:
                found = tomllib.loads(file.read(_LARGEST).decode("utf-8"))
        except OSError as error:
            raise UsageError(f"it cannot be read ({error.strerror})") from None
        except UnicodeDecodeError:
            raise UsageError("it is no text in UTF-8") from None
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"it is no TOML: {error}") from None
        return _tables(found)


def files_of(queue: str) -> list[PoolFile]:
    """The queue's own file, whose entries win, and the user's."""
    settings = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return [PoolFile(os.path.join(queue, NAME)), PoolFile(os.path.join(settings, "burro", NAME))]


def _tables(found: dict[str, object]) -> tuple[Tables, dict[str, Entry]]:
    pools, server, records = (found.get(name, {}) for name in _TABLES)
    strange = sorted(set(found) - set(_TABLES))
    if strange or not (isinstance(pools, dict) and isinstance(server, dict) and isinstance(records, dict)):
        raise UsageError(
            "it has tables [pools.NAME], [server] and [provenance], "
            f"not '{strange[0] if strange else 'values of that name'}'"
        )
    tables: Tables = {}
    for name, entries in pools.items():
        if not isinstance(entries, dict):
            raise UsageError(f"[pools.{name}] must be a table of entries, as in cpus = 4")
        try:
            tables[name] = read_table(entries, pool=read_name(name))
        except UsageError as error:
            raise UsageError(f"[pools.{name}]: {error}") from None
    return tables, {**read_server(server), **read_records(records)}
