"""Tasks on their way to a scheduler: put together, written down, and asked for."""

from __future__ import annotations

import json
import math
import os
import secrets
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..link.slips import Slip
from ..model import fields
from ..model.script import option_lines, script_options
from ..model.signals import parse_signal
from ..model.spec import parse_needs
from ..pools.tasks import Batch
from .asking import START, options_of, worker_at
from .crew import Key
from .desk import Desk, Todo
from .slipbox import LOG, SlipBox
from .state import Server
from .terms import lease_of


@dataclass(frozen=True)
class Lot:
    """Claims of one job that go together; `places`: of each in the scheduler's array, None: it is none."""

    job: int
    todos: tuple[Todo, ...]
    places: tuple[int, ...] | None

    @property
    def keys(self) -> list[Key]:
        """The claims."""
        return [todo.key for todo in self.todos]

    @property
    def seats(self) -> dict[Key, int | None]:
        """The place of each."""
        places: Sequence[int | None] = self.places or [None] * len(self.todos)
        return dict(zip(self.keys, places, strict=True))


def lots(desk: Desk, todos: Iterable[Todo], *, highest: int) -> Iterator[Lot]:
    """What can go together: tasks of one array that have grown alike, no more than an array takes."""
    found: dict[tuple[int, str], list[Todo]] = defaultdict(list)
    for todo in todos:
        found[todo.key[0], json.dumps(todo.more)].append(todo)
    for (job, _), together in found.items():
        together.sort(key=lambda todo: todo.key[1])
        if desk.specs[job]["single"]:
            yield from (Lot(job, (todo,), None) for todo in together)
            continue
        for first in range(0, len(together), highest + 1):
            part = tuple(together[first : first + highest + 1])
            fits = part[-1].key[1] <= highest
            yield Lot(job, part, tuple(todo.key[1] if fits else place for place, todo in enumerate(part)))


def new_mark(pool: str, job: int) -> str:
    """A name of ours that nothing else has."""
    return f"burro-{pool}-{job}-{secrets.token_hex(5)}"


def slip_of(server: Server, desk: Desk, lot: Lot) -> Slip:
    """What the tasks' own part there has to know."""
    spec, values = desk.specs[lot.job], server.pools.values(desk.pool)
    return {
        "spec": {**spec, "slurm": False},
        "env": desk.envs.get(str(spec["env"]), {}),
        "env_of_pool": values.get("env"),
        "before": values.get("before"),
        "worker": desk.name,
        "queue": server.queue,
        "lease": lease_of(server, desk.pool),
        "tasks": {"" if place is None else str(place): _told(todo) for place, todo in zip_places(lot)},
    }


def zip_places(lot: Lot) -> Iterator[tuple[int | None, Todo]]:
    """Each claim with its place."""
    return iter((place, todo) for todo, place in zip(lot.todos, lot.seats.values(), strict=True))


def _told(todo: Todo) -> list[Any]:
    more = [dict(todo.more)] if todo.more else []
    return [todo.key[1], todo.key[2], todo.number, todo.command, *more]


def batch_of(server: Server, desk: Desk, lot: Lot, *, mark: str, box: SlipBox) -> Batch:
    """What the scheduler is asked. Raises UsageError or OSError."""
    spec = desk.specs[lot.job]
    return replace(
        frame(server, desk.pool, mark=mark, directory=box.of(mark)),
        places=lot.places,
        lines=_lines(spec),
        **_needs(spec, lot.todos[0].more or {}),
        warn=_warn(spec),
    )


def frame(server: Server, pool: str, *, mark: str, directory: str) -> Batch:
    """What every task of a pool is asked for with, whatever it is. Raises UsageError or OSError."""
    values = server.pools.values(pool)
    python = str(values.get("python") or sys.executable)
    time = values.get("time")
    return Batch(
        mark=mark,
        command=("/bin/sh", "-c", START, python, worker_at(os.path.join(server.queue, "nodes")), "direct", directory),
        log=os.path.join(directory, LOG),
        directory=directory,
        options=tuple(options_of(server, pool)),
        usual_time=None if time is None else float(str(time)),
    )


def _lines(spec: Slip) -> tuple[str, ...]:
    if spec["kind"] != "script":
        return ()
    return tuple(line for kind, line in option_lines(spec["command"]["text"]) if kind == "#SBATCH")


def _warn(spec: Slip) -> tuple[int, int] | None:
    """Where the task has no time limit of its own only its scheduler knows when to warn."""
    warn = spec.get("warn")
    if warn is None or spec.get("time") is not None:
        return None
    return math.ceil(warn["before"]), parse_signal(warn["signal"])


def _needs(spec: Slip, more: Slip) -> dict[str, Any]:
    """What the task needs, as far as its own lines do not say so."""
    said = script_options(spec["command"]["text"])[0] if spec["kind"] == "script" else {}
    written = parse_needs({name: said[name] for name in ("cpus", "mem", "gpus") if name in said})
    needs = {name: more.get(name, spec.get(name)) for name in ("cpus", "mem", "gpus", "time")}
    known = {**written.plain, "time": fields.seconds(said.get("time"), "time")}
    return {name: value for name, value in needs.items() if value and value != known[name]}
