"""A turn's placement with 10,000 waiting jobs of mixed needs: the part of a turn that looks at the line and claims.

The store, the line and the placement are the real ones, within this process; only the worker is not there.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from figures import Figure, Report

from burro.base.log import Log
from burro.model.job import Needs
from burro.model.spec import parse_submission
from burro.server import pooling
from burro.server.crew import WorkerEnd
from burro.server.placing import hand_out
from burro.server.state import Server
from burro.store import jobs, workers
from burro.store.db import Database
from burro.store.environments import Environments

JOBS, QUICK = 10_000, 1_000
_TURNS = 100
_CPUS = 64
_MACHINES = 4  # that are reached by ssh
_MOST = 5.0  # ms a turn
_HELLO = {"worker": "w", "pool": "local", "host": "h", "boot": "b", "pid": 1, "cpus": _CPUS, "mem": 2**38}


class _Ear:
    """A worker's end of a connection that takes everything."""

    def send(self, message: object) -> None:
        """Nobody listens."""

    def close(self) -> None:
        """Nobody leaves."""


def measure(*, quick: bool) -> Report:
    """Time turns in which one task has ended, in which a small one alone would fit, and in which nothing fits."""
    count = QUICK if quick else JOBS
    with _server(count) as server:
        cases: list[tuple[str, Callable[[Server], None]]] = [
            ("one task ended, fifo", lambda server: _leave_free(server, 4)),
            ("little room, fifo", lambda server: _leave_free(server, 1)),
            ("no room", lambda server: _leave_free(server, 0)),
            ("an empty worker", lambda server: _leave_free(server, _CPUS)),
        ]
        figures = [_figure(server, count, *case) for case in cases]
        with server.db.write():
            pooling.change(server, "local", {"policy": "mcf"})
        figures.append(_figure(server, count, "one task ended, mcf", lambda server: _leave_free(server, 4)))
        _add_machines(server)
        figures.append(_filling(server, count))
        figures.append(
            _figure(server, count, "no room, four full machines by ssh", lambda server: _leave_free(server, 0))
        )
        figures.append(_figure(server, count, "a task ended at each of four machines by ssh", _end_ahead))
        figures.append(_figure(server, count, "a small task goes before all", _go_first))
    return Report("placement", figures)


def _filling(server: Server, count: int) -> Figure:
    """The turns in which four machines get all that waits there: the slowest of them."""
    times = []
    _leave_free(server, 0)
    while not times or server.again:
        server.again = False
        times.append(_turn(server))
    waiting = sum(len(end.ahead) for end in server.crew)
    beside = f"the slowest of {len(times)}, in which {waiting:,} tasks are handed ahead"
    return Figure(
        f"a turn's placement, {count:,} jobs: four empty machines by ssh", max(times), "ms", _MOST, beside=beside
    )


def _turn(server: Server) -> float:
    """Milliseconds."""
    with server.db.write():
        began = time.perf_counter()
        hand_out(server)
        server.write_moves()
        taken = (time.perf_counter() - began) * 1000
    server.outgoing.clear()
    return taken


def _add_machines(server: Server) -> None:
    with server.db.write():
        for place in range(_MACHINES):
            name = f"m{place}"
            pooling.add(server, {"pool": name, "values": {"ssh": name}})
            hello = {**_HELLO, "worker": name, "pool": name, "cpus": 8}
            number = workers.sign_in(server.db, hello, now=0.0)
            server.crew.add(WorkerEnd(_Ear(), number, {**hello, "gpus": []}, cpus=8))
    server.outgoing.clear()


def _end_ahead(server: Server) -> None:
    """The oldest task of each machine has ended, and the first that waited there has begun."""
    _leave_free(server, 0)
    for end in server.crew:
        if end.ahead:
            end.drop([next(key for key in end.held if key not in end.ahead)])
            end.began(next(iter(end.ahead)))


def _go_first(server: Server) -> None:
    _leave_free(server, 0)
    server.again = False
    with server.db.write():
        _put(server, {"priority": 9})


def _figure(server: Server, count: int, what: str, prepare: Callable[[Server], None]) -> Figure:
    times = []
    for _ in range(_TURNS):
        prepare(server)
        times.append(_turn(server))
    beside = f"mean of {_TURNS}; the slowest {max(times):.2f} ms"
    return Figure(f"a turn's placement, {count:,} jobs: {what}", statistics.mean(times), "ms", _MOST, beside=beside)


def _leave_free(server: Server, cpus: int) -> None:
    """The worker has just one claim, which leaves so many cpus free."""
    end = server.crew.by_name["w"]
    end.drop(list(end.held))
    if cpus < _CPUS:
        end.hand((0, 0, 0), Needs(_CPUS - cpus))


@contextmanager
def _server(count: int) -> Iterator[Server]:
    """A server's parts with so many waiting jobs, and one worker."""
    with tempfile.TemporaryDirectory(prefix="burro-bench-") as name:
        root = Path(name)
        db = Database(str(root / "burro.db"))
        server = Server(str(root), db, Environments(str(root / "env")), Log(str(root / "server.log"), "server"))
        with db.write():
            pooling.change(server, "local", {"licence": 3, "cpus": _CPUS})
            number = workers.sign_in(db, _HELLO, now=0.0)
            dice = random.Random(1)
            for _ in range(count):
                _add(server, dice)
        server.crew.add(WorkerEnd(_Ear(), number, {**_HELLO, "gpus": ["0", "1"]}, cpus=_CPUS))
        try:
            yield server
        finally:
            db.close()


def _add(server: Server, dice: random.Random) -> None:
    """A job that needs something or other: half of them more than a nearly full worker ever has free."""
    options = {
        "cpus": dice.choice([1, 2, 4, 8, 16, 32, 64]),
        "mem": dice.choice([None, "1G", "16G", "64G"]),
        "gpus": dice.choice([0, 0, 0, 1, 2]),
        "need": dice.choice([None, None, None, "licence=1", "licence=3"]),
        "priority": dice.choice([0, 0, 0, 5, -5]),
        "array": dice.choice([None, "0-9", "0-99%4"]),
    }
    _put(server, {name: value for name, value in options.items() if value is not None})


def _put(server: Server, given: dict[str, object]) -> None:
    context = {"cwd": "/", "env": {}, "user": "ann"}
    new = parse_submission({"argv": ["true"], "options": given}, context, queue=server.queue, now=0.0)
    jobs.add(server.db, new, env="none", request=None, now=0.0)
