"""Output of tasks that ran at another machine comes home: what is small with the end, the rest through the link."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Iterable
from functools import partial

from ..base.clock import now, steady
from ..base.failpoint import hit
from ..base.mounts import is_network
from ..link.lines import Message
from ..model.patterns import expand, letters_of, of_attempt
from ..store import events, far, forgetting, jobs
from ..store.far import Far, Mark
from ..store.jobs import Columns
from .arriving import Arriving
from .crew import Peer, WorkerEnd
from .grounds import ground_of
from .state import Also, Server
from .tethers import Tethers
from .views import files_of

_BLOCK = 2**19  # bytes that are fetched at a time
_MOST = 100  # files that are looked up together
_AGAIN = 60.0  # seconds until a file is tried again for which there was no room here


def output(server: Server, peer: Peer, message: Message) -> None:
    """What a worker says of a file: kept until its attempt's end is there, which follows at once."""
    end = server.crew.of(peer)
    if end is not None and end.ground is not None:
        job, idx, token = message["key"]
        end.brought[job, idx, token, str(message["which"])] = message


def attempt_of(server: Server, file: Far) -> tuple[Columns, Columns] | None:
    """Its job's row and its attempt's; None where they are forgotten."""
    if not forgetting.is_known(server.db, file.job):
        return None
    row = jobs.row(server.db, file.job)
    bounds = {"job": file.job, "first": file.idx, "last": file.idx}
    for attempt in server.db.dicts("attempts_of", bounds):
        if attempt["token"] == file.token:
            return row, attempt
    return None


def path_there(server: Server, row: Columns, attempt: Columns, *, which: str) -> str | None:
    """Where an attempt's file lies at its machine, by its pattern; None where there is none, or it is here."""
    ground = ground_of(server, attempt["pool"])
    spec = None if ground is None else ground.spec(row["spec"])
    if spec is None or not spec[which] or spec[which] == os.devnull:
        return None
    number = int(attempt["number"])
    letters = letters_of(spec, job=row["id"], idx=attempt["idx"], number=number, host=str(attempt["host"]))
    return os.path.join(str(spec["dir"]), expand(of_attempt(str(spec[which]), number), letters))


