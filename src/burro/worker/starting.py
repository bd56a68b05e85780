"""A claim becomes an attempt that runs: written down before and after."""

from __future__ import annotations

import json
from typing import Optional, Union

from ..base.clock import now, since_boot
from ..base.failpoint import hit
from ..base.log import Log
from .claim import NOTHING, Claim, Launch, Share, warning_of
from .entry import micros, warn_line
from .groups import Groups
from .journal import Journal
from .parcels import going_home
from .room import Room
from .running import Running
from .spawn import NoRoom, NotStarted, Spawner, Started
from .spec import Files


class Starter:
    """Starts attempts in the room that they were found to fit in."""

    def __init__(self, journal: Journal, log: Log, room: Room, groups: Groups) -> None:
        self._journal, self._log, self._room, self._groups = journal, log, room, groups
        self._spawner = Spawner()
        self.trouble: Optional[str] = None  # why nothing can be begun here; None: nobody knows of any
        self._next: Optional[Launch] = None  # of the claim that comes next, worked out while others run

    def rest(self) -> None:
        """Stand in nobody's way while nothing runs."""
        self._spawner.rest()

    def prepare(self, claim: Claim) -> None:
        """Work out what this one needs, which will be the next."""
        if (self._next is None or self._next.claim is not claim) and not claim.needs.gpus:
            self._next = self._launch(claim)

    def start(self, claim: Claim) -> Union[Running, str, None]:
        """Start one attempt; why it cannot be started, here or anywhere; None: the machine has no room just now."""
        job, idx, token = claim.key
        begun = since_boot()
        key = f"{job} {idx} {token}"
        share = self._share(claim) if claim.needs.gpus or claim.needs.mem else NOTHING
        try:
            self._journal.write(
                f"s {key} {claim.number} {micros(begun)} {claim.needs.text} {','.join(share.gpus) or '-'}"
            )
        except OSError as error:
            self.trouble = f"the worker's journal cannot be written: {error.strerror}"
            self._log.say(f"{self.trouble}; waiting")
            self._groups.remove(share.group)
            return None
        self.trouble = None
        hit("start.after_intent")
        try:
            started = self._spawn(claim, share)
        except NoRoom as error:
            self._log.say(f"task {job}.{idx} cannot be started just now ({error}); waiting")
            self._groups.remove(share.group)
            self._take_back(key)
            return None
        except (NotStarted, OSError) as error:
            self._groups.remove(share.group)
            self._take_back(key)
            return str(error) if isinstance(error, NotStarted) else f"{error.filename}: {error.strerror}"
        hit("start.after_spawn")
        return self._begun(claim, share, begun, started, key=key)

    def _take_back(self, key: str) -> None:
        try:
            self._journal.write(f"u {key}")
        except OSError:
            return  # an intent without a process: the next reader sees that nothing came of it

    def _share(self, claim: Claim) -> Share:
        mem = 0 if claim.spec.leave else claim.needs.mem  # what it may leave running is not to go with its group
        return Share(self._room.pick(claim.needs.gpus), self._groups.make(claim.key, mem))

    def _spawn(self, claim: Claim, share: Share) -> Started:
        if claim.spec.script is not None:
            claim.spec.write_script()
        launch, self._next = self._next, None
        if launch is None or launch.claim is not claim:
            launch = self._launch(claim, share)
        return self._spawner.start(claim.spec, launch.argv, launch.env, launch.files, group=share.group)

    def _launch(self, claim: Claim, share: Share = NOTHING) -> Launch:
        """Work out what a start needs; the one before is void."""
        idx, number, spec = claim.key[1], claim.number, claim.spec
        argv = spec.argv if spec.argv is not None else [*spec.around, "/bin/sh", "-c", claim.command or ""]
        return Launch(claim, argv, spec.task_env(idx, number, share.gpus), spec.files(idx, number))

    def _begun(self, claim: Claim, share: Share, begun: float, started: Started, *, key: str) -> Running:
        """It runs. Until that is written down, with the next line, its birth and its environment tell who it is."""
        moment, spawned = now(), since_boot()
        pid, *files = started
        if started.out is not None:
            self._journal.put_off(f"o {key} {json.dumps(files)}")
        self._journal.put_off(f"p {key} {pid} {micros(spawned)} {micros(moment)}")
        names = claim.spec.files(claim.key[1], claim.number) if started.out is None else Files(started.out, started.err)
        home = going_home(claim.spec.wire, claim.spec.dir, names, idx=claim.key[1], number=claim.number)
        if home is not None:
            self._journal.put_off(f"h {key} {json.dumps(home)}")
        warn = warning_of(claim.spec.wire)
        if warn is not None:
            self._journal.put_off(warn_line(claim.key, warn))
        birth = (pid, begun, spawned, moment)
        run = Running(claim[:2], claim.needs, birth, started[1:], own=True, leave=claim.spec.leave)
        run.home, run.warn, run.gpus, run.group = home, warn, *share
        return run
