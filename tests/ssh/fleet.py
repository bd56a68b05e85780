"""A queue's user and the machines that are reached by ssh, and what happens at them as they themselves saw it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from burro.link.call import Connection
from tests.chaos.ledgers import Line, read_written
from tests.conftest import World
from tests.crew import Member, crew_of, kill, words_of
from tests.rig.programs import program
from tests.rig.sshd import Machines
from tests.waiting import until

LONG = 40  # seconds: far more than anything here needs
TASK = str(Path(__file__).resolve().parent.parent / "chaos" / "task.sh")
BOUND = """\
note() {
    read -r moment _ < /proc/uptime
    echo "$1 $BURRO_JOB_ID $BURRO_TASK_ID $BURRO_ATTEMPT $$ - $moment $2" >> "$ledger"
}
ledger=$1/$BURRO_JOB_ID.$BURRO_TASK_ID
note S -
echo begun
until [ -e "$1.go" ]; do sleep 0.02; done
echo over
note E 0
"""


class Fleet:
    """A world and real machines beside it. Its tasks note in `witnesses` when they start and end."""

    def __init__(self, world: World, machines: Machines) -> None:
        self.world, self.machines = world, machines
        self.witnesses = machines.root / "witnesses"
        self.witnesses.mkdir()
        self._bound = machines.root / "bound.sh"
        self._bound.write_text(BOUND)
        machines.serve(world)

    def up(self, *pools: str, cpus: int = 2, **entries: str) -> None:
        """A queue with one cpu here, and these machines, all up, or connected and without their root."""
        self.declare(*pools, cpus=cpus, **entries)
        self.world.well("up", "-c", "1")
        for pool in pools:
            until(lambda pool=pool: self._is_connected(pool), within=LONG)

    def _is_connected(self, pool: str) -> bool:
        stands = self.stands(pool)
        return stands["state"] == "up" or "is not there; bring it" in (stands["error"] or {"text": ""})["text"]

    def declare(self, *pools: str, cpus: int = 2, **entries: str) -> None:
        """Write burro.toml."""
        self.world.queue.mkdir(mode=0o700, exist_ok=True)
        more = "".join(f"{name} = {json.dumps(value)}\n" for name, value in entries.items())
        tables = [f'[pools.{pool}]\nssh = "{pool}"\ncpus = {cpus}\n{more}' for pool in pools]
        (self.world.queue / "burro.toml").write_text("\n".join(tables))

    def add(self, pool: str, *words: str, cpus: int = 2) -> dict[str, Any]:
        """What `burro pool add` answers."""
        ended = self.world.burro("pool", "add", pool, "--ssh", pool, "-c", str(cpus), *words, "--json")
        return json.loads(ended.out)

    def check(self, pool: str) -> dict[str, Any]:
        """What `burro pool check` answers."""
        return json.loads(self.world.burro("pool", "check", pool, "--json").out)

    def stands(self, pool: str) -> dict[str, Any]:
        """How a pool stands."""
        with Connection(str(self.world.queue), timeout=60) as connection:
            pools = connection.ask({"op": "pools"})["pools"]
        return next(one for one in pools if one["pool"] == pool)

    def is_up(self, pool: str) -> dict[str, Any]:
        """How a pool stands, once it is up."""
        until(lambda: self.stands(pool)["state"] == "up", within=LONG)
        return self.stands(pool)

    def is_down(self, pool: str) -> dict[str, Any]:
        """How a pool stands, once it is not up."""
        until(lambda: self.stands(pool)["state"] != "up", within=LONG)
        return self.stands(pool)

    def submit_bound(self, pool: str, *words: str) -> str:
        """A job whose tasks note their start, say so, and end when they are let go."""
        return self.world.submit("-p", pool, *words, "/bin/sh", str(self._bound), str(self.witnesses))

    def let_go(self) -> None:
        """Bound tasks end."""
        self.witnesses.with_name("witnesses.go").touch()

    def written(self, job: str, kind: str = "S") -> list[Line]:
        """What the tasks of a job wrote: their starts, or their ends (E)."""
        lines = [line for line in read_written(self.witnesses) if line.job == int(job)]
        return [line for line in lines if line.kind == kind]

    def have_started(self, job: str, count: int = 1) -> None:
        """Wait until so many tasks of a job have started, as they say themselves."""
        until(lambda: len(self.written(job)) >= count, within=LONG)

    def have_ended(self, job: str, count: int = 1) -> None:
        """Wait until so many tasks of a job have ended, as they say themselves."""
        until(lambda: len(self.written(job, "E")) >= count, within=LONG)

    def ran_once_each(self, job: str, count: int = 1) -> None:
        """All of them have ended well, started once, and what they wrote about that is what is recorded."""
        self.world.well("wait", job)
        for kind in ("S", "E"):
            assert sorted((line.idx, line.attempt) for line in self.written(job, kind)) == [
                (idx, 1) for idx in range(count)
            ]
        told = [(attempt["number"], attempt["outcome"], attempt["exit_code"]) for attempt in self.attempts(job)]
        assert told == [(1, "exited", 0)] * count

    def output(self, job: str) -> str:
        """What a job of one task printed, once it has come home."""
        return self.printed(self.attempts(job)[-1])

    def printed(self, attempt: dict[str, Any]) -> str:
        """What an attempt printed, once it has come home."""
        path = Path(attempt["stdout"])
        until(path.exists, within=LONG)
        return path.read_text()

    def attempts(self, job: str) -> list[dict[str, Any]]:
        """All attempts of a job's tasks, as burro shows them."""
        return [attempt for task in self.world.show(job)["tasks"] for attempt in task["attempts"]]

    def state(self, name: str) -> Path:
        """Where the queue's worker lives at a machine."""
        [found] = [one for one in (self.machines[name].home / ".local/state/burro-worker").iterdir() if one.is_dir()]
        return found

    def crew(self, name: str) -> list[Member]:
        """Keeper and worker at a machine."""
        return crew_of(self.state(name))

    def worker(self, name: str) -> int:
        """The pid of the worker at a machine."""
        [found] = [one.pid for one in self.crew(name) if one.role == "worker"]
        return found

    def links(self, name: str) -> list[int]:
        """The far ends of connections to a machine."""
        return [pid for pid in self.machines[name].processes() if words_of(pid)[-1:] == ["link"]]

    def kill_server(self) -> None:
        """As kill -9 does. Who asks next starts another."""
        kill(self.world.server())

    def inside(self, name: str, *command: str) -> None:
        """Run a command in the mount namespace of a machine, as root."""
        words = [program("nsenter"), "--target", str(self.machines[name].pid), "--mount", *command]
        subprocess.run(words, check=True, capture_output=True)

    def leave(self) -> None:
        """Nothing of ours holds up the end of the machines."""
        self.let_go()
