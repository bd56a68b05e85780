"""The server's process: from taking the queue's lock to leaving it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import sys
from collections.abc import Callable

from .. import __version__
from ..base.clock import now
from ..base.errors import BurroError
from ..base.log import Log
from ..base.paths import check_queue_dir, host, make_private_dir, make_queue_dir, runs_dir, socket_path
from ..base.rubbish import look_seldom
from ..base.title import set_title
from ..link.call import server_record
from ..link.listen import listen_at
from ..link.place import PATIENCE
from ..store import events, settings
from ..store.db import Database
from ..store.environments import Environments
from . import pooling, reporting, stays
from .cleaning import Cleaner
from .crew import Peer
from .direct import Direct
from .doors import Doors
from .following import Followers
from .gate import Gate
from .grow import Grow
from .homing import Homing
from .inboxes import Inboxes
from .listening import PeerEnd
from .local import LocalPool
from .lock import LOOK_EVERY, is_ours, take_lock
from .opening import Opening
from .parcels import Parcels
from .pools import CPUS
from .record import Record
from .recording import Recording
from .serving import Serving
from .state import DOWN, KEPT, Also, Server
from .succession import Succession
from .tethers import Tethers
from .turn import Turn

Wishes = dict[str, str | None]  # settings that come with the command line
_OTHERS = 10.0  # seconds for who keeps us in the foreground, as systemd, to start us again
IDLE = 60.0  # seconds without work and company after which the server leaves; BURRO_IDLE says otherwise


def main(
    queue: str,
    *,
    ready: int | None = None,
    take_over: bool = False,
    kept: bool = False,
    cpus: int | None = None,
    allocation: str | None = None,
    again: bool = False,
) -> int:
    """Serve a queue until told to leave; the exit code.

    `ready`: a descriptor that hears `ok`, or why not. `kept`: stay also when idle. `cpus`: for this machine's worker.
    `allocation`: the one that we are in, and stay in until its end. `again`: a worker starts us in place of a server
    that died; where the queue went down meanwhile nobody wants us.
    """
    os.umask(0o077)
    look_seldom()
    os.environ["BURRO_ROLE"] = "server"
    try:
        make_queue_dir(queue)
        lock = take_lock(queue, take_over=take_over, succeeds=allocation is not None)
        os.chdir(queue)
        set_title("burro-server")
        wishes = {KEPT: "yes" if kept or allocation else None, CPUS: None if cpus is None else str(cpus)}
        if not (again and _is_down(queue)):
            asyncio.run(_serve(queue, lock, ready, wishes, allocation=allocation))
    except BurroError as error:
        _answer(ready, str(error))
        return error.code
    os.close(lock)
    return 0


def _is_down(queue: str) -> bool:
    database = Database(os.path.join(queue, "burro.db"))
    try:
        return settings.get(database, DOWN) is not None
    finally:
        database.close()


def _announce(server: Server, serving: Serving, record: Record, ready: int | None) -> None:
    """From now on others find us."""
    record.write()
    _obey_signals(serving)
    server.log.say(f"server {__version__} is up for {server.queue}")
    _answer(ready, "ok")


def _answer(ready: int | None, text: str) -> None:
    """Tell who started us; without anybody, standard error hears what is wrong."""
    if ready is not None:
        with contextlib.suppress(BrokenPipeError):  # who started us was killed meanwhile; others come
            os.write(ready, text.encode("utf-8", "backslashreplace"))
        os.close(ready)
    elif text != "ok":
        sys.stderr.write(f"burro: {text}\n")


async def _serve(queue: str, lock: int, ready: int | None, wishes: Wishes, *, allocation: str | None) -> None:
    """Wire the parts, answer until told to leave."""
    server = _server(queue, wishes)
    server.allocation = allocation
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    followers = Followers(server, loop.call_later)
    pool = _local_pool(server, loop, kept=bool(wishes[KEPT]))
    serving = Serving(server, loop.call_later, leave=over.set, lives=pool.lives, idle=_idle())
    cleaner = Cleaner(server, followers, loop.call_later)
    tethers = Tethers(server, loop.call_later)
    opening = Opening(server, tethers, loop.call_later)
    inboxes = Inboxes(server, loop.call_later)
    gate = Gate(followers, serving, cleaner, opening, inboxes=inboxes)
    turn = Turn(server, gate, followers, serving, soon=loop.call_soon, later=loop.call_later)
    gone = functools.partial(_gone, server, followers, also=turn.also, tend=pool.tend)
    _begin(server, pool)
    end, record = listen_at(socket_path(queue)), Record(queue, allocation)
    listener = await loop.create_unix_server(functools.partial(PeerEnd, server, turn, gone), sock=end)
    _announce(server, serving, record, ready)
    pool.tend()
    opening.begin(turn.also)
    Homing(server, tethers, turn.also)
    Parcels(server, turn.also)
    grow, direct = Grow(server, loop.call_later, also=turn.also), Direct(server, turn.also)
    turn.watchers = [tethers.look, opening.turn_ended, grow.wake, direct.wake]
    tethers.begin(also=turn.also, arrive=turn.arrive, gone=gone)
    cleaner.begin(turn.also)
    inboxes.begin()
    Recording(server, loop.call_later).begin()
    _watch_place(queue, lock, serving, record)
    pooling.watch(server, loop.call_later, turn.also)
    doors = Doors(server, record, turn, gone, later=loop.call_later).begin()
    await direct.while_(_stay(server, grow, over))
    tethers.close()
    inboxes.close()
    await _leave(server, listener, doors, record)


def _local_pool(server: Server, loop: asyncio.AbstractEventLoop, *, kept: bool) -> LocalPool:
    """The workers here, which start the server again should it die."""
    command = [sys.executable, "-P", "-m", "burro.server", server.queue, "--again"]
    return LocalPool(server, loop.call_later, command=command, patience=_OTHERS if kept else PATIENCE)


def _gone(server: Server, followers: Followers, peer: Peer, *, also: Also, tend: Callable[[], None]) -> None:
    """A connection ended."""
    followers.leave(peer)
    if server.crew.of(peer) is not None:
        also(lambda: reporting.gone(server, peer))
        asyncio.get_running_loop().call_soon(tend)
    else:
        also(lambda: None)  # perhaps the last company left: look whether we are idle


async def _stay(server: Server, grow: Grow, over: asyncio.Event) -> None:
    """Until the server leaves."""
    succession = None if server.allocation is None else Succession(server, server.allocation)
    if succession is not None:
        succession.begin()
    await grow.until(over)
    if succession is not None:
        await succession.end()


def _idle() -> float:
    return float(os.environ.get("BURRO_IDLE", IDLE))


def _obey_signals(serving: Serving) -> None:
    """Who ends us ends what runs here."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, functools.partial(serving.stop, kill=True, here=True))


