"""A node on which somebody starts a worker by hand, as an allocation does: it joins a pool and dials the server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from burro.pools.bundle import worker_file
from tests.crew import kill
from tests.waiting import until

_EMPTIED = 'mount -t tmpfs none "$0" && exec "$@"'
POOL = '[pools.whole]\nscheduler = "slurm"\nworkers = 0\n'


class Node:
    """One worker, with its own files in `root`. `settings`: of the join; `env`: beside a small clean one.

    `without`: a directory that is another one there, and empty.
    """

    def __init__(
        self, root: Path, queue: Path, *, pool: str = "whole", settings=None, without=None, **env: str
    ) -> None:
        root.mkdir()
        self.root, self.queue = root, queue
        self._zipapp = root / "worker.pyz"
        self._zipapp.write_bytes(worker_file()[0])
        self._words = [str(queue), pool, json.dumps({"cpus": 2, "root": str(root), **(settings or {})})]
        self._around = [] if without is None else ["unshare", "--mount", "sh", "-c", _EMPTIED, str(without)]
        self._env = {"PATH": os.environ["PATH"], "HOME": str(root), **env}
        self.keeper = None
        self.start()

    def start(self) -> None:
        command = [*self._around, sys.executable, "-I", "-S", str(self._zipapp), "join", *self._words]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        with (self.root / "said").open("ab") as said:
            self.keeper = subprocess.Popen(command, env=self._env, start_new_session=True, stderr=said, **quiet)

    @property
    def log(self) -> str:
        path = self.root / "worker.log"
        return path.read_text() if path.exists() else ""

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in (self.root / "workers").glob("*"))

    def pid(self, role: str) -> int | None:
        """The process of one role, `worker` or `dial`."""
        return next(iter(self.pids(role)), None)

    def pids(self, role: str = "") -> list[int]:
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                except (OSError, IndexError):
                    continue
                ours = any(os.fsencode(f"{self.root}/workers/") in word for word in words)
                if ours and state != "Z" and (not role or role.encode() in words):
                    found.append(int(entry.name))
        return found

    def power_off(self) -> None:
        """Kill everything of it at once, tasks too where they name its directory."""
        for pid in self.pids():
            kill(pid)
        self.keeper.wait(10)

    def _is_gone(self) -> bool:
        """Told again and again: a worker that is just starting does not know yet what TERM means."""
        if self.keeper.poll() is None:
            self.keeper.terminate()
        return not self.pids()

    def close(self) -> None:
        """Stop it, and fail on what stays."""
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                continue
        try:
            until(self._is_gone, within=25)
        finally:
            for pid in self.pids():
                kill(pid)
            self.keeper.wait(10)
