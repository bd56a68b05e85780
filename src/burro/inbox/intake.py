"""inbox/: its names in order, what each waits for, and taking those that are ready."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass

from ..base.clock import steady
from ..model.inbox import Settings
from . import archives, ready
from .folder import Busy, Held
from .names import ending, in_order, shown
from .ready import Earlier, Moment, Waiting
from .rejecting import reject
from .root import Lock, Parts
from .sight import Sight, survey
from .taking import MANY, claim, settle_claims

Tell = Callable[[str], None]
_SHARE = 30.0  # looks at what is not ready may take so small a part of the time


@dataclass
class Standing:
    """A name that is not taken yet: why, and when to look again, in steady time."""

    why: str
    due: float
    earlier: Earlier


class Intake:
    """What waits in one inbox. `local`: somebody tells of changes, so that names need not be listed each time."""

    def __init__(self, settings: Settings, lock: Lock, tell: Tell) -> None:
        self._settings, self._lock, self._tell = settings, lock, tell
        self._names: list[str] | None = None
        self._standing: dict[str, Standing] = {}
        self._moved: set[str] = set()
        self._pause = 1.0  # until what is not ready is looked at again
        self.local = False
        self.listen: Callable[[], None] = lambda: None  # takes what the kernel has told meanwhile
        self.rejected = 0

    @property
    def count(self) -> int:
        """How many names there are."""
        return len(self._names or ())

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Names that were looked at and not taken, each with why."""
        return [(name, one.why) for name, one in self._standing.items()]

    def heard(self, name: str, *, moved: bool) -> None:
        """Something came, or changed; without a name anything may have."""
        self._names = None
        self._standing.pop(name, None)
        if moved:
            self._moved.add(name)

    def list_anew(self) -> None:
        """Believe nothing that was seen before, but since when it is quiet."""
        self._names = None
        for one in self._standing.values():
            one.due = 0.0

    def due(self) -> float | None:
        """The steady time at which to look again; None: when something changes."""
        return min((one.due for one in self._standing.values()), default=None)

    def refresh(self, parts: Parts) -> None:
        """The names, in order, as they are at this moment: what has just come may go first."""
        self.listen()
        if self._names is None or (self._names and not self.local):
            self._names = in_order(os.listdir(parts.inbox))
            here = set(self._names)
            self._standing = {name: one for name, one in self._standing.items() if name in here}
            self._moved &= here

    def take(self, parts: Parts, room: int, *, busy: set[str]) -> list[Held]:
        """Claim up to `room` of those that are ready, in order; what is not holds nobody up."""
        begun, moment = steady(), self._moment()
        chosen: list[str] = []
        for name in self._names or ():
            if len(chosen) == room:
                break
            standing = self._standing.get(name)
            if (standing is None or standing.due <= moment.steady) and self._look(parts, name, moment, busy):
                chosen.append(name)
        self._pause = max(1.0, _SHARE * (steady() - begun)) if self.local else self._settings.period
        claimed = self._claim(parts, chosen)
        if claimed and self._names is not None:
            gone = {one.name for one in claimed}
            self._names = [name for name in self._names if name not in gone]
        if claimed:
            settle_claims(parts, many=len(claimed) > MANY)
        return claimed

    def _moment(self) -> Moment:
        there = self._lock.time_there()
        return Moment(steady(), there if self._lock.true_times else None)

    def _look(self, parts: Parts, name: str, moment: Moment, busy: set[str]) -> bool:
        """Whether it can be taken now; if not, why not is noted."""
        settings = self._settings
        try:
            sight = survey(parts.inbox, name, links=settings.links, most=settings.max_files, fresh=self._lock.network)
            waiting = self._waits(parts, name, sight, moment)
            if waiting is None and name in busy:
                waiting = Waiting("a folder of this name is in pending/")
            if waiting is not None:
                self._wait(name, sight, waiting, moment)
            return waiting is None
        except FileNotFoundError:
            self._names = None  # it went while we looked
        except OSError as error:
            self._wait(name, Sight(), Waiting(f"it cannot be looked at: {error.strerror}"), moment)
        return False

    def _waits(self, parts: Parts, name: str, sight: Sight, moment: Moment) -> Waiting | None:
        before = self._standing.get(name)
        known = before is not None and before.earlier.mark == sight.mark
        earlier = before.earlier if before is not None and known else Earlier(sight.mark, moment.steady)
        moved = name in self._moved
        if ending(name) and sight.files == 0 and _is_file(parts, name):
            return ready.archive_waits(sight, earlier, moment, self._settings, moved_in=moved)
        if sight.why is None:
            return ready.waits(sight, earlier, moment, self._settings, moved_in=moved)
        waiting = ready.archive_waits(sight, earlier, moment, self._settings, moved_in=moved)
        if waiting is not None:
            return waiting
        try:
            to = reject(parts, name, sight.why)
        except FileNotFoundError:
            raise
        except OSError as error:  # a folder of somebody else's may not be ours to move
            return Waiting(f"{sight.why}; it cannot be moved to rejected/ ({error.strerror})")
        self.rejected += 1
        self._tell(f"rejected {shown(name)}: {sight.why}" + ("" if to == name else f" (as {shown(to)})"))
        raise FileNotFoundError(name)

    def _wait(self, name: str, sight: Sight, waiting: Waiting, moment: Moment) -> None:
        before = self._standing.get(name)
        same = before is not None and before.earlier.mark == sight.mark
        earlier = before.earlier if before is not None and same else Earlier(sight.mark, moment.steady)
        due = moment.steady + (self._pause if waiting.seconds is None else max(0.05, waiting.seconds))
        self._standing[name] = Standing(waiting.why, due, earlier)

    def _claim(self, parts: Parts, chosen: list[str]) -> list[Held]:
        """Move them to pending/, one after another."""
        claimed = []
        for name in chosen:
            self._standing.pop(name, None)
            self._moved.discard(name)
            try:
                if _is_file(parts, name):
                    claimed.append(archives.claim(parts, name, self._settings))
                else:
                    claimed.append(claim(parts, name, settings=self._settings, many=len(chosen) > MANY))
            except Busy:
                self._put_off(name, "a folder of this name is in pending/")
            except FileNotFoundError:
                continue
            except OSError as error:
                self._put_off(name, f"it cannot be taken: {error.strerror}")
        return claimed

    def _put_off(self, name: str, why: str) -> None:
        now = steady()
        self._standing[name] = Standing(why, now + max(1.0, min(self._settings.period, 30.0)), Earlier((), now))


def _is_file(parts: Parts, name: str) -> bool:
    return stat.S_ISREG(os.stat(name, dir_fd=parts.inbox, follow_symlinks=False).st_mode)
