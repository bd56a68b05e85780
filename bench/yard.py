"""A temporary queue to measure in, and what /proc says of its processes (proc(5))."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
ROLES = ("server", "keeper", "worker")
_LONGEST = 600.0  # seconds for one command


def environment() -> dict[str, str]:
    """Ours without what would reach another queue, or have every process compile the code anew."""
    unwanted = ("BURRO_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


class Yard:
    """A queue that is up with `cpus` slots, in a directory that goes away again with all its processes."""

    def __init__(self, cpus: int | None = 2, *, server: list[str] | None = None) -> None:
        """`server`: a command that is the server, instead of the one `up` starts; it stays in the foreground."""
        self.root = Path(tempfile.mkdtemp(prefix="burro-bench-"))
        self.queue = self.root / "queue"
        self.work = self.root / "work"
        self.work.mkdir()
        self._program = Path(sys.executable).with_name("burro")
        if not self._program.exists():
            raise SystemExit(f"there is no {self._program}; run: make bench")
        self._cpus, self._server = cpus, server
        self._running: subprocess.Popen[bytes] | None = None
        self.pids: dict[str, int] = {}

    def __enter__(self) -> Yard:
        try:
            self._up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
        shutil.rmtree(self.root, ignore_errors=True)

    def _up(self) -> None:
        if self._server is not None:
            self.queue.mkdir(mode=0o700)
            self._running = subprocess.Popen([*self._server, str(self.queue)], cwd=self.work, env=environment())
            until((self.queue / "server.json").exists, within=30)
        self.burro("up", *([] if self._cpus is None else ["-c", str(self._cpus)]))
        self.pids = self._pids()

    def down(self) -> None:
        """Stop everything that the queue runs; wait until it is gone."""
        if (self.queue / "server.json").exists():
            self.burro("down", "--now")
        if self._running is not None:
            self._running.wait(_LONGEST)
        until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in self.pids.values()), within=30)

    def command(self, *words: str) -> list[str]:
        """The command line of `burro WORDS` for this queue."""
        return [str(self._program), "--queue", str(self.queue), *words]

    def burro(self, *words: str) -> str:
        """What `burro WORDS` prints; it must do well, but for `wait`."""
        ended = subprocess.run(
            self.command(*words),
            cwd=self.work,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
        if ended.returncode and words[0] != "wait":
            raise SystemExit(f"burro {' '.join(words)}: {ended.stderr.strip()}")
        return ended.stdout

    def job(self, number: str) -> dict:
        """What `status --json` says of one job."""
        return json.loads(self.burro("status", number, "--json"))["jobs"][0]

    def _pids(self) -> dict[str, int]:
        """Server, keeper and worker by their role."""
        server = json.loads((self.queue / "server.json").read_text())["pid"]
        worker = json.loads(self.burro("status", "--json"))["workers"][0]["pid"]
        return {"server": server, "keeper": int(_stat(worker)[1]), "worker": worker}

    def cpu(self) -> dict[str, float]:
        """Cpu seconds that each process has used so far, its children's left out."""
        return {role: sum(map(int, _stat(pid)[11:13])) / TICKS for role, pid in self.pids.items()}

    def memory(self, what: str) -> dict[str, float]:
        """Bytes by role: `Rss`, or `Pss`, where what is shared counts in parts."""
        return {role: _rollup(pid, what) for role, pid in self.pids.items()}


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _rollup(pid: int, what: str) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(what + ":"):
            return float(line.split()[1]) * 1024
    raise LookupError(what)


def until(predicate: Callable[[], bool], within: float) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + within
    while not predicate():
        if time.monotonic() > deadline:
            raise SystemExit(f"this did not come about within {within:g} s")
        time.sleep(0.01)


def seconds(command: list[str], cwd: Path) -> float:
    """Wall seconds that a command takes; it must do well."""
    began = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
