"""Looking at pools and setting them: what may be used, and what each answer says was and is."""

from __future__ import annotations

from collections.abc import Mapping

from ..base.clock import iso, now
from ..base.errors import UsageError
from ..base.paths import host
from ..link.lines import Message
from ..model.growth import GROWTH
from ..model.links import JOIN, LINK, PREFIX
from ..model.pool import FIFO, LOCAL, SCHEDULER, SSH, Value, check, comes, has_way, read_entry, read_name
from ..store import events
from . import ahead, allocations, desks, left_out, standing, unserved
from .clients import SCHEDULERS
from .crew import Peer, WorkerEnd
from .introducing import of_pool
from .pools import PAUSED
from .settled import in_words
from .state import Also, Later, Server, machine_cpus

_OWN = (
    *(SSH, SCHEDULER, PREFIX, JOIN, LINK, "mem", "python", "root", "project"),
    *("env", "lease", "ahead", "before", "after", "wrap", "password_command", "deploy", *desks.ENTRIES),
)
_SHOWN = ("project", "env", "lease", "ahead", "before", "password_command", "deploy", "datasets", "datadir")
_ON_NODES = ("env", "lease", "ahead", "before", "after", "wrap")
_EVERY = 2.0  # seconds between looks at the files

Changes = Mapping[str, Value | bool | None]


def room(server: Server, end: WorkerEnd) -> Message:
    """What a worker is told that it may use; null: all it found."""
    said = server.pools.value(end.pool, "gpus")
    cpus = server.pools.cpus(end.pool, -1)
    return {
        "cpus": None if cpus < 0 else cpus,
        "gpus": None if said is None else list(end.gpus),
        "mem": server.pools.number(end.pool, "mem"),
    }


def show_pools(server: Server, _peer: Peer, _message: Message) -> Message:
    """The pools, what is used of each, and where each value comes from."""
    look(server)
    return {"pools": [_view(server, pool) for pool in server.pools.names], "troubles": server.pools.troubles}


def set_pool(server: Server, _peer: Peer, message: Message) -> Message:
    """Set, pause or resume a pool. Raises NotFound for one that is not, UsageError for what cannot be."""
    look(server)
    pool, act = server.pools.need(str(message.get("pool"))), message.get("act")
    if act == "pause":
        return change(server, pool, {PAUSED: True})
    if act == "resume":
        left_out.forget(server, pool)
        zero = server.pools.value(pool, "cpus") == 0
        return change(server, pool, {PAUSED: None, **({"cpus": None} if zero else {})})
    values = message.get("values") or {}
    if act != "set" or not values:
        raise UsageError(f"nothing to set; write what: burro pool set {pool} --cpus N")
    if left_out.CURES & set(values):
        left_out.forget(server, pool)
    return change(server, pool, _read_all(server, pool, values))


def add(server: Server, message: Message) -> Message:
    """Declare a pool. Raises UsageError for one that is there already, or what cannot be."""
    pool = read_name(str(message.get("pool")))
    if pool in server.pools.names:
        raise UsageError(f"there is a pool '{pool}' already; change it with: burro pool set {pool}")
    values = _read_all(server, pool, message.get("values") or {})
    given = {name: value for name, value in values.items() if value is not None}
    if not has_way(given):
        raise UsageError(f"a pool needs a way there; write: burro pool add {pool} --ssh HOST")
    server.pools.drop(pool)  # what was said of one of that name before is of no use
    return change(server, pool, values, text=f"{pool}: added, {_way_in_words(given)}")


def _way_in_words(values: Mapping[str, Value]) -> str:
    if not comes(values) and SCHEDULER not in values:
        return f"{values[SSH]} by ssh"
    started = values.get(SCHEDULER) or values.get(PREFIX)
    at = f" at {values[SSH]}" if SSH in values else ""
    return f"by {started}{at}" if started else "for workers that are started with: burro worker start"


def _read_all(server: Server, pool: str, values: Mapping[str, object]) -> dict[str, Value | None]:
    found = {name: _read(name, value) for name, value in values.items()}
    together = {**server.pools.values(pool), **found}
    check(pool, {name: value for name, value in together.items() if value is not None})
    options = found.get("options")
    name = found.get(SCHEDULER) or server.pools.value(pool, SCHEDULER)
    if isinstance(options, list) and name is not None:
        SCHEDULERS[str(name)]().check_options(options)
    return found


def _read(name: str, value: object) -> Value | None:
    """A value, or None for `auto`: what the file says, or what is found."""
    return None if value == "auto" else read_entry(name, value)


def change(server: Server, pool: str, changes: Changes, *, text: str | None = None) -> Message:
    """Set values, tell the workers, and say of each what it was and is."""
    before = _values(server, pool)
    server.pools.put(pool, changes)
    tell_workers(server)
    after = _values(server, pool)
    names = [*after, *(name for name in before if name not in after)]
    changed = {
        name: {"old": before.get(name), "new": after.get(name)}
        for name in names
        if before.get(name) != after.get(name) or name in changes
    }
    told = ", ".join(in_words(name, one["old"], one["new"]) for name, one in changed.items())
    text = text or f"{pool}: {told}"
    events.add(server.db, "pool set", text, now=now())
    server.wake()
    return {"pool": pool, "changed": changed, "text": text, "state": standing.state(server, pool)}


