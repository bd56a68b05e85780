"""What the server tells a worker to do."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Optional

from ..base.clock import steady
from ..link.lines import Message
from ..link.place import Place
from .claim import Claim
from .departure import Departure
from .gpus import clean_ids
from .parcels import settle
from .patience import Patience
from .pulse import Pulse
from .reaper import Reaper
from .room import Found
from .slots import Slots
from .spec import JobSpec, Wire
from .uplink import Uplink


class Orders:
    """Carries out messages. `found`: what this machine has; `departure`: when the worker goes.

    `patience`: of a worker elsewhere; `pulse`: of one that goes to its server.
    """

    def __init__(
        self,
        place: Place,
        slots: Slots,
        reaper: Reaper,
        uplink: Uplink,
        *,
        found: Found,
        departure: Departure,
        patience: Optional[Patience],
        pulse: Pulse,
    ) -> None:
        self._place, self._slots, self._reaper, self._uplink = place, slots, reaper, uplink
        self._found, self._departure, self._patience, self._pulse = found, departure, patience, pulse
        self._envs: dict[str, dict[str, str]] = {}
        self._orders: dict[str, Callable[[Message], None]] = {
            "work": self._take_work,
            "ack": self._acknowledge,
            "cancel": self._cancel,
            "signal": self._signal,
            "limit": self._limit,
            "welcome": self._be_welcome,
            "beat": pulse.hear,
            "room": self._set_room,
            "forget": self._forget,
            "leave": self._go,
            "ping": self._answer,
            "return": self._return,
            "keep": self._keep,
            "until": self._until,
            "unpacked": lambda message: settle(uplink.outbox, message),
        }

    def obey(self, message: Message) -> None:
        """Do what one message says; what is not known is for a later version."""
        order = self._orders.get(str(message.get("op")))
        if order is not None:
            order(message)

    def _acknowledge(self, message: Message) -> None:
        self._uplink.outbox.acknowledge(int(message["seq"]))

    def _be_welcome(self, message: Message) -> None:
        self._set_room(message)
        self._pulse.hear(message)

    def _set_room(self, message: Message) -> None:
        self._uplink.welcomed()
        room, cpus, gpus = self._slots.room, message.get("cpus"), clean_ids(message.get("gpus"))
        room.cpus = self._found.cpus if cpus is None else int(cpus)
        room.gpus = self._found.gpus.ids if gpus is None else gpus
        room.mem = min(self._found.mem, message.get("mem") or self._found.mem)
        for spec in self._slots.specs.values():
            spec.hide_gpus(hidden=bool(room.gpus))

        if "keep" in message:
            self._keep({"seconds": message["keep"]})
        if "lease" in message and self._patience is not None:
            self._patience.lease = message["lease"]

    def _answer(self, message: Message) -> None:
        self._uplink.say({"op": "pong", "n": message.get("n")})

    def _return(self, message: Message) -> None:
        """Give back what is not begun; what runs is not asked for."""
        wanted = {(job, idx, token) for job, idx, token in message["tasks"]}
        self._slots.give_back(wanted)

    def _keep(self, message: Message) -> None:
        seconds = message.get("seconds")
        self._slots.keep = inf if seconds is None else float(seconds)

    def _until(self, message: Message) -> None:
        self._departure.walltime.until = float(message["at"])

    def _go(self, message: Message) -> None:
        self._departure.leave(kill=bool(message.get("kill")), why="the queue was stopped")

    def _take_work(self, message: Message) -> None:
        self._envs.update(message.get("envs") or {})
        for job, wire in (message.get("specs") or {}).items():
            self._slots.specs[int(job)] = self._spec(wire)
        moment = steady()
        held, fresh = {claim.key for claim in self._slots.queue}, []
        for job, idx, token, number, command, *more in message["tasks"]:
            key, spec = (job, idx, token), self._slots.specs.get(job)
            if spec is None:
                self._uplink.drop()  # one of us is wrong about what was said: after a new hello it is said again
                break
            if key not in held and key not in self._slots.by_key:
                needs = spec.needs.but(more[0]) if more and more[0] else spec.needs
                fresh.append(Claim(key, number, command, moment, spec, needs))
        self._slots.add(fresh)
        if self._uplink.outbox.leaving:
            self._slots.give_back_all()

    def _spec(self, wire: Wire) -> JobSpec:
        place = self._place
        spec = JobSpec(
            wire,
            self._envs.get(wire["env"], {}),
            directory=place.directory,
            queue=place.queue,
            worker=place.name,
            gpu_names=self._found.gpus.names,
        )
        if self._slots.room.gpus:
            spec.hide_gpus(hidden=True)
        return spec

    def _cancel(self, message: Message) -> None:
        for job, idx, token in message["tasks"]:
            run = self._slots.by_key.get((job, idx, token))
            if run is not None:
                self._reaper.stop(run, "cancelled")
            else:
                self._slots.give_back({(job, idx, token)})

    def _signal(self, message: Message) -> None:
        for job, idx, token in message["tasks"]:
            run = self._slots.by_key.get((job, idx, token))
            if run is not None:
                self._reaper.signal(run, int(message["signal"]))

    def _limit(self, message: Message) -> None:
        for job, idx, token, seconds in message["tasks"]:
            self._slots.limit((job, idx, token), seconds)

    def _forget(self, message: Message) -> None:
        for job in message["jobs"]:
            spec = self._slots.specs.pop(int(job), None)
            if spec is not None:
                spec.forget()
        for digest in message.get("envs") or []:
            self._envs.pop(digest, None)
