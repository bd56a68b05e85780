"""The pools as they are set: by the files, and live, which wins until that entry of the files changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..base.errors import NotFound
from ..model.direct import is_direct
from ..model.pool import ANY, FIFO, LOCAL, Value, chosen_gpus, comes, counters, has_way
from ..model.room import Stock
from ..model.serving import Wish, wish
from ..store import settings
from ..store.db import Database
from .crew import WorkerEnd
from .poolfile import PoolFile

CPUS = "cpus.local"  # a wish of the command line that starts the server
PAUSED, STOPPED, DRAINING = MARKS = "paused", "stopped", "draining"  # live only: no file says it
_FOUND, _SET, _DEFAULT = "found", "set", "default"
_LIVE, _FACTS = "pool.", "facts."  # settings begin so

Live = dict[str, list[Any]]  # [value, what the files said then] by name


class Pools:
    """What each pool may use. Live values stand in the store, each with what the files said when it was set."""

    def __init__(self, db: Database, files: list[PoolFile]) -> None:
        self._db, self._files = db, files
        self._values: dict[str, dict[str, Value]] = {}
        self._sources: dict[str, dict[str, str]] = {}
        self._marks: dict[str, dict[str, Any]] = {}
        self._nowhere: list[str] = []
        self.version = 0  # another one whenever something may have changed
        self.shut: dict[str, str] = {}  # connected, and given no work all the same: why; empty: not known yet
        for file in files:
            file.look()
        self._take_old_setting()
        self.settle()

    @property
    def names(self) -> list[str]:
        """The pools there are, this machine's first."""
        return list(self._values)

    @property
    def remote(self) -> list[str]:
        """Those that are reached by ssh."""
        return [pool for pool in self._values if pool != LOCAL and not (self.comes(pool) or self.is_direct(pool))]

    @property
    def coming(self) -> list[str]:
        """Those whose workers come to us."""
        return [pool for pool in self._values if self.comes(pool)]

    def comes(self, pool: str) -> bool:
        """Whether a pool's workers come to us."""
        return pool != LOCAL and comes(self._values.get(pool, {}))

    def is_direct(self, pool: str) -> bool:
        """Whether the tasks of a pool are a scheduler's own jobs: these only get what names them."""
        return pool != LOCAL and is_direct(self._values.get(pool, {}))

    def need(self, pool: str) -> str:
        """The same name. Raises NotFound where there is no such pool."""
        if pool not in self._values:
            raise NotFound(f"there is no pool '{pool}'; there is: {', '.join(self._values)}")
        return pool

    def meant(self, pool: str) -> list[str]:
        """The pools that a job may go to which asks for this one."""
        return [name for name in self._values if name == pool or (pool == ANY and not self.is_direct(name))]

    @property
    def troubles(self) -> list[str]:
        """A sentence for each file that is wrong."""
        return [file.trouble for file in self._files if file.trouble] + self._nowhere

    @property
    def wish(self) -> Wish:
        """Where other machines are to find the server."""
        return wish({name: entry for file in reversed(self._files) for name, entry in file.server.items()})

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

    def values(self, pool: str) -> Mapping[str, Value]:
        """All that is in force."""
        return self._values.get(pool, {})

    def number(self, pool: str, name: str) -> int | None:
        """A value that is a number; None where nobody said one."""
        value = self.value(pool, name)
        return value if isinstance(value, int) else None

    def cpus(self, pool: str, found: int) -> int:
        """Cpus that its worker may use; 0: it starts nothing."""
        value = self.number(pool, "cpus")
        return 0 if self._marks.get(pool, True) or pool in self.shut else found if value is None else value

    def mem(self, pool: str, found: int) -> int:
        """Bytes of memory that its worker may hand out."""
        value = self.number(pool, "mem")
        return found if value is None else min(found, value)

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
        return PAUSED in self._marks.get(pool, {})

    def is_stopped(self, pool: str) -> bool:
        """Whether it is not to be connected; one that is not declared is not."""
        return STOPPED in self._marks.get(pool, {STOPPED: True})

    def draining(self, pool: str) -> str | None:
        """What becomes of it once nothing runs there any more: `stop`, `remove`; None: it is not drained."""
        found: str | None = self._marks.get(pool, {}).get(DRAINING)
        return found

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

    def declared_in(self, pool: str) -> str | None:
        """The file that has a table for it."""
        return next((file.path for file in self._files if pool in file.tables), None)

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

    def drop(self, pool: str) -> None:
        """Forget all that was set live for a pool, and so the pool where no file has it. Within a transaction."""
        self._keep(pool, {})
        self.note(pool, None)
        self.settle()

    def facts(self, pool: str) -> dict[str, Any]:
        """What its machine said of itself last, also where it is away now."""
        text = settings.get(self._db, _FACTS + pool)
        found: dict[str, Any] = json.loads(text) if text else {}
        return found

    def note(self, pool: str, facts: Mapping[str, object] | None) -> None:
        """Keep what a machine says of itself, over what it said before; None forgets it. Within a transaction."""
        known = None if facts is None else json.dumps({**self.facts(pool), **facts})
        settings.put(self._db, _FACTS + pool, known)

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
        self.version += 1
        self._values, self._sources, self._marks, self._nowhere = {}, {}, {}, []
        listed = [LOCAL, *(pool for file in self._files for pool in file.tables), *settings.named(self._db, _LIVE)]
        for pool in dict.fromkeys(listed):
            values, sources = self._in_force(pool)
            if pool == LOCAL or has_way(values):
                self._marks[pool] = {name: values.pop(name) for name in MARKS if values.get(name)}
                self._values[pool], self._sources[pool] = values, sources
            elif self.declared_in(pool):
                self._nowhere.append(f'{self.declared_in(pool)}: [pools.{pool}] says no way there; write: ssh = "HOST"')

    def _in_force(self, pool: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What is in force for one, and where it comes from."""
        values: dict[str, Any] = {}
        sources: dict[str, str] = {}
        for file in reversed(self._files):
            values.update(file.tables.get(pool, {}))
            sources.update(dict.fromkeys(file.tables.get(pool, {}), file.path))
        for name, (value, _) in self._still_live(pool).items():
            values[name], sources[name] = value, _SET
        return values, sources

    def _still_live(self, pool: str) -> Live:
        """Live values; those whose entry of the files has changed since are over."""
        live = self._live(pool)
        if any(file.trouble for file in self._files):
            return live
        still = {name: kept for name, kept in live.items() if name in MARKS or kept[1] == self._of_files(pool, name)}
        if still != live:
            self._keep(pool, still)
        return still

    def _of_files(self, pool: str, name: str) -> Value | None:
        """What the files say of one entry."""
        for file in self._files:
            if name in file.tables.get(pool, {}):
                return file.tables[pool][name]
        return None

    def _live(self, pool: str) -> Live:
        text = settings.get(self._db, _LIVE + pool)
        live: Live = json.loads(text) if text else {}
        return live

    def _keep(self, pool: str, live: Mapping[str, list[Any]]) -> None:
        settings.put(self._db, _LIVE + pool, json.dumps(live) if live else None)