def look(server: Server) -> None:
    """Take what changed in the files. Within a turn."""
    if not server.pools.look():
        return
    for trouble in server.pools.troubles:
        server.log.say(trouble)
    events.add(server.db, "pools read", "; ".join(server.pools.troubles) or "burro.toml", now=now())
    tell_workers(server)


def watch(server: Server, later: Later, also: Also) -> None:
    """Look at the files now and then; a change is taken in a turn of its own, and what was put off comes again."""
    if server.pools.is_stale or server.put_off:
        also(lambda: look(server))
    later(_EVERY, lambda: watch(server, later, also))


def tell_workers(server: Server) -> None:
    """Workers hear what they may use, where that is something else now."""
    for end in server.crew:
        if end.around != of_pool(server, end.pool):
            end.changed_jobs |= end.heard_jobs
        cpus = server.pools.cpus(end.pool, end.found)
        gpus, mem = server.pools.gpus(end.pool, end.found_gpus), server.pools.mem(end.pool, end.found_mem)
        if (cpus, gpus, mem) != (end.cpus, end.gpus, end.mem):
            end.cpus, end.gpus, end.mem = cpus, gpus, mem
            server.say(end.peer, {"op": "room", **room(server, end)})
            if not cpus:
                ahead.take_back(server, end)


def _values(server: Server, pool: str) -> dict[str, object]:
    """What is in force, by name."""
    ends = server.crew.in_pool(pool)
    pools = server.pools
    return {
        "cpus": _cpus(server, pool),
        "gpus": list(dict.fromkeys(gpu for end in ends for gpu in end.gpus)) or list(pools.gpus(pool, ())),
        "policy": pools.policy(pool) or FIFO,
        PAUSED: pools.is_paused(pool) or pools.value(pool, "cpus") == 0,
        **pools.counters(pool),
        **{name: value for name, value in pools.values(pool).items() if name in _OWN},
    }


def _cpus(server: Server, pool: str) -> int:
    """Cpus of the pool's workers together, pause or not."""
    said = server.pools.value(pool, "cpus")
    found = sum(end.found for end in server.crew.in_pool(pool))
    there = machine_cpus() if pool == LOCAL else int(server.pools.facts(pool).get("cpus") or 0)
    return said if isinstance(said, int) else found or there


def _view(server: Server, pool: str) -> Message:
    ends = server.crew.in_pool(pool)
    values = _values(server, pool)
    stocks = server.pools.stocks(server.crew)
    free = stocks[pool].left if pool in stocks else server.pools.counters(pool)
    return {
        "pool": pool,
        "workers": len(ends),
        "cpus": values["cpus"],
        "cpus_used": sum(min(end.cpus_used, max(end.cpus, end.found)) for end in ends),
        "mem": sum(end.mem for end in ends),
        "gpus": values["gpus"],
        "gpus_used": sum(end.gpus_used for end in ends),
        "counters": {
            name: {"total": total, "used": total - free.get(name, total)}
            for name, total in server.pools.counters(pool).items()
        },
        "policy": values["policy"],
        "paused": values[PAUSED],
        "running": sum(len(end.running) for end in ends),
        "sources": server.pools.sources(pool),
        "state": standing.state(server, pool),
        "unserved": unserved.shown(server.unserved.get(pool)),
        "waiting": server.db.run("count_ready_of_pool", {"pool": pool})[0][0],
        **(_way_there(server, pool) if pool != LOCAL else {"kind": "local", "host": host(), "error": None}),
    }


def _way_there(server: Server, pool: str) -> Message:
    """What only a pool that is elsewhere has to show."""
    if server.pools.is_direct(pool):
        return desks.view(server, pool)
    if server.pools.comes(pool):
        return _coming(server, pool)
    reached, facts, values = server.reached(pool), server.pools.facts(pool), server.pools.values(pool)
    error = None if reached.error is None else {"text": reached.error, "at": iso(reached.since)}
    return {
        "kind": SSH,
        "host": values[SSH],
        "error": error,
        "shared": facts.get("shared"),
        "home": facts.get("home"),
        "node": facts.get("host"),
        "python": facts.get("python"),
        "root": values.get("root", "~"),
        **{name: values.get(name) for name in _SHOWN},
    }


def _coming(server: Server, pool: str) -> Message:
    """What a pool has to show whose workers come to us."""
    values, reached = server.pools.values(pool), server.reached(pool)
    return {
        "kind": values.get(SCHEDULER) or ("prefix" if PREFIX in values else JOIN),
        "host": values.get(SSH),
        "error": None if reached.error is None else {"text": reached.error, "at": iso(reached.since)},
        "left_out": left_out.views(server, pool),
        **{name: values.get(name) for name in (PREFIX, LINK, *_ON_NODES, *GROWTH)},
        **allocations.of_pool(server, pool),
    }
