"""Machines that are reached by ssh: this one with other homes. The `ssh` on PATH runs the command in one of them.

What a test does to a machine: `refuse` makes ssh fail with a text, `cut` ends its connections, `stall` stops them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

from burro.link.call import Connection
from tests.conftest import World
from tests.crew import crew_of, kill, pids, words_of
from tests.waiting import until

SSH = """\
#!/bin/sh
# Like ssh -T HOST COMMAND, without a network: HOST is a directory.
while [ "$1" != -- ]; do shift; done
host=$2
shift 2
there={machines}/$host
if [ ! -d "$there" ]; then echo "ssh: Could not resolve hostname $host: Name or service not known" >&2; exit 255; fi
if [ -e "$there/refuse" ]; then cat "$there/refuse" >&2; exit 255; fi
[ -e "$there/banner" ] && cat "$there/banner" && cat "$there/banner" >&2
cd "$there/home" || exit 255
env=$(cat "$there/env")
exec env -i PATH={path} HOME="$there/home" SHELL=/bin/sh USER=ann MACHINE="$host" $env sh -c "$*"
"""


class Machines:
    """A world and machines beside it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.root = Path(tempfile.mkdtemp(prefix="far-"))
        bin_ = self.root / "bin"
        bin_.mkdir()
        path = world.env["PATH"]
        script = SSH.format(machines=self.root, path=path)
        (bin_ / "ssh").write_text(script)
        (bin_ / "ssh").chmod(0o755)
        world.env["PATH"] = f"{bin_}:{path}"

    def add(self, name: str, **env: str) -> Path:
        """A new machine: its home."""
        home = self.root / name / "home"
        home.mkdir(parents=True)
        (self.root / name / "env").write_text(" ".join(f"{key}={value}" for key, value in env.items()))
        return home

    def refuse(self, name: str, said: str | None) -> None:
        """ssh says so and fails; None: it lets us in again."""
        path = self.root / name / "refuse"
        if said is None:
            path.unlink()
        else:
            path.write_text(said + "\n")

    def links(self, name: str) -> list[int]:
        """The processes at the far end of connections."""
        home = f"HOME={self.root / name / 'home'}".encode()
        found = []
        for pid in pids():
            words = words_of(pid)
            if words[-1:] == ["link"] and home in _environ(pid):
                found.append(pid)
        return found

    def cut(self, name: str) -> None:
        """The network is gone, for now: what carried messages is dead."""
        for pid in self.links(name):
            kill(pid)

    def stall(self, name: str) -> list[int]:
        """Nothing comes through any more, and nothing says so."""
        found = self.links(name)
        for pid in found:
            os.kill(pid, signal.SIGSTOP)
        return found

    def state(self, name: str) -> Path:
        """Where the queue's workers live there."""
        [found] = (self.root / name / "home/.local/state/burro-worker").iterdir()
        return found

    def crew(self, name: str) -> dict[str, int]:
        """Keeper and worker there, by role."""
        return {one.role: one.pid for one in crew_of(self.state(name))}

    def down(self, name: str) -> None:
        """The machine loses power: nobody there is left."""
        for pid in pids():
            if f"HOME={self.root / name / 'home'}".encode() in _environ(pid):
                kill(pid)

    def leave(self) -> None:
        """Everybody is gone, and all files."""
        for entry in self.root.iterdir():
            if entry.name != "bin":
                self.down(entry.name)
        until(lambda: not [pid for pid in pids() if str(self.root) in " ".join(words_of(pid))], within=15)
        shutil.rmtree(self.root, ignore_errors=True)

    def ask(self, op: str, **more: Any) -> dict[str, Any]:
        """What the server answers."""
        with Connection(str(self.world.queue), timeout=60) as connection:
            return connection.ask({"op": op, **more})

    def pool(self, act: str, pool: str, **more: Any) -> dict[str, Any]:
        """An act on a pool."""
        return self.ask("pool", act=act, pool=pool, **more)

    def stands(self, pool: str) -> dict[str, Any]:
        """How a pool stands."""
        return next(one for one in self.ask("pools")["pools"] if one["pool"] == pool)

    def is_up(self, pool: str) -> dict[str, Any]:
        """How a pool stands, once it is up."""
        until(lambda: self.stands(pool)["state"] == "up", within=30)
        return self.stands(pool)


def _environ(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())
