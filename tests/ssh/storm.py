"""A storm over four machines: links are cut and stall, and server, links, workers, keepers and machines die."""

from __future__ import annotations

import time
from pathlib import Path

from burro.link.call import Connection
from burro.link.lines import Message
from tests.chaos.checker import Key, blind_kills
from tests.chaos.ledgers import Kill, Victim, read_journals
from tests.chaos.storm import MOST_BLIND, Storm
from tests.crew import crew_of, kill, server_of, words_of
from tests.rig.relay import Relay
from tests.rig.sshd import loopback
from tests.waiting import until

HOME = 40.0  # seconds within which all output must have come home once all has ended

KILLS = (
    *(("server",), ("link",), ("worker",), ("keeper",), ("client",), ("server", "link")),
    *(("worker", "keeper"), ("worker", "keeper"), ("server", "worker"), ("server", "worker", "keeper")),
)


class FarStorm(Storm):
    """The world of one seed: a queue with two cpus here and two at each machine."""

    slots = 2
    strikes = 20
    pools = ("m1", "m2", "m3", "m4")

    def __init__(self, root: Path, seed: int) -> None:
        super().__init__(root, seed)
        self.machines = loopback(4)
        self.relays: list[Relay] = []
        self.env["PATH"] = f"{self.machines.user.bin}:{self.env['PATH']}"
        self.env["BURRO_LINK_TIMEOUT"] = "2"  # seconds: a busy computer takes more than one to start a worker

    def _begin(self) -> None:
        self.machines.start()
        self.relays = [self.machines.relay(pool) for pool in self.pools]
        self.queue.mkdir(mode=0o700)
        tables = [f'[pools.{pool}]\nssh = "{pool}"\ncpus = {self.slots}\n' for pool in self.pools]
        (self.queue / "burro.toml").write_text("\n".join(tables))
        super()._begin()
        if self.random.random() < 0.8:  # else nobody has met anybody yet when it begins
            until(self._are_all_up, within=HOME)

    def _strike(self) -> None:
        """A line breaks, somebody dies, or a machine loses its power."""
        for relay in self.relays:
            if self.random.random() < 0.4:  # the others stay as they are for longer
                relay.resume()
        drawn = self.random.random()
        if drawn < 0.45:
            self._break_a_line()
        elif drawn < 0.92:
            self._kill(self.random.choice(KILLS), self.random.choice(["here", *self.pools]))
        else:
            self._lose_power(self.random.choice(self.pools))

    def _break_a_line(self) -> None:
        relay = self.random.choice(self.relays)
        how = self.random.choice(["now", "within", "within", "stall", "refuse"])
        if how == "stall":
            relay.stall()
        elif how == "within":
            relay.cut(after=self.random.randrange(100, 30_000))
        else:
            relay.cut()
            if how == "refuse":
                relay.refuse()

    def _kill(self, roles: tuple[str, ...], place: str) -> None:
        victims = [victim for victim in self._living(place) if victim.role in roles]
        if self._may_die(victims):
            for victim in victims:
                kill(victim.pid)
            self._note(victims)

    def _lose_power(self, pool: str) -> None:
        victims = [victim for victim in self._living(pool) if victim.role in ("link", "keeper", "worker")]
        if self._may_die(victims):
            self.machines[pool].lose_power()
            self._note(victims)
            self.machines[pool].start()

    def _may_die(self, victims: list[Victim]) -> bool:
        return len(blind_kills([*self.kills, Kill(time.time(), tuple(victims))])) <= MOST_BLIND

    def _note(self, victims: list[Victim]) -> None:
        self.kills.append(Kill(time.time(), tuple(victims)))
        for state in [self.queue, *filter(None, map(self._state, self.pools))]:
            self.journalled += read_journals(state)

    def _living(self, place: str) -> list[Victim]:
        """Who can be killed: here or at a machine, the server and the clients in any case."""
        found = [Victim("client", client.pid, 0) for client in self.clients.values() if client.poll() is None]
        server = server_of(self.queue)
        found += [Victim("server", server, 0)] if server else []
        state = self.queue if place == "here" else self._state(place)
        if place != "here":
            pids = self.machines[place].processes()
            found += [Victim("link", pid, 0) for pid in pids if words_of(pid)[-1:] == ["link"]]
        crew = [] if state is None else crew_of(state)
        return found + [Victim(one.role, one.pid, one.keeper, one.heir) for one in crew]

    def _state(self, pool: str) -> Path | None:
        """Where the queue's worker lives at a machine, if it was there already."""
        states = (self.machines[pool].home / ".local/state/burro-worker").glob("*-*-*")
        return next(states, None)

    def _calm_down(self) -> None:
        """All lines hold; all output comes home."""
        for relay in self.relays:
            relay.resume()
        super()._calm_down()
        until(self._is_quiet, within=HOME)

    def _is_quiet(self) -> bool:
        tasks = self._ask({"op": "outputs", "ids": ["all"]})["tasks"]
        return self._are_all_up() and not any(task["elsewhere"] for task in tasks)

    def _are_all_up(self) -> bool:
        return all(pool["state"] == "up" for pool in self._ask({"op": "pools"})["pools"])

    def _ask(self, question: Message) -> Message:
        with Connection(str(self.queue), timeout=60) as connection:
            return connection.ask(question)

    def _printed(self) -> dict[Key, str | None]:
        printed = super()._printed()
        assert printed, f"seed {self.seed}: nothing was printed"
        return printed

    def left(self) -> dict[int, str]:
        """Processes of this queue that live, here and at the machines."""
        found = super().left()
        for machine in self.machines:
            found |= machine.processes()
        return found

    def _ledgers(self, shown, printed):
        try:
            until(lambda: not self.left(), within=10)  # a worker that was told to leave has its own way to go
        except AssertionError:
            pass  # the checker says what is left
        return super()._ledgers(shown, printed)

    def _clean_up(self) -> None:
        try:
            super()._clean_up()
        finally:
            self.machines.close()
