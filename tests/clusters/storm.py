"""A storm over the nodes of a Slurm: server, workers, allocations, nodes, slurmd and the controller are struck."""

from __future__ import annotations

import json
import time
from pathlib import Path

import burro
from tests.chaos.checker import Ledgers, blind_kills
from tests.chaos.ledgers import Journalled, Kill, Victim, read_journal
from tests.chaos.storm import MOST_BLIND, Storm
from tests.chaos.submitter import TASK
from tests.crew import crew_of, kill, server_of
from tests.rig.slurm import Slurm
from tests.rig.slurm_fixtures import LONG
from tests.rig.slurm_settings import Cluster
from tests.waiting import until

POOL = '[pools.whole]\nscheduler = "slurm"\nworkers = 4\ncpus = 8\nidle = "3s"\n'
ARRAYS, TASKS = 12, 150

STRIKES = ["server"] * 4 + ["worker"] * 3 + ["server and worker", "client", "cancel", "cancel", "power", "power"]
STRIKES += ["slurmd", "hang", "controller"]


class ClusterStorm(Storm):
    """The world of one seed: a queue without a cpu of its own, and four nodes of eight."""

    slots = 8
    strikes = 16
    calm = 90.0
    pools = ("whole",)

    def __init__(self, root: Path, seed: int) -> None:
        super().__init__(root, seed)
        self.slurm = Slurm(Cluster(message_timeout=3))
        self.env |= {"SLURM_CONF": str(self.slurm.conf), "BURRO_SCHEDULER_EVERY": "0.5", "BURRO_LINK_TIMEOUT": "3"}
        self.seen: dict[str, list[Journalled]] = {}  # worker -> ends in its journal
        self.silenced: list[str] = []  # nodes whose journals nobody reads any more
        self.cut = 0  # allocations that were cancelled: whether their workers could still tell is not known

    def _begin(self) -> None:
        self.slurm.up()
        self.queue.mkdir(mode=0o700)
        (self.queue / "burro.toml").write_text(POOL)
        self._burro("up", "-c", "0")
        self._submit_arrays()

    def _submit_arrays(self) -> None:
        """Tasks of mixed length, most of them short."""
        with (self.told / "arrays").open("a") as ledger, burro.Queue(self.queue) as queue:
            for number in range(ARRAYS):
                key, seconds = f"array-{number}", self.random.choice([0, 0.02, 0.05, 0.1, 0.3])
                told = {"intent": key, "tasks": TASKS, "code": 0, "at": time.time()}
                ledger.write(f"{json.dumps(told)}\n")
                words = ["/bin/sh", TASK, str(self.witnesses), str(seconds), "0", "plain"]
                job = queue.array(words, indices=range(TASKS), key=key, output="none", chdir=str(self.work)).id
                ledger.write(f"{json.dumps({'ack': key, 'job': job})}\n")

    def _strike(self) -> None:
        what = self.random.choice(STRIKES)
        node = self.random.choice(self.slurm.cluster.names)
        self.kills.append(Kill(time.time(), (Victim(f"{what} on {node}", 0, 0),)))  # for the timeline of a report
        if what == "slurmd":
            self.slurm.kill_slurmd(node)
            self.slurm.start_node(node)
        elif what == "hang":
            self.slurm.hang_controller()
            self._let_pass(1.0)
            self.slurm.resume_controller()
        elif what == "controller":
            self.slurm.stop_controller()
            self.slurm.start_controller()
        elif what == "cancel":
            self._cancel(node)
        elif what == "power":
            self._lose_power(node)
        else:
            self._kill([victim for victim in self._living(node) if victim.role in what.split(" and ")])

    def _cancel(self, node: str) -> None:
        """Somebody cancels what runs on a node."""
        found = self._allocation(node)
        if found and self.cut < MOST_BLIND // 2:
            self.cut += 1
            self.silenced.append(node)
            self.slurm.well("scancel", found)

    def _lose_power(self, node: str) -> None:
        """Nobody is told, but for the controller; so it is certain that what ran there is gone."""
        victims = [victim for victim in self._living(node) if victim.role in ("keeper", "worker")]
        found = self._allocation(node)
        if not (found and victims and self._may_die(victims)):
            return
        self.slurm.kill_node(node)
        self._note(victims)
        self.silenced.append(node)
        self.slurm.well("scancel", "--full", found)
        self.slurm.give_up(node)
        self.slurm.start_node(node)

    def _allocation(self, node: str) -> str:
        return self.slurm.well("squeue", "--noheader", f"--nodelist={node}", "--states=running", "--format=%A")

    def _kill(self, victims: list[Victim]) -> None:
        if self._may_die(victims):
            for victim in victims:
                kill(victim.pid)
            self._note(victims)

    def _may_die(self, victims: list[Victim]) -> bool:
        struck = Kill(time.time(), tuple(victims))
        return self.cut + len(blind_kills([*self.kills, struck])) <= MOST_BLIND

    def _note(self, victims: list[Victim]) -> None:
        self.kills.append(Kill(time.time(), tuple(victims)))
        for path in self.queue.glob("workers/*/journal"):
            self.seen.setdefault(path.parent.name, []).extend(read_journal(path))

    def _living(self, node: str) -> list[Victim]:
        """Who can be killed: the server, a client, and those on one node."""
        found = [Victim("client", one.pid, 0) for one in self.clients.values() if one.poll() is None][:1]
        server = server_of(self.queue)
        found += [Victim("server", server, 0)] if server else []
        there = set(self.slurm.processes(node))
        crew = [one for one in crew_of(self.queue) if one.pid in there]
        return found + [Victim(one.role, one.pid, one.keeper, one.heir) for one in crew]

    def _ledgers(self, shown, printed) -> Ledgers:
        self.journalled = [end for name, ends in self.seen.items() if not self._is_silenced(name) for end in ends]
        until(lambda: not self.left(), within=LONG)
        self.blind = self.cut
        return super()._ledgers(shown, printed)

    def _is_silenced(self, worker: str) -> bool:
        return any(worker.startswith(f"whole-{node}-") for node in self.silenced)

    def _clean_up(self) -> None:
        try:
            super()._clean_up()
        finally:
            self.slurm.down()
