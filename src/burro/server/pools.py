"""The pools as they are set: by the files, and live, which wins until that entry of the files changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..model.pool import FIFO, Value, chosen_gpus, counters
from ..model.room import Stock
from ..pools.local import LOCAL
from ..store import settings
from ..store.db import Database
from .crew import WorkerEnd
from .poolfile import PoolFile

CPUS = "cpus.local"  # a wish of the command line that starts the server
PAUSED = "paused"
NAMES = (LOCAL,)
_FOUND, _SET, _DEFAULT = "found", "set", "default"


class Pools:
    """What each pool may use. Live values stand in the store, each with what the files said when it was set."""

    def __init__(self, db: Database, files: list[PoolFile]) -> None:
        self._db, self._files = db, files
        self._values: dict[str, dict[str, Value]] = {}
        self._sources: dict[str, dict[str, str]] = {}
        self._paused: set[str] = set()
        for file in files:
            file.look()
        self._take_old_setting()
        self.settle()

    @property
    def troubles(self) -> list[str]:
        """A sentence for each file that is wrong."""
        return [file.trouble for file in self._files if file.trouble]

    @property
    def is_stale(self) -> bool:
        """Whether a file is another one than when it was read."""
        return any(file.is_stale for file in self._files)

    def look(self) -> bool:
        """Read the files that changed; whether any did."""
        changed = [file.look() for file in self._files]
        if any(changed):
            self.settle()
        return any(changed)

    def value(self, pool: str, name: str) -> Value | None:
        """What is in force; None where nobody said anything."""
        return self._values.get(pool, {}).get(name)

    def cpus(self, pool: str, found: int) -> int:
        """Cpus that its worker may use; 0: paused."""
        value = self.value(pool, "cpus")
        return 0 if pool in self._paused else value if isinstance(value, int) else found

    def gpus(self, pool: str, found: tuple[str, ...]) -> tuple[str, ...]:
        """Ids of gpus that its worker may hand out."""
        return chosen_gpus(self.value(pool, "gpus"), found)

    def policy(self, pool: str) -> str:
        """The order of its line."""
        return str(self.value(pool, "policy") or FIFO)

    def counters(self, pool: str) -> dict[str, int]:
        """Its counters, all of them."""
        return counters(self._values.get(pool, {}))

    def is_paused(self, pool: str) -> bool:
        """Whether somebody paused it."""
        return pool in self._paused

    def stocks(self, crew: Iterable[WorkerEnd]) -> dict[str, Stock]:
        """The counters of the pools that have workers."""
        stocks: dict[str, Stock] = {}
        for end in crew:
            stock = stocks.get(end.pool) or Stock(total := self.counters(end.pool), total)
            left = {name: number - end.lent[name] for name, number in stock.left.items()} if end.lent else stock.left
            stocks[end.pool] = Stock(stock.total, left)
        return stocks

    def sources(self, pool: str) -> dict[str, str]:
        """Where each value comes from: a file, `set` live, or `found` on the machine."""
        fixed = {"cpus": _FOUND, "gpus": _FOUND, "policy": _DEFAULT, PAUSED: _DEFAULT}
        return {**fixed, **self._sources.get(pool, {})}

    def put(self, pool: str, changes: Mapping[str, Value | bool | None]) -> None:
        """Set values live; None gives one back to the files. Within a transaction."""
        live = self._live(pool)
        for name, value in changes.items():
            if value is None:
                live.pop(name, None)
            else:
                live[name] = [value, self._of_files(pool, name)]
        self._keep(pool, live)
        self.settle()

    def _take_old_setting(self) -> None:
        """What `up --foreground -c` asks for is a live value."""
        cpus = settings.get(self._db, CPUS)
        if cpus is not None:
            settings.put(self._db, CPUS, None)
            live = self._live(LOCAL)
            self._keep(LOCAL, {**live, "cpus": [int(cpus), self._of_files(LOCAL, "cpus")]})

    def settle(self) -> None:
        """Find out what is in force, as the store has it now.

        A file that is wrong decides nothing: live values win over what it may say.
        """
        self._paused.clear()
        for pool in NAMES:
            values: dict[str, Value] = {}
            sources: dict[str, str] = {}
            for file in reversed(self._files):
                values.update(file.tables.get(pool, {}))
                sources.update(dict.fromkeys(file.tables.get(pool, {}), file.path))
            for name, (value, _) in self._still_live(pool).items():
                values[name], sources[name] = value, _SET
            if values.pop(PAUSED, False):
                self._paused.add(pool)
            self._values[pool], self._sources[pool] = values, sources

    def _still_live(self, pool: str) -> dict[str, list[Any]]:
        """Live values; those whose entry of the files has changed since are over."""
        live = self._live(pool)
        if self.troubles:
            return live
        still = {name: kept for name, kept in live.items() if name == PAUSED or kept[1] == self._of_files(pool, name)}
        if still != live:
            self._keep(pool, still)
        return still

    def _of_files(self, pool: str, name: str) -> Value | None:
        """What the files say of one entry."""
        for file in self._files:
            if name in file.tables.get(pool, {}):
                return file.tables[pool][name]
        return None

    def _live(self, pool: str) -> dict[str, list[Any]]:
        """Live values: [value, what the files said then] by name."""
        text = settings.get(self._db, f"pool.{pool}")
        live: dict[str, list[Any]] = json.loads(text) if text else {}
        return live

    def _keep(self, pool: str, live: Mapping[str, list[Any]]) -> None:
        settings.put(self._db, f"pool.{pool}", json.dumps(live) if live else None)
