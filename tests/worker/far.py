"""A desk whose worker is at another machine: reached through a real link, by what ssh would run there.

The other machine is this one with another home; `sh -c REMOTE` stands for ssh and its login shell.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from burro.base.errors import BurroError
from burro.link.lines import LineReader
from burro.pools.bundle import worker_file
from burro.pools.ssh import REMOTE, Greeting
from tests.crew import crew_of, is_alive, kill, left_of
from tests.waiting import until
from tests.worker.desk import LONG, Desk

CONTENT, DIGEST = worker_file()
QUEUE_ID = "5f3c0000-0000-4000-8000-000000000001"


class FarDesk(Desk):
    """One pool's worker at another machine. `settings`: of the link, where they are not the usual ones."""

    def __init__(self, root: Path, **welcome):
        self.home, self.work = root / "home", root / "work"
        self.home.mkdir(parents=True)
        self.work.mkdir()
        self.bin = Path(tempfile.mkdtemp(prefix="far-"))
        (self.bin / "python3").symlink_to(sys.executable)
        self.queue = self.home / ".local/state/burro-worker" / QUEUE_ID
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.work)}  # of tasks
        self.there = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(self.home), "SHELL": "/bin/sh", "USER": "ann"}
        self.welcome = {"op": "welcome", "cpus": 4, **welcome}
        self.settings = {"queue_id": QUEUE_ID, "pool": "gpu1", "queue": str(self.queue), "cpus": 4, "env": {}}
        self.hellos, self.starts, self.ends, self.released, self.said = [], {}, {}, [], []
        self.command = ["sh", "-c", REMOTE]
        self.greeting = None
        self.links = []
        self._end, self._reader = None, LineReader()

    def link(self, *, content=CONTENT, digest=DIGEST, hello=True):
        """Make a link, as a server does; an older one is left as it is. What the link answered."""
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            self.command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=self.there, cwd=self.home
        )
        theirs.close()
        self.links.append(process)
        ours.settimeout(LONG)
        self.greeting = Greeting(content, digest, self.settings, version="0.1.0")
        heard = len(self.hellos)
        try:
            while self.greeting.linked is None:
                chunk = ours.recv(1 << 16)
                assert chunk, process.communicate(timeout=LONG)
                ours.sendall(self.greeting.feed(chunk))
        except (AssertionError, BurroError):
            ours.close()
            raise
        self._hang_up()
        self._end, self._reader = ours, LineReader()
        for message in self._reader.feed(self.greeting.rest):
            self._take(message)
        if hello:
            self.until(lambda: len(self.hellos) > heard)
        return self.greeting.linked

    def open(self):
        """Make the first link."""
        linked = self.link()
        self.directory = self.queue / "workers" / linked["worker"]
        return self

    def cut(self):
        """The connection is gone: its process ends by itself."""
        self._hang_up()
        until(lambda: self.links[-1].poll() is not None, within=LONG)

    def answer(self, **question):
        """What the link or the worker answers to a question with a number."""
        self.say(n=77, **{key: question[key] for key in sorted(question, key=lambda key: key != "op")})
        return self.until(lambda: [message for message in self.said if message.get("n") == 77]).pop()

    def say(self, **message):
        """Tell the worker or the link something; the op comes first."""
        try:
            super().say(**{key: message[key] for key in sorted(message, key=lambda key: key != "op")})
        except BrokenPipeError:
            self._hang_up()

    def member(self, role):
        """The pid of keeper or worker."""
        return next((one.pid for one in crew_of(self.queue) if one.role == role), None)

    def kill_crew(self):
        """Kill keeper and worker together; the link ends by itself."""
        for one in crew_of(self.queue):
            kill(one.pid)
        until(lambda: self.links[-1].poll() is not None, within=LONG)

    def close(self):
        """End everything, and tell what would not go."""
        for pid in [one.pid for one in crew_of(self.queue) if one.role == "worker"]:
            os.kill(pid, signal.SIGTERM)
        self._hang_up()
        for process in self.links:
            process.kill()
            process.communicate()
        try:
            until(lambda: not left_of(self.queue), within=15)
        finally:
            for pid in left_of(self.queue):
                kill(pid)
            for name in self.bin.iterdir():
                name.unlink()
            self.bin.rmdir()

    def _pump(self):
        if self._end is not None:
            self._end.settimeout(0.02)
            try:
                self._hear(self._end)
            except TimeoutError:
                pass
            if self._end is not None:
                self._end.settimeout(LONG)
        return True


def lives(pid):
    """Whether a process is there and no zombie."""
    return pid is not None and is_alive(pid)