def _server(queue: str, wishes: Wishes) -> Server:
    """What it holds in its hands, as the store says. Raises BurroError."""
    check_queue_dir(queue)
    make_private_dir(
        runs_dir(queue)
    )  # workers write there with the umask of their tasks, perhaps in a directory that is open
    log = Log(os.path.join(queue, "server.log"), "server")
    database = Database(os.path.join(queue, "burro.db"))
    _note_wishes(database, wishes)
    server = Server(queue, database, Environments(os.path.join(queue, "env")), log)
    server.down = settings.get(database, DOWN) is not None
    server.environments.drop_unneeded(database)
    return server


def _note_wishes(database: Database, wishes: Wishes) -> None:
    """Settings that come with the command line; who asks the server to stay also wants it to work."""
    with database.write():
        for name, value in wishes.items():
            if value is not None:
                settings.put(database, name, value)
        if wishes[KEPT] is not None:
            settings.put(database, DOWN, None)


async def _leave(server: Server, listener: asyncio.AbstractServer, doors: Doors, record: Record) -> None:
    """Out of the way first, so that whoever comes now starts a new server; then let the last answers go out."""
    doors.close()
    record.remove()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(socket_path(server.queue))
    listener.close()
    await asyncio.sleep(0.05)
    server.db.close()
    server.log.say("server leaves")


def _begin(server: Server, pool: LocalPool) -> None:
    """The first transaction: what workers held whose directory is gone is lost."""
    with server.db.write():
        pool.settle_missing()
        stays.tidy(server)
        server.write_moves()
        events.add(server.db, "server up", f"pid {os.getpid()} on {host()}", now=now())


def _watch_place(queue: str, lock: int, serving: Serving, record: Record) -> None:
    """Now and then: leave where the queue's directory was removed, or another server took our place.

    Where it was only lost we say again where we are.
    """
    ours = is_ours(queue, lock)
    if not ours:
        serving.stop(kill=True, here=ours is not None)
        return
    if server_record(queue) is None:
        record.write()
    asyncio.get_running_loop().call_later(LOOK_EVERY, _watch_place, queue, lock, serving, record)
