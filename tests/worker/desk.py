"""A desk where a real keeper and its real worker report: the server's end of the protocol and nothing else.

It says what a test wants said, so that a worker is seen to do right whatever server it gets.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from burro.base.paths import boot_id, host
from burro.link.lines import LineReader, encode
from burro.link.place import Place, role_command, write_place
from tests.crew import crew_of, kill, left_of
from tests.waiting import until

LONG = 60  # seconds: far more than anything here needs


class Desk:
    """One queue with one worker. `welcome`: what each hello is answered with."""

    acknowledges = True

    def __init__(self, root: Path, **welcome):
        self.queue, self.work = root / "queue", root / "work"
        self.queue.mkdir(mode=0o700)
        self.work.mkdir()
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.work)}  # of tasks
        self.welcome = {"op": "welcome", "cpus": 4, **welcome}
        self.hellos, self.starts, self.ends, self.released = [], {}, {}, []
        self._sockets = tempfile.mkdtemp(prefix="desk-")  # short enough for a socket's name
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{self._sockets}/sock")
        self._listener.listen()
        self._end, self._reader, self._keeper = None, LineReader(), None
        self.said = []  # all that the worker said
        record = {"host": host(), "boot": boot_id(), "pid": os.getpid(), "socket": f"{self._sockets}/sock"}
        (self.queue / "server.json").write_text(json.dumps(record))
        name = f"local-desk-{secrets.token_hex(4)}"  # a worker ends what carries its name, wherever that came from
        self.directory = self.queue / "workers" / name
        write_place(Place(str(self.directory), name, str(self.queue), "local"))

    def open(self, python=sys.executable, **env):
        """Start the keeper and its worker, and wait for its hello."""
        command = [python, *role_command(str(self.directory), "keeper")[1:]]
        clean = {"PATH": os.environ["PATH"], **env}
        self._keeper = subprocess.Popen(command, env=clean, stdin=subprocess.DEVNULL, start_new_session=True)
        self.until(lambda: self.hellos)
        return self

    def until(self, predicate, within=LONG):
        """What `predicate` gives once that is true; the desk answers meanwhile."""
        return until(lambda: self._pump() and predicate(), within=within)

    def say(self, **message):
        """Tell the worker something."""
        self._end.sendall(encode(message))

    def give(self, *tasks, **spec):
        """Hand out tasks (rows as in the protocol) of a job whose spec is this."""
        job = tasks[0][0]
        self.say(op="work", specs={str(job): self._spec(job, **spec)}, envs={"e": self.env}, tasks=list(tasks))

    def run(self, shell, *, job=1, extra=None, **spec):
        """Hand out a job with one task; its key."""
        rest = () if extra is None else (extra,)
        self.give((job, 0, 1, 1, None, *rest), kind="shell", command=shell, **spec)
        return (job, 0, 1)

    def end_of(self, key):
        """How an attempt ended: outcome, code, reason."""
        end = self.until(lambda: self.ends.get(key))
        return end[3], end[4], end[11]

    def text(self, name):
        """What a task wrote into a file, once the line is whole."""
        path = self.work / name
        return self.until(lambda: path.exists() and path.read_text().endswith("\n") and path.read_text()).strip()

    def worker(self):
        """The worker's pid."""
        return next(one.pid for one in crew_of(self.queue) if one.role == "worker")

    def kill_worker(self):
        """Kill the worker, and wait for the hello of the next one."""
        heard = len(self.hellos)
        kill(self.worker())
        self.until(lambda: len(self.hellos) > heard)

    def journal(self):
        """The journal's lines."""
        return (self.directory / "journal").read_text().splitlines()

    def close(self):
        """End everything, and tell what would not go."""
        if self._keeper is not None and self._keeper.poll() is None:
            self.until(self._sent_away, within=30)
            self.until(lambda: self._keeper.poll() is not None, within=30)
        left = left_of(self.queue)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self._hang_up()
        self._listener.close()
        shutil.rmtree(self._sockets)
        assert not left, left

    def _sent_away(self):
        """Whether a worker was there to be told to leave."""
        try:
            self.say(op="leave", kill=True)
        except (AttributeError, OSError):  # none is connected just now, or it was killed
            return False
        return True

    def _spec(self, job, **spec):
        needs = {"cpus": 1, "mem": 0, "gpus": 0, "time": None, "limits": {}}
        files = {"dir": str(self.work), "umask": 0o22, "out": os.devnull, "err": None, "in": None, "own": False}
        names = {"job": job, "name": "x", "single": True, "span": [0, 0, 1], "env": "e", "user": "ann"}
        return {**needs, **files, **names, "leave": False, "submitted": 1.0, **spec}

    def _pump(self):
        ends = [self._listener] + ([self._end] if self._end is not None else [])
        for end in select.select(ends, [], [], 0.02)[0]:
            if end is self._listener:
                self._hang_up()
                self._end, self._reader = end.accept()[0], LineReader()
                continue
            self._hear(end)
        return True

    def _hear(self, end):
        try:
            chunk = end.recv(1 << 18)
        except ConnectionResetError:
            chunk = b""  # it was killed with something unread
        for message in self._reader.feed(chunk):
            self._take(message)
        if not chunk:
            self._hang_up()

    def _hang_up(self):
        if self._end is not None:
            self._end.close()
            self._end = None

    def _take(self, message):
        self.said.append(message)
        if message["op"] == "hello":
            self.hellos.append(message)
            self.say(**self.welcome)
        self.starts.update({tuple(start[:3]): start for start in message.get("starts") or []})
        self.ends.update({tuple(end[:3]): end for end in message.get("ends") or []})
        self.released += [tuple(key) for key in message.get("released") or []]
        if self.acknowledges and "seq" in message:
            self.say(op="ack", seq=message["seq"])
