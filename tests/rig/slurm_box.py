"""One daemon and everything that descends from it, also what it has left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.crew import is_alive, kill
from tests.rig.slurm_tree import end_all
from tests.rig.tree import descendants
from tests.waiting import until

CHECKOUT = Path(__file__).resolve().parents[2]
_LONG = 30  # seconds: far more than any daemon needs to end


class Box:
    """A daemon that stays in the foreground. It ends with the test, and with the test run."""

    def __init__(self, name: str, command: list[str], *, env: dict[str, str], console: Path) -> None:
        self.name, self.console = name, console
        self.pid = 0  # of the daemon, or the last one
        init = [sys.executable, "-E", "-S", "-m", "tests.rig.slurm_init", *command]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with console.open("a") as errors:
            self._init = subprocess.Popen(init, cwd=CHECKOUT, env=env, stderr=errors, start_new_session=True, **pipes)

    @property
    def is_up(self) -> bool:
        """Whether the daemon lives."""
        return self.pid != 0 and is_alive(self.pid)

    def start(self) -> None:
        """Start the daemon, unless it lives."""
        if not self.is_up:
            self._init.stdin.write("start\n")
            self._init.stdin.flush()
            self.pid = int(self._init.stdout.readline())

    def stop(self) -> None:
        """Ask the daemon to end and wait for it; what it has left stays."""
        self._signal(signal.SIGTERM)
        until(lambda: not self.is_up, within=_LONG)

    def kill(self) -> None:
        """Kill the daemon alone."""
        if self.is_up:
            kill(self.pid)
            until(lambda: not self.is_up, within=_LONG)

    def hang(self) -> None:
        """Let the daemon stand still: whoever connects to it waits."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def lose_power(self) -> None:
        """Kill everything in the box at once."""
        end_all(self._init.pid)

    def processes(self) -> list[int]:
        """All that live in the box."""
        return [pid for pid in descendants(self._init.pid) if is_alive(pid)]

    def begin_to_close(self) -> None:
        """End it all; nothing can be started any more. `close` waits for it; in between others can begin."""
        self._init.stdin.close()

    def close(self) -> None:
        """Wait until nothing is left."""
        self.begin_to_close()
        self._init.wait(timeout=_LONG)
        self._init.stdout.close()

    def _signal(self, sign: signal.Signals) -> None:
        if self.is_up:
            os.kill(self.pid, sign)
