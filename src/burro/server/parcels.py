"""Outputs of scheduled tasks that ran elsewhere come home, each task's in one parcel, before its end is told.

Nothing of it is kept in the store: a worker offers a parcel until it hears what became of it, and unpacking one again
does the same.
"""

from __future__ import annotations

import asyncio
import base64
import errno
import os
import shutil
import tarfile
import zlib
from collections import defaultdict, deque
from collections.abc import Callable
from functools import partial

from ..base.clock import now
from ..base.errors import BurroError
from ..base.failpoint import hit
from ..link.lines import Message
from ..store import events, jobs
from .crew import Key, Peer, WorkerEnd
from .state import Also, Server
from .stays import stays_file
from .unpacking import Target, target_of, unpack

_BLOCK = 2**19  # bytes that are fetched at a time
_AGAIN = 60.0  # seconds until a parcel is tried again for which there was no room here
_FULL = (errno.ENOSPC, errno.EDQUOT)


def offered(server: Server, peer: Peer, message: Message) -> None:
    """A worker has a parcel: it is looked at once this turn is over."""
    end = server.crew.of(peer)
    if end is not None and end.ground is not None:
        server.afterwards.append(lambda: server.parcel(end, message))


class Arrival:
    """One parcel on its way: whose it is, and where it lies there and here."""

    def __init__(self, pool: str, worker: str, key: Key, said: Message, *, directory: str) -> None:
        self.pool, self.worker, self.key, self.there = pool, worker, key, str(said["path"])
        self.said = said
        self.here = os.path.join(directory, "-".join(map(str, key)) + ".tar")
        self.have = 0

    def add(self, block: bytes) -> None:
        """The next piece. Raises OSError."""
        os.makedirs(os.path.dirname(self.here), mode=0o700, exist_ok=True)
        with open(self.here, "ab" if self.have else "wb") as file:
            file.write(block)
        self.have += len(block)


class Parcels:
    """Brings parcels home: what is small comes with the offer, the rest piece by piece through the link."""

    def __init__(self, server: Server, also: Also) -> None:
        self._server, self._also = server, also
        server.parcel = self.offered
        self._directory = os.path.join(server.queue, "parcels")
        shutil.rmtree(self._directory, ignore_errors=True)  # what an earlier server was at comes again
        self._waiting: dict[str, deque[Arrival]] = defaultdict(deque)  # to be fetched, by pool
        self._fetching: dict[str, Arrival] = {}
        self._opening: set[Key] = set()

    def offered(self, end: WorkerEnd, message: Message) -> None:
        """A worker has a parcel, and waits for our word."""
        job, idx, token = message["key"]
        key: Key = (job, idx, token)
        if key not in end.held:
            end.peer.send({"op": "unpacked", "key": list(key), "trouble": None})  # its end changes nothing any more
        elif key not in self._opening:
            arrival = Arrival(end.pool, end.name, key, message, directory=self._directory)
            content = _content(message)
            if content is not None:
                self._off(arrival, content, is_last=True)
                return
            waiting = self._waiting[end.pool]
            self._waiting[end.pool] = deque([*(one for one in waiting if one.key != key), arrival])
            self._fetch_next(end.pool)

    def _fetch_next(self, pool: str) -> None:
        while pool not in self._fetching and self._waiting[pool]:
            arrival = self._waiting[pool].popleft()
            self._fetching[pool] = arrival
            self._next_block(arrival)

    def _next_block(self, arrival: Arrival) -> None:
        question = {"path": arrival.there, "offset": arrival.have, "size": _BLOCK}
        if not self._server.fetch(arrival.pool, partial(self._took, arrival), **question):
            self._fetching.pop(arrival.pool, None)

    def _took(self, arrival: Arrival, answer: Message) -> None:
        if "op" not in answer:  # the connection ended; with the next one it is offered again
            self._fetching.pop(arrival.pool, None)
            self._waiting[arrival.pool].clear()
        elif "error" in answer:
            self._over(arrival, str(answer["error"]))
        else:
            self._off(arrival, base64.b64decode(answer["b64"]), is_last=bool(answer["eof"]))

    def _off(self, arrival: Arrival, block: bytes, *, is_last: bool) -> None:
        """Write it in a thread: a disk that hangs holds up nobody else."""
        work: Callable[[], OSError | str | None] = partial(_take, arrival, block)
        if is_last:
            self._opening.add(arrival.key)
            spec = jobs.row(self._server.db, arrival.key[0])["spec"]
            job, idx, _ = arrival.key
            work = partial(
                _take, arrival, block, target=target_of(spec, idx, stays=stays_file(self._server.queue, job, idx))
            )
        future = asyncio.get_running_loop().run_in_executor(None, work)
        future.add_done_callback(lambda done: self._wrote(arrival, done.result(), is_last=is_last))

    def _wrote(self, arrival: Arrival, trouble: OSError | str | None, *, is_last: bool) -> None:
        if isinstance(trouble, OSError) and trouble.errno in _FULL:
            self._wait_for_room(arrival, trouble)
        elif trouble is not None:
            self._over(arrival, _told(trouble))
        elif is_last:
            hit("parcel.after_unpack")
            self._over(arrival, None)
        else:
            self._next_block(arrival)

    def _over(self, arrival: Arrival, trouble: str | None) -> None:
        """It is unpacked, or cannot be: its worker tells the end now."""
        self._put_by(arrival)
        end = self._server.crew.by_name.get(arrival.worker)
        if end is not None:
            end.peer.send({"op": "unpacked", "key": list(arrival.key), "trouble": trouble})

    def _put_by(self, arrival: Arrival) -> None:
        self._opening.discard(arrival.key)
        if self._fetching.get(arrival.pool) is arrival:
            del self._fetching[arrival.pool]
        asyncio.get_running_loop().call_soon(self._fetch_next, arrival.pool)

    def _wait_for_room(self, arrival: Arrival, trouble: OSError) -> None:
        """It stays where it is until the disk here has room again."""
        self._put_by(arrival)
        job, idx, _ = arrival.key
        text = f"{jobs.task_name(self._server.db, job, idx)}: {_told(trouble)}"
        self._also(partial(events.add, self._server.db, "output waits for room", text, job=job, now=now()))
        asyncio.get_running_loop().call_later(_AGAIN, self._offer_again, arrival)

    def _offer_again(self, arrival: Arrival) -> None:
        end = self._server.crew.by_name.get(arrival.worker)
        if end is not None and not self._server.stopping:
            self.offered(end, arrival.said)


def _take(arrival: Arrival, block: bytes, *, target: Target | None = None) -> OSError | str | None:
    """Write a piece, and with the last one all of it to its places; the trouble, or None."""
    try:
        arrival.add(block)
        if target is None:
            return None
        unpack(arrival.here, target)
    except OSError as error:
        _remove(arrival.here)
        return error
    except (BurroError, tarfile.TarError, EOFError, zlib.error, ValueError, KeyError) as error:
        _remove(arrival.here)
        return str(error)
    _remove(arrival.here)
    return None


def _remove(path: str) -> None:
    if os.path.exists(path):
        os.unlink(path)


def _told(trouble: OSError | str) -> str:
    if isinstance(trouble, str):
        return trouble
    return f"{trouble.filename}: {trouble.strerror}" if trouble.filename else str(trouble.strerror)


def _content(said: Message) -> bytes | None:
    if "text" in said:
        return str(said["text"]).encode("latin-1")
    return base64.b64decode(said["b64"]) if "b64" in said else None
