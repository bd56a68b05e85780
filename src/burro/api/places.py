"""Pools from Python: what they are and have, and what is done to them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from ..base.errors import NotFound, UsageError
from ..link.elsewhere import is_elsewhere
from .acts import Asked
from .asks import Asks
from .clusters import Allocation, DryRun, Usage
from .options import plain_options
from .told import Counter, PoolChange, PoolSummary
from .values import value_of

CLOSED = ("stopped", "draining")
MERGED = ("env", "datasets")  # one setting more leaves the others alone
_PLAIN = frozenset(one.name for one in fields(PoolSummary))


class Places(Asks):
    """The pools of a queue."""

    def pools(self) -> list[PoolSummary]:
        """Every place that supplies workers: what is used, what waits, what is wrong."""
        return [_summary(row) for row in self._ask("pools")["pools"]]

    def pool(self, name: str) -> Pool:
        """The pool of this name, to do something with; whether there is one is found out then.

        >>> queue.pool("local").set(cpus=4).text  # doctest: +SKIP
        'local: cpus 8 -> 4'
        """
        return Pool(name, self)

    def allocations(self) -> list[Allocation]:
        """What was asked of schedulers, newest first, at most 1,000."""
        return [value_of(Allocation, row) for row in self._ask("allocations")["allocations"]]

    def usage(self) -> list[Usage]:
        """What tasks have had of the cores of each pool."""
        return [value_of(Usage, row) for row in self._ask("usage")["pools"]]

    def add_pool(self, name: str, *, ssh: str | None = None, **entries: Asked) -> PoolChange:
        """Declare a machine that is reached by ssh (a Host of your ssh config), and say how it stands then.

        Or a pool of another kind: `scheduler="slurm"`.

        Entries are those of `burro pool add`: cpus, gpus, mem, root, project, env, lease, ... and counters by their
        names. Raises UsageError.

        >>> queue.add_pool("gpu1", ssh="gpu1", cpus=16, root="~/proj", licence=2).state  # doctest: +SKIP
        'up'
        """
        way: dict[str, Asked] = {} if ssh is None else {"ssh": ssh}
        return self._act("add", name, values=_entries({**way, **entries}, self.path))

    def _act(self, act: str, pool: str, **more: object) -> PoolChange:
        return value_of(PoolChange, self._ask_apart("pool", act=act, pool=pool, **more))


@dataclass(frozen=True)
class Pool:
    """One pool of a queue, by its name. What acts on it says what it did; where there is none it raises NotFound."""

    name: str
    queue: Places = field(repr=False, compare=False)

    def show(self) -> PoolSummary:
        """What it is, has and does."""
        found = {pool.pool: pool for pool in self.queue.pools()}
        if self.name not in found:
            raise NotFound(f"there is no pool '{self.name}'; there is: {', '.join(found)}")
        return found[self.name]

    def set(self, **entries: Asked) -> PoolChange:
        """Change what it may use and how it is reached; None gives a value back to burro.toml, or to what is found.

        Of `env` and `datasets` only what is named changes. Raises UsageError.
        """
        values = _entries(entries, self.queue.path)
        if any(isinstance(values.get(name), dict) for name in MERGED):
            values = over(self.show().entries, values)
        return self._act("set", values=values)

    def dry_run(self) -> DryRun:
        """What would be handed over to get a worker of it; nothing is."""
        return value_of(DryRun, self.queue._ask_apart("pool", act="dry-run", pool=self.name))  # noqa: SLF001  # as below

    def pause(self) -> PoolChange:
        """Start nothing more there; what runs goes on."""
        return self._act("pause")

    def resume(self) -> PoolChange:
        """End a pause."""
        return self._act("resume")

    def start(self) -> PoolChange:
        """Connect to it now; `state` and `trouble` say how that ended."""
        return self._act("start")

    def check(self) -> PoolChange:
        """Look whether it answers; `state` and `trouble` say so."""
        return self._act("check")

    def stop(self, *, drain: bool = False, now: bool = False) -> PoolChange:
        """End its worker and the connection. Raises Failed while tasks run, unless they are waited for or stopped."""
        return self._act("stop", mode=_mode(drain=drain, now=now))

    def drain(self) -> PoolChange:
        """Start nothing more there, and return when what runs has ended and it is stopped."""
        return self._act("drain")

    def remove(self, *, drain: bool = False, now: bool = False) -> PoolChange:
        """Take it out of the queue; as `stop`. With `now` also what an unreachable machine has runs again elsewhere."""
        return self._act("remove", mode=_mode(drain=drain, now=now))

    def _act(self, act: str, **more: object) -> PoolChange:
        return self.queue._act(act, self.name, **more)  # noqa: SLF001  # of one piece with it


def open_pools(pools: Iterable[PoolSummary]) -> list[str]:
    """The pools that `all` means: those that take work, also where they are down just now. Raises UsageError."""
    names = [pool.pool for pool in pools if not pool.paused and pool.state not in CLOSED]
    if not names:
        raise UsageError("no pool takes work now; see: burro pools")
    return names


def over(row: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` for one pool: of tables, what it has stays but for what is named."""
    merged = {name: {**(row.get(name) or {}), **values[name]} for name in MERGED if isinstance(values.get(name), dict)}
    return {**values, **merged}


def _mode(*, drain: bool, now: bool) -> str:
    if drain and now:
        raise UsageError("drain= waits for what runs and now= stops it; give one of them")
    return "now" if now else "drain" if drain else "refuse"


def _entries(given: Mapping[str, Asked], queue: str) -> dict[str, Any]:
    """Entries as the server takes them: `auto` for None, a project where it lies here. Raises UsageError."""
    tables = {name: dict(value) for name, value in given.items() if isinstance(value, Mapping)}
    lists = {name: [str(one) for one in value] for name, value in given.items() if isinstance(value, (list, tuple))}
    rest = {name: value for name, value in given.items() if name not in tables and name not in lists}
    found = {name: "auto" if value is None else value for name, value in plain_options(rest).items()}
    if found.get("project", "auto") != "auto" and not is_elsewhere(queue):
        found["project"] = os.path.abspath(os.path.expanduser(str(found["project"])))
    return {**found, **tables, **lists}


def _summary(row: Mapping[str, Any]) -> PoolSummary:
    error = row.get("error") or {}
    counters = {name: value_of(Counter, one) for name, one in row["counters"].items()}
    return value_of(
        PoolSummary,
        row,
        error=error.get("text"),
        trouble_at=datetime.fromisoformat(error["at"]) if error.get("at") else None,
        counters=counters,
        entries={name: value for name, value in row.items() if name not in _PLAIN},
    )