class Homing:
    """Brings files home. What is still to come stands in the store."""

    def __init__(self, server: Server, tethers: Tethers, also: Also) -> None:
        self._server, self._tethers, self._also = server, tethers, also
        server.homing, server.fetch = self.ended, self.fetch
        server.came.append(self.came)
        self._busy: dict[str, Arriving] = {}  # what is being fetched, by pool
        self._put_off: dict[Mark, float] = {}  # what found no room here, and when (steady) it is tried again

    def came(self, pool: str) -> None:
        """A pool is connected again: fetch all that is still to come, also what had found no room here."""
        self._put_off = dict.fromkeys(self._put_off, 0.0)
        self.resume(pool)

    def fetch(self, pool: str, answer: Callable[[Message], None], **question: object) -> bool:
        """Ask for a piece of a file of a pool; False where it is not connected."""
        tether = self._tethers.by_pool.get(pool)
        return tether is not None and tether.ask("fetch", answer, **question)

    def ended(self, end: WorkerEnd, keys: Iterable[tuple[int, int, int]]) -> None:
        """Attempts of a worker elsewhere have ended: their files are to come home. Within a turn."""
        server = self._server
        known: dict[Far, Message] = {}
        for key in keys:
            for which in ("out", "err"):
                said = end.brought.pop((*key, which), None)
                file = self._file(key, which, said)
                if file is not None and (said is None or "error" not in said):
                    known[file] = said or {}
        if known:
            far.add(server.db, known, worker=end.number)
            hit("home.before_commit")
            server.afterwards.append(lambda: self._write_small(end.pool, known))

    def _file(self, key: tuple[int, int, int], which: str, said: Message | None) -> Far | None:
        if said is not None:
            return Far(*key, which, str(said["path"]), said.get("size"))
        found = attempt_of(self._server, Far(*key, which, ""))
        if found is None or found[1]["outcome"] in ("lost", "released", "not-started"):
            return None
        path = path_there(self._server, *found, which=which)
        return None if path is None else Far(*key, which, path)

    def _write_small(self, pool: str, known: dict[Far, Message]) -> None:
        """What came with the ends is written at once: who waits for the end may look for the file."""
        left = []
        for file, said in known.items():
            content = _content(said)
            arriving = self._arriving(file)
            if arriving is None:
                self._also(partial(far.drop, self._server.db, [file]))
            elif content is None:
                left.append(file)
            elif is_network(os.path.dirname(arriving.path)):
                self._off(partial(arriving.whole, content), arriving)
            else:
                self._done(arriving, arriving.whole(content))
        if left:
            self.resume(pool)

    def _arriving(self, file: Far) -> Arriving | None:
        """The file here; None where nobody wants it any more."""
        found = attempt_of(self._server, file)
        if found is None:
            return None
        out, err = files_of(found[0], file.idx, found[1])
        path = out if file.which == "out" else err
        return None if path is None else Arriving(file, path, mode=0o666 & ~int(found[0]["spec"]["umask"]))

    def _off(self, work: Callable[[], str | None], arriving: Arriving) -> None:
        """Do it in a thread: a disk that hangs holds up nobody else."""
        future = asyncio.get_running_loop().run_in_executor(None, work)
        future.add_done_callback(lambda done: self._done(arriving, done.result()))

    def _done(self, arriving: Arriving, trouble: str | None) -> None:
        """It is here, or cannot be: either way that is that."""
        self._also(partial(self._note, arriving, trouble))

    def _note(self, arriving: Arriving, trouble: str | None) -> None:
        db, file = self._server.db, arriving.file
        if trouble is not None and arriving.lacks_room:
            self._wait_for_room(file, trouble)
            return
        far.drop(db, [file])
        self._put_off.pop(file.mark, None)
        if trouble is not None:
            task = jobs.task_name(db, file.job, file.idx)
            events.add(db, "output stays", f"{task}: {file.path}: {trouble}", job=file.job, now=now())
        elif arriving.path != arriving.wanted:
            far.rename(db, file, arriving.path)

    def _wait_for_room(self, file: Far, trouble: str) -> None:
        """It stays where it is until the disk here has room again. Within a turn."""
        if file.mark not in self._put_off:
            db = self._server.db
            text = f"{jobs.task_name(db, file.job, file.idx)}: {trouble}"
            events.add(db, "output waits for room", text, job=file.job, now=now())
        self._put_off[file.mark] = steady() + _AGAIN
        asyncio.get_running_loop().call_later(_AGAIN + 1, self._try_all)

    def _try_all(self) -> None:
        for pool in {end.pool for end in self._server.crew}:
            self.resume(pool)

    def resume(self, pool: str) -> None:
        """Fetch what is still to come from a pool, one file after the other, while it is connected."""
        if pool in self._busy or not self._server.crew.in_pool(pool) or self._server.stopping:
            return
        for file in far.of_pool(self._server.db, pool, most=_MOST + len(self._put_off)):
            if self._put_off.get(file.mark, 0.0) > steady():
                continue
            arriving = self._arriving(file)
            if arriving is not None:
                self._busy[pool] = arriving
                self._next_block(pool, arriving)
                return
            self._also(partial(far.drop, self._server.db, [file]))

    def _next_block(self, pool: str, arriving: Arriving) -> None:
        question = {"path": arriving.file.path, "offset": arriving.have, "size": _BLOCK}
        if not self.fetch(pool, lambda answer: self._took(pool, arriving, answer), **question):
            self._busy.pop(pool, None)

    def _took(self, pool: str, arriving: Arriving, answer: Message) -> None:
        if "op" not in answer:
            self._busy.pop(pool, None)  # the connection ended; the next one goes on
            return
        if "error" in answer:
            self._busy.pop(pool, None)
            self._also(partial(self._over, pool, arriving, str(answer["error"])))
            return
        block, is_last = base64.b64decode(answer["b64"]), bool(answer["eof"])
        future = asyncio.get_running_loop().run_in_executor(None, lambda: arriving.add(block, is_last=is_last))
        future.add_done_callback(lambda done: self._wrote(pool, arriving, done.result(), is_last=is_last))

    def _wrote(self, pool: str, arriving: Arriving, trouble: str | None, *, is_last: bool) -> None:
        if trouble is None and not is_last:
            self._next_block(pool, arriving)
            return
        self._busy.pop(pool, None)
        self._also(partial(self._over, pool, arriving, trouble))

    def _over(self, pool: str, arriving: Arriving, trouble: str | None) -> None:
        self._note(arriving, trouble)
        self._server.afterwards.append(lambda: self.resume(pool))


def _content(said: Message) -> bytes | None:
    if "text" in said:
        return str(said["text"]).encode("latin-1")
    return base64.b64decode(said["b64"]) if "b64" in said else None
