"""What the server tells a worker to do."""

from __future__ import annotations

from collections.abc import Callable

from ..base.clock import steady
from ..link.lines import Message
from ..link.place import Place
from .journal import Key
from .reaper import Reaper
from .slots import Claim, Slots
from .spec import JobSpec
from .uplink import Uplink


class Orders:
    """Carries out messages. `cpus`: what this machine was found to have; `leave` makes the worker go."""

    def __init__(
        self, place: Place, slots: Slots, reaper: Reaper, uplink: Uplink, *, cpus: int, leave: Callable[..., None]
    ) -> None:
        self._place, self._slots, self._reaper, self._uplink = place, slots, reaper, uplink
        self._found_cpus, self._leave = cpus, leave
        self._envs: dict[str, dict[str, str]] = {}

    def obey(self, message: Message) -> None:
        """Do what one message says; what is not known is for a later version."""
        op = message.get("op")
        if op == "work":
            self._take_work(message)
        elif op == "ack":
            self._uplink.outbox.acknowledge(int(message["seq"]))
        elif op == "cancel":
            for job, idx, token in message["tasks"]:
                self._cancel((job, idx, token))
        elif op in ("welcome", "room"):
            self._uplink.welcomed()
            self._slots.cpus = self._found_cpus if message["cpus"] is None else int(message["cpus"])
        elif op == "forget":
            self._forget(message)
        elif op == "leave":
            self._leave(kill=bool(message.get("kill")), why="the queue was stopped")

    def _take_work(self, message: Message) -> None:
        self._envs.update(message.get("envs") or {})
        for job, wire in (message.get("specs") or {}).items():
            self._slots.specs[int(job)] = JobSpec(
                wire,
                self._envs.get(wire["env"], {}),
                directory=self._place.directory,
                queue=self._place.queue,
                worker=self._place.name,
            )
        moment = steady()
        held = {claim.key for claim in self._slots.queue}
        for job, idx, token, number, command in message["tasks"]:
            key = (job, idx, token)
            if key not in held and key not in self._slots.by_key:
                self._slots.queue.append(Claim(key, number, command, moment))

    def _cancel(self, key: Key) -> None:
        run = self._slots.by_key.get(key)
        if run is not None:
            self._reaper.stop(run, "cancelled")
        else:
            self._slots.give_back(key)

    def _forget(self, message: Message) -> None:
        for job in message["jobs"]:
            spec = self._slots.specs.pop(int(job), None)
            if spec is not None:
                spec.forget()
        for digest in message.get("envs") or []:
            self._envs.pop(digest, None)
