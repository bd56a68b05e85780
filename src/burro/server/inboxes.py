"""Inboxes: which directories are watched, and the processes that do it: a file system that hangs stops only them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..base.clock import iso, now, steady
from ..base.errors import NotFound, UsageError
from ..base.paths import make_private_dir
from ..link.lines import Message
from ..model.inbox import REPORTS, parse_settings
from ..store import events, inboxes
from .crew import Peer
from .launch import Watcher, start_watcher
from .state import Later, Server

_PAUSES = (0.1, 0.5, 2.0, 10.0, 60.0)  # seconds before a watcher that ended is started again
_STEADY = 60.0  # one that lived so long may be started at once


@dataclass
class Watched:
    """A directory that is watched. `seen`: what its watcher said last, and when."""

    watcher: Watcher | None = None
    began: float = 0.0
    ends: int = 0  # times in a row that it ended soon
    seen: Mapping[str, Any] = field(default_factory=dict)
    at: float | None = None  # seconds since 1970
    leaves: bool = False  # its watcher was told to leave: what it still says is of the past


class Inboxes:
    """The acts of `inbox`, and the watchers."""

    def __init__(self, server: Server, later: Later) -> None:
        self._server, self._later = server, later
        self._watched: dict[str, Watched] = {}
        self._over = False
        self._acts: Mapping[str, Callable[[str, Message], Message]] = {
            "add": self._add,
            "remove": self._remove,
            "pause": self._pause,
            "resume": self._resume,
            "seen": self._hear,
        }

    def act(self, _server: Server, _peer: Peer, message: Message) -> Message:
        """One act. Raises NotFound or UsageError."""
        act = str(message.get("act"))
        if act == "list":
            return {"inboxes": self.views()}
        if act not in self._acts:
            raise UsageError(f"there is no act '{act}'; see: burro inbox --help")
        return self._acts[act](str(message.get("root")), message)

    def views(self) -> list[Message]:
        """All of them, and how they stand."""
        return [self._view(root, row) for root, row in inboxes.listed(self._server.db).items()]

    def begin(self) -> None:
        """Have all of them watched."""
        for root in inboxes.listed(self._server.db):
            self._start(root)

    def close(self) -> None:
        """Let the watchers go; each ends after the step that it is taking."""
        self._over = True
        for one in self._watched.values():
            _stop(one)

    def _add(self, root: str, message: Message) -> Message:
        settings = parse_settings(message.get("settings") or {})
        row = inboxes.listed(self._server.db).get(root)
        inboxes.put(self._server.db, root, settings.plain)
        self._write(root, settings.plain, message.get("context") or {}, paused=bool(row and row["paused"]))
        events.add(self._server.db, "inbox added" if row is None else "inbox changed", root, now=now())
        self._server.afterwards.append(lambda: self._start_anew(root))
        return {"root": root, "existed": row is not None}

    def _remove(self, root: str, _message: Message) -> Message:
        self._need(root)
        inboxes.drop(self._server.db, root)
        events.add(self._server.db, "inbox removed", root, now=now())
        self._server.afterwards.append(lambda: self._end(root))
        pending = int(self._watched[root].seen.get("pending", 0)) if root in self._watched else 0
        return {"root": root, "pending": pending}

    def _pause(self, root: str, _message: Message) -> Message:
        return self._rest(root, paused=True)

    def _resume(self, root: str, _message: Message) -> Message:
        return self._rest(root, paused=False)

    def _rest(self, root: str, *, paused: bool) -> Message:
        row = self._need(root)
        inboxes.pause(self._server.db, root, paused=paused)
        resumed = None if paused else now()
        self._write(root, row["settings"], self._read(root).get("context") or {}, paused=paused, resumed=resumed)
        events.add(self._server.db, "inbox paused" if paused else "inbox resumed", root, now=now())
        self._server.afterwards.append(lambda: self._start_anew(root))
        return {"root": root, "paused": paused, "was": row["paused"]}

    def _hear(self, root: str, message: Message) -> Message:
        one = self._watched.get(root)
        if one is not None and not one.leaves:
            one.seen, one.at = message.get("seen") or {}, now()
        return {}

    def _need(self, root: str) -> dict[str, Any]:
        rows = inboxes.listed(self._server.db)
        if root not in rows:
            raise NotFound(f"{root} is not watched; see: burro inbox list")
        return rows[root]

    def _view(self, root: str, row: Mapping[str, Any]) -> Message:
        one = self._watched.get(root, Watched())
        lives = one.watcher is not None
        state = "paused" if row["paused"] else "watching" if lives and one.at else "starting"
        if one.ends > 2:
            state = "failing"
        elif one.seen.get("trouble") and not row["paused"]:
            state = "stopped" if one.seen.get("stopped") else "resting" if one.seen.get("until") else "waiting"
        if lives and one.at is not None and now() - one.at > 3 * REPORTS:
            state = "silent"  # its file system hangs
        names = ("waiting", "pending", "delivered", "rejected", "trouble", "until", "not_ready")
        seen = {name: one.seen.get(name) for name in names}
        trouble = seen["trouble"] or (f"its watcher ends; see {self._server.queue}/inbox.log" if one.ends > 2 else None)
        pid = one.watcher.pid if one.watcher is not None else None
        return {"root": root, "state": state, **seen, "trouble": trouble, "at": iso(one.at), "pid": pid, **row}

    def _path(self, root: str) -> str:
        name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
        return os.path.join(self._server.queue, "inboxes", name + ".json")

    def _write(
        self, root: str, settings: Message, context: Message, *, paused: bool, resumed: float | None = None
    ) -> None:
        """What its watcher is told: also the environment of who added it, so the file is for us alone."""
        resumed = resumed or self._read(root).get("resumed")  # its watcher may not have seen it yet
        path = self._path(root)
        make_private_dir(os.path.dirname(path))
        said = {"root": root, "settings": settings, "context": context, "paused": paused, "resumed": resumed}
        end = os.open(path + ".new", os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(end, "w", encoding="ascii") as file:
            json.dump(said, file)
            file.flush()
            os.fsync(end)
        os.rename(path + ".new", path)

    def _read(self, root: str) -> dict[str, Any]:
        try:
            with open(self._path(root), encoding="ascii") as file:
                found: dict[str, Any] = json.load(file)
        except FileNotFoundError:
            return {}
        return found

    def _start_anew(self, root: str) -> None:
        one = self._watched.setdefault(root, Watched())
        one.ends = 0
        if one.watcher is None:
            self._start(root)
        else:
            one.leaves, one.seen, one.at = True, {}, None
            _stop(one)  # it is started again when it has ended

    def _start(self, root: str) -> None:
        one = self._watched.setdefault(root, Watched())
        if self._over or one.watcher is not None or root not in inboxes.listed(self._server.db):
            return
        one.leaves = False
        one.watcher, one.began = start_watcher(self._server.queue, self._path(root)), steady()
        assert one.watcher.stdout is not None
        asyncio.get_running_loop().add_reader(one.watcher.stdout.fileno(), self._ended, root, one)

    def _end(self, root: str) -> None:
        if root in self._watched:
            _stop(self._watched.pop(root))
        if os.path.exists(self._path(root)):
            os.unlink(self._path(root))

    def _ended(self, root: str, one: Watched) -> None:
        """A watcher's output is over, and so is the watcher."""
        watcher, one.watcher = one.watcher, None
        assert watcher is not None
        assert watcher.stdout is not None
        asyncio.get_running_loop().remove_reader(watcher.stdout.fileno())
        _close(watcher)
        watcher.wait()
        told = watcher.returncode == 0
        soon = steady() - one.began < _STEADY
        one.ends = one.ends + 1 if soon and not told else 0
        pause = _PAUSES[min(one.ends, len(_PAUSES)) - 1] if one.ends else 0.0
        self._later(pause, lambda: self._start(root) if self._watched.get(root) is one else None)


def _stop(one: Watched) -> None:
    """A word, for the end of its standard input alone says that we died."""
    if one.watcher is not None and one.watcher.stdin is not None and not one.watcher.stdin.closed:
        try:
            one.watcher.stdin.write(b"q")
            one.watcher.stdin.close()
        except BrokenPipeError:
            return  # it has left by itself


def _close(watcher: Watcher) -> None:
    for end in (watcher.stdin, watcher.stdout):
        if end is not None:
            end.close()
