"""Opening the database, and the transaction that a turn of the server is."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import apsw

from ..base.errors import Unreachable
from ..base.mounts import is_network
from .statements import sql

VERSION = 12
WAL_SINCE = (3, 51, 3)  # earlier versions can lose a reset of the write-ahead log

Row = tuple[Any, ...]  # SQLite's columns carry their own types


class StoreTrouble(Unreachable):
    """The store could not be read or written; nothing of this turn was kept."""


class Database:
    """The one connection to the one file. `changed` is whatever SQLite says of the last statement."""

    def __init__(self, path: str) -> None:
        """Open or make the database. Raises StoreTrouble where that cannot be."""
        self.path = path
        try:
            self._link = apsw.Connection(path)
            self._prepare()
        except apsw.Error as error:
            raise StoreTrouble(f"the store {path} cannot be opened ({error}); see: burro doctor") from None

    def _prepare(self) -> None:
        link = self._link
        link.set_busy_timeout(2000)
        link.pragma("locking_mode", "exclusive")
        link.pragma("auto_vacuum", "incremental")  # counts only before the first page is written
        local = self.path == ":memory:" or not is_network(os.path.dirname(self.path))
        link.pragma("journal_mode", "wal" if local and _version() >= WAL_SINCE else "persist")
        link.pragma("synchronous", "full")
        link.pragma("foreign_keys", True)
        link.pragma("cache_size", -8000)
        link.pragma("journal_size_limit", 64 * 2**20)
        link.wal_autocheckpoint(4000)  # pages: those that change in every turn are copied back less often
        found = link.pragma("user_version")
        if found > VERSION:
            raise StoreTrouble(f"the store {self.path} was made by a newer burro; use that one, or another --queue DIR")
        if 0 < found < VERSION:
            raise StoreTrouble(
                f"the store {self.path} was made by an older burro (version {found}, not {VERSION}) "
                "and this one cannot use it; move it away, or use another --queue DIR"
            )
        if found == 0:
            self._make()

    def _make(self) -> None:
        if list(self._link.execute("select name from sqlite_master limit 1")):
            raise StoreTrouble(f"{self.path} is not a store of burro; move it away, or use another --queue DIR")
        with self.write():
            self._link.execute(sql("schema"))
            self._link.execute(sql("schema_of_schedulers"))
            self._link.execute(sql("schema_of_records"))
            self.run("put_setting", {"name": "queue_id", "value": str(uuid.uuid4())})
            self._link.pragma("user_version", VERSION)

    @contextmanager
    def write(self) -> Iterator[None]:
        """A transaction: all of it is on disk afterwards, or none. Raises StoreTrouble where that failed."""
        try:
            self._link.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._roll_back()
                raise
            self._link.execute("commit")
        except apsw.Error as error:
            self._roll_back()
            raise StoreTrouble(_sentence(error, self.path)) from error

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction that can fail alone: an exception undoes just what was done inside."""
        self._link.execute("savepoint part")
        try:
            yield
        except BaseException:
            if self._link.in_transaction:
                self._link.execute("rollback to part")
                self._link.execute("release part")
            raise
        self._link.execute("release part")

    def _roll_back(self) -> None:
        if self._link.in_transaction:
            self._link.execute("rollback")

    def run(self, name: str, values: Mapping[str, Any] | Row = ()) -> list[Row]:
        """Run statement `name`; the rows it gives."""
        return self._link.execute(sql(name), values).fetchall()

    def run_many(self, name: str, rows: Iterable[Row]) -> list[Row]:
        """Run statement `name` for each of `rows`; all rows they give."""
        return self._link.executemany(sql(name), rows).fetchall()

    def each(self, name: str, values: Mapping[str, Any] | Row = ()) -> Iterator[Row]:
        """Run statement `name`; its rows one by one, no more than are taken. Nothing is written meanwhile."""
        cursor = self._link.execute(sql(name), values)
        try:
            yield from cursor
        finally:
            cursor.close()

    def dicts(self, name: str, values: Mapping[str, Any] | Row = ()) -> list[dict[str, Any]]:
        """Run statement `name`; its rows by the names of their columns."""
        cursor = self._link.execute(sql(name), values)
        first = cursor.fetchone()
        if first is None:
            return []
        columns = [column[0] for column in cursor.get_description()]
        return [dict(zip(columns, row, strict=True)) for row in (first, *cursor.fetchall())]

    def changed(self) -> int:
        """How many rows the last statement changed."""
        return int(self._link.changes())

    def sound(self) -> str:
        """What SQLite's own quick check says: `ok`, or what is wrong."""
        return str(self._link.pragma("quick_check"))

    def journal(self) -> str:
        """The journal mode in use."""
        return str(self._link.pragma("journal_mode"))

    def size(self) -> int:
        """Bytes of the store, without its journal."""
        return int(self._link.pragma("page_count") * self._link.pragma("page_size"))

    def unused(self) -> int:
        """Pages of the file that hold nothing any more."""
        return int(self._link.pragma("freelist_count"))

    def shrink(self, *, pages: int) -> None:
        """Give up to `pages` unused pages back to the file system; the file is shorter after the commit."""
        self._link.execute(f"pragma incremental_vacuum({pages:d})").fetchall()

    def settle(self) -> None:
        """Bring what the write-ahead log holds into the file, and empty it. Outside of a transaction."""
        if self.journal() == "wal":
            self._link.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def close(self) -> None:
        """Close the file."""
        self._link.close()


def sqlite_version() -> str:
    """The SQLite that apsw carries."""
    return str(apsw.sqlite_lib_version())


def _version() -> tuple[int, ...]:
    return tuple(int(part) for part in sqlite_version().split("."))


def _sentence(error: apsw.Error, path: str) -> str:
    if isinstance(error, apsw.FullError):
        return "the disk of the queue is full and nothing of this was kept; make room there and try again"
    if isinstance(error, (apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError)):
        return f"the store {path} cannot be written ({error}) and nothing of this was kept; see: burro doctor"
    return f"the store {path} refused: {error}; see: burro doctor"
