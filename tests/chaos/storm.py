"""One storm: clients submit while server, worker, keeper and clients are killed at moments that a seed decides."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

from burro.link.call import Connection
from tests.chaos import submitter
from tests.chaos.checker import Key, Ledgers, blind_kills
from tests.chaos.ledgers import Journalled, Kill, Victim, read_journals, read_store, read_told, read_written
from tests.crew import children_of, crew_of, kill, left_of, server_of
from tests.waiting import until

BURRO = submitter.BURRO
SLOTS = 4
KILLS = 10
SUBMISSIONS = 14  # a client
WAYS = ("api", "api", "command")
MOST_BLIND = 4  # one less than the losses of one task that make it fail

SINGLY = ("server", "worker", "keeper", "client")
TOGETHER = (
    ("worker", "keeper"),
    ("server", "worker"),
    ("server", "keeper"),
    ("server", "worker", "keeper"),
    ("server", "worker", "keeper", "client"),
)


class Storm:
    """The world of one seed, in a directory of its own."""

    slots = SLOTS  # of one worker
    strikes = KILLS
    calm = 40.0  # seconds within which all must have ended after the last kill
    blind = 0  # moments besides the kills in which nobody could see an end
    pools: tuple[str, ...] = ()  # that submissions name

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.seed = root, seed
        self.random = random.Random(seed)
        self.queue = root / "queue"
        self.told, self.witnesses, self.work = root / "told", root / "witnesses", root / "work"
        for directory in (self.told, self.witnesses, self.work):
            directory.mkdir(parents=True)
        self.env = {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(root),
            "BURRO_QUEUE": str(self.queue),
        }
        self.clients: dict[int, subprocess.Popen[bytes]] = {}
        self.passers: list[subprocess.Popen[bytes]] = []
        self.kills: list[Kill] = []
        self.journalled: list[Journalled] = []

    def blow(self) -> Ledgers:
        """From the first submission to the ledgers."""
        try:
            self._begin()
            self._send_clients()
            for _ in range(self.strikes):
                quick = self.random.random() < 0.25  # before anybody can have noticed the last one
                self._let_pass(self.random.uniform(0.0, 0.03 if quick else 0.4))
                self._strike()
                self._send_clients()
                if self.random.random() < 0.5:
                    self._pass_by()
            self._calm_down()
            shown, printed = self._shown(), self._printed()
            self._burro("down", "--now")
            return self._ledgers(shown, printed)
        finally:
            self._clean_up()

    def _begin(self) -> None:
        self._burro("up", "-c", str(self.slots))

    def _let_pass(self, seconds: float) -> None:
        moment = time.monotonic() + seconds
        until(lambda: time.monotonic() >= moment, within=seconds + 5)

    def _burro(self, *words: str) -> str:
        done = subprocess.run(
            [BURRO, *words], env=self.env, cwd=self.work, stdout=subprocess.PIPE, timeout=60, check=True
        )
        return done.stdout.decode()

    def _send_clients(self) -> None:
        """Start each client that is not there and not yet through."""
        for number, way in enumerate(WAYS):
            client = self.clients.get(number)
            if client is not None and (client.poll() is None or client.returncode == 0):
                continue
            seed = self.seed * len(WAYS) + number
            words = [sys.executable, submitter.__file__, str(self.told / str(number)), str(self.witnesses)]
            with open(self.root / "clients.log", "ab") as log:
                self.clients[number] = subprocess.Popen(
                    [*words, str(seed), str(SUBMISSIONS), way, *self.pools], env=self.env, cwd=self.work, stderr=log
                )

    def _pass_by(self) -> None:
        """Somebody looks at the queue, which starts a server if there is none."""
        verb = self.random.choice(["status", "up"])
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.passers.append(subprocess.Popen([BURRO, verb], env=self.env, cwd=self.work, **quiet))

    def _strike(self) -> None:
        """Kill one, or several at once, and keep what stands in the journals at that moment."""
        wanted = self.random.choice(SINGLY) if self.random.random() < 0.6 else None
        roles = (wanted,) if wanted else self.random.choice(TOGETHER)
        victims = [victim for victim in self._processes() if victim.role in roles]
        struck = Kill(time.time(), tuple(victims))
        if len(blind_kills([*self.kills, struck])) > MOST_BLIND:
            return
        for victim in victims:
            kill(victim.pid)
        self.kills.append(struck)
        self.journalled += read_journals(self.queue)

    def _processes(self) -> list[Victim]:
        """Who can be killed now."""
        found = [Victim("client", client.pid, 0) for client in self.clients.values() if client.poll() is None]
        found += [Victim("client", pid, 0) for client in list(found) for pid in children_of(client.pid)]
        server = server_of(self.queue)
        found += [Victim("server", server, 0)] if server else []
        return found + [Victim(one.role, one.pid, one.keeper, one.heir) for one in crew_of(self.queue)]

    def _calm_down(self) -> None:
        """No more kills: let the clients get through, and everything end."""
        end = time.monotonic() + self.calm
        until(self._clients_are_through, within=self.calm)
        self._burro("up")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        waiting = subprocess.Popen([BURRO, "wait", "all"], env=self.env, cwd=self.work, **quiet)
        try:
            waiting.wait(timeout=max(1.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            waiting.kill()  # the checker says what did not end
            waiting.wait()

    def _clients_are_through(self) -> bool:
        self._send_clients()
        return all(client.poll() == 0 for client in self.clients.values())

    def _shown(self) -> dict[Key, str]:
        shown = {}
        for job in json.loads(self._burro("show", "all", "--json"))["jobs"]:
            for task in job["tasks"]:
                number, _, idx = task["id"].partition(".")
                shown[int(number), int(idx or 0)] = task["state"]
        return shown

    def _printed(self) -> dict[Key, str | None]:
        """What tasks printed, those that have a file for it."""
        printed: dict[Key, str | None] = {}
        with Connection(str(self.queue), timeout=60) as connection:
            found = connection.ask({"op": "outputs", "ids": ["all"]})["tasks"]
        for task in found:
            number, _, idx = task["id"].partition(".")
            if task["stdout"] is not None:
                path = Path(task["stdout"])
                printed[int(number), int(idx or 0)] = path.read_text() if path.exists() else None
        return printed

    def _ledgers(self, shown: dict[Key, str], printed: dict[Key, str | None]) -> Ledgers:
        return Ledgers(
            told=read_told(self.told),
            written=read_written(self.witnesses),
            store=read_store(self.queue / "burro.db"),
            kills=self.kills,
            journalled=self.journalled,
            left=list(self.left().values()),
            shown=shown,
            printed=printed,
            slots=self.slots,
            blind=self.blind,
        )

    def left(self) -> dict[int, str]:
        """Processes of this queue that still live, but for the clients."""
        started = {one.pid for one in [*self.clients.values(), *self.passers]}
        return {pid: text for pid, text in left_of(self.queue).items() if pid not in started}

    def _clean_up(self) -> None:
        for one in [*self.clients.values(), *self.passers]:
            if one.poll() is None:
                one.kill()
            one.wait()
        for pid in self.left():
            kill(pid)
