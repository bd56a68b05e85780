"""A queue for a test: a real server in a temporary directory, and the command as a user has it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import until

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it, and so would ours

BURRO = str(Path(sys.executable).with_name("burro"))
LONGEST = 60.0  # seconds for one command: far more than any needs, far less than a test run


class World:
    """A user with a home, a directory to work in, and a queue. Nothing is started before the first command."""

    def __init__(self, root: Path) -> None:
        self.queue = root / "queue"
        self.home = root / "home"
        self.work = root / "work"
        for directory in (self.home, self.work):
            directory.mkdir(parents=True)
        self.env = {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "USER": "ann",
            "LANG": "C.UTF-8",
            "BURRO_QUEUE": str(self.queue),
        }
        self._started: list[subprocess.Popen[bytes]] = []

    def burro(self, *words: str | bytes, stdin: bytes = b"", cwd: Path | None = None, **env: str) -> Ended:
        """Run `burro WORDS` to its end."""
        done = subprocess.run(
            [BURRO, *words],
            input=stdin,
            capture_output=True,
            cwd=cwd or self.work,
            env={**self.env, **env},
            timeout=LONGEST,
            check=False,
        )
        return Ended(done)

    def start(self, *words: str, **how: Any) -> subprocess.Popen[bytes]:
        """Start `burro WORDS` and let it run; what still runs after the test is ended."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self._started.append(subprocess.Popen([BURRO, *words], cwd=self.work, **{"env": self.env, **pipes, **how}))
        return self._started[-1]

    def well(self, *words: str | bytes, **how: Any) -> str:
        """The standard output of a command that must exit 0."""
        ended = self.burro(*words, **how)
        assert ended.code == 0, ended
        return ended.out

    def submit(self, *words: str | bytes, **how: Any) -> str:
        """The id of a new job."""
        return self.well("submit", "--parsable", *words, **how).strip()

    def done(self, *words: str | bytes, **how: Any) -> str:
        """The id of a new job that has succeeded."""
        job = self.submit(*words, **how)
        assert self.burro("wait", job).code == 0
        return job

    def ended(self, *words: str | bytes, **how: Any) -> str:
        """The id of a new job that has ended, however."""
        job = self.submit(*words, **how)
        self.burro("wait", job)
        return job

    def show(self, name: str) -> dict[str, Any]:
        """What `burro show --json` says."""
        return json.loads(self.well("show", name, "--json"))

    def state(self, name: str) -> str:
        """The state of a job or task."""
        return self.show(name)["state"]

    def runs(self, name: str) -> None:
        """Wait until a job or task runs."""
        until(lambda: self.state(name) == "running", within=30)

    def write(self, name: str, text: str | bytes, *, mode: int = 0o644) -> Path:
        """A file in the working directory."""
        path = self.work / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    def server(self) -> int:
        """The pid of the server."""
        return int(json.loads((self.queue / "server.json").read_text())["pid"])

    def processes(self) -> dict[int, str]:
        """The server, keepers, workers and clients of this queue that live, by pid."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and entry.name != str(os.getpid()):
                line = _command_line(entry)
                if os.fsencode(self.queue) in line:
                    found[int(entry.name)] = line.replace(b"\0", b" ").decode("utf-8", "replace")
        return found

    def leave(self) -> None:
        """Stop everything, and fail on what is left. Clients first: one that waits would start the server again."""
        for client in self._started:
            client.kill()
            client.communicate()
        try:
            self.burro("down", "--now")
            until(lambda: not self.processes(), within=15)
        except (AssertionError, subprocess.TimeoutExpired):
            left = self.processes()
            for pid in left:
                _kill(pid)
            pytest.fail(f"left over: {left}")


class Ended:
    """How a command ended."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.code = done.returncode
        self.raw = done.stdout
        self.out = done.stdout.decode("utf-8", "backslashreplace")
        self.err = done.stderr.decode("utf-8", "backslashreplace")

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[World]:
    """A world with a queue of its own."""
    yield from _world(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that the stories of one file have together: for those that do not mind each other's jobs."""
    yield from _world(tmp_path_factory.mktemp("shared"))


def _world(root: Path) -> Iterator[World]:
    world = World(root)
    try:
        yield world
    finally:
        world.leave()


def _command_line(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
