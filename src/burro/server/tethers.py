"""All pools that are reached by ssh: who is connected, what is said there first, and what may come from there."""

from __future__ import annotations

import glob
import os
import secrets
from collections.abc import Callable
from functools import partial

from .. import __version__
from ..base.clock import now, steady
from ..base.errors import BurroError
from ..base.paths import check_socket_dir, home, host
from ..link.lines import Message
from ..pools.bundle import worker_file
from ..pools.ssh import Greeting, control_path, ssh_argv
from ..store import events, settings, workers
from .askpass import with_password_command
from .reporting import lose_all
from .state import Also, Later, Server, nobody
from .tether import FarEnd, Tether, Way

_MAY_SAY = ("hello", "report", "output", "parcel", "asked")  # what comes from elsewhere is a worker's, and nothing else
_AFTER_LEASE = 30.0  # seconds: the worker has ended what it had by then
_LOOK_EVERY = 10.0  # seconds
_REACH = ("ssh", "python", "password_command", "lease")  # another one of these, and another connection is made

Arrive = Callable[[FarEnd, Message], None]


class Tethers:
    """Makes and ends tethers as pools come and go. `begin` says where their messages go."""

    def __init__(self, server: Server, later: Later) -> None:
        self._server, self._later = server, later
        self.by_pool: dict[str, Tether] = {}
        self._ways: dict[str, tuple[object, ...]] = {}
        self._version = -1
        self._file: tuple[bytes, str] | None = None
        self._workers: dict[FarEnd, str] = {}
        self._also: Also = nobody
        self._arrive: Arrive = nobody
        self._gone: Callable[[FarEnd], None] = nobody
        server.came.append(self.came)
        self._probe = {"path": os.path.join(server.queue, "probe"), "text": secrets.token_hex(16)}

    def begin(self, *, also: Also, arrive: Arrive, gone: Callable[[FarEnd], None]) -> None:
        """Connect all that are not stopped."""
        self._also, self._arrive, self._gone = also, arrive, gone
        with open(os.open(self._probe["path"], os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(self._probe["text"])
        self.look()
        self._watch_leases()

    def look(self) -> None:
        """See which pools there are now, where that may have changed."""
        pools = self._server.pools
        if pools.version == self._version or self._server.stopping:
            return
        self._version = pools.version
        wanted = [pool for pool in pools.remote if not pools.is_stopped(pool)]
        for pool in [pool for pool in self.by_pool if pool not in wanted]:
            self._end(pool)
        for pool in wanted:
            self._keep(pool)

    def close(self) -> None:
        """The server leaves: no process of ours stays."""
        for tether in self.by_pool.values():
            tether.stop()

    def _keep(self, pool: str) -> None:
        way = tuple(self._server.pools.value(pool, name) for name in _REACH)
        tether = self.by_pool.get(pool)
        if tether is None:
            tether = self.by_pool[pool] = Tether(self._server, pool, self._later, ground=self)
            self._server.reaches.pop(pool, None)
            tether.start()
        elif self._ways[pool] != way:
            tether.drop("its way was set anew")
            tether.start()
        self._ways[pool] = way

    def _end(self, pool: str) -> None:
        """Nobody wants it any more; a worker that was sent away ends the connection by itself."""
        tether = self.by_pool.pop(pool)
        self._server.reaches.pop(pool, None)
        tether.stop("the pool was stopped")

    def way(self, pool: str) -> Way:
        """The command that reaches a pool. Raises BurroError."""
        values = self._server.pools.values(pool)
        python = values.get("python")
        argv = ssh_argv(
            str(values["ssh"]), python=None if python is None else str(python), control_path=_control_path()
        )
        command = values.get("password_command")
        env = dict(os.environ)
        return (argv, env) if command is None else with_password_command(self._server.queue, pool, str(command), argv)

    def greet(self, pool: str) -> Greeting:
        """What is said there first."""
        if self._file is None:
            self._file = worker_file()
        values = self._server.pools.values(pool)
        message: Message = {
            "queue_id": settings.get(self._server.db, "queue_id"),
            "pool": pool,
            "queue": self._server.queue,
            "server_host": host(),
            "home": home(),
            "cpus": None,
            "lease": values.get("lease") or None,
            "probe": self._probe,
            "env": values.get("env") or {},
        }
        return Greeting(*self._file, message, version=__version__)

    def linked(self, pool: str, peer: FarEnd, answer: Message) -> None:
        """Messages flow: first see what became of the workers that were there."""
        self._workers[peer] = str(answer["worker"])
        self._also(partial(self._settle, pool, answer))

    def _settle(self, pool: str, answer: Message) -> None:
        """What is lost for certain, for its worker's directory is gone, is given out again. Within a turn."""
        server = self._server
        kept = ("home", "host", "boot", "user", "shared", "python")
        server.pools.note(pool, {name: answer.get(name) for name in kept})
        there = {*answer["worker_dirs"], answer["worker"]}
        for row in workers.listed(server.db):
            if row["pool"] == pool and row["host"] == answer["host"] and row["name"] not in there:
                lose_all(server, row["id"], f"the directory of its worker at {answer['host']} is gone")
        server.write_moves()
        events.add(server.db, "pool connected", f"{pool}: {answer['user']} at {answer['host']}", now=now())
        for linked in server.linked:
            linked(pool)

    def heard(self, pool: str, peer: FarEnd, message: Message) -> None:
        """A message for the next turn; a machine elsewhere may say what workers say, for its own worker."""
        op = message.get("op")
        ours = op != "hello" or (message.get("pool"), message.get("worker")) == (pool, self._workers.get(peer))
        if op in _MAY_SAY and ours:
            self._arrive(peer, message)
        else:
            self._server.log.say(f"{pool} said what it may not say: {str(op)[:50]}")
            peer.close()

    def came(self, pool: str) -> None:
        """A worker was welcomed and told its lease: once it has answered to what follows, it is known to know it."""
        lease, tether = self._server.pools.value(pool, "lease") or None, self.by_pool.get(pool)

        def heard(message: Message) -> None:
            if "error" not in message:
                self._also(lambda: self._server.pools.note(pool, {"lease": lease}))

        if tether is not None:
            tether.ask("ping", heard)

    def ended(self, pool: str, peer: FarEnd | None, why: str) -> None:
        """A connection is over, or was not to be had."""
        self._server.log.say(f"{pool}: {why}")
        if peer is not None:
            self._workers.pop(peer, None)
            self._gone(peer)
        self._also(partial(self._note, pool, why, lost=peer is not None))

    def _note(self, pool: str, why: str, *, lost: bool) -> None:
        """Write it down, but not each try. Within a turn."""
        if lost and pool in self.by_pool:
            events.add(self._server.db, "pool away", f"{pool}: {why}", now=now())

    def _watch_leases(self) -> None:
        """What a machine holds whose lease is over for long is lost: its worker has ended it."""
        self._later(_LOOK_EVERY, self._watch_leases)
        for pool, tether in self.by_pool.items():
            lease = self._server.pools.facts(pool).get("lease")
            silent = steady() - tether.last_word
            if lease and silent > lease + _AFTER_LEASE and not self._server.crew.in_pool(pool):
                self._also(partial(give_up, self._server, pool, "its lease was over"))


def give_up(server: Server, pool: str, why: str) -> None:
    """All that the workers of a pool hold is lost. Within a turn."""
    for row in workers.listed(server.db):
        if row["pool"] == pool:
            end = server.crew.by_name.get(row["name"])
            if end is not None:
                server.crew.remove(end)
            lose_all(server, row["id"], why)
    server.write_moves()


def _control_path() -> str | None:
    """Where the master connections of `burro pool login` lie; None where there is none."""
    path = control_path()
    try:
        check_socket_dir(os.path.dirname(path))
    except BurroError:
        return None
    return path if glob.glob(path.replace("%C", "*")) else None
