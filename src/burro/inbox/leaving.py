"""cancelled/: folders that somebody took out of pending/. Their jobs are cancelled, and how they ended is written."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..base.errors import UsageError
from ..base.failpoint import hit
from ..model.inbox import Settings
from ..model.pool import ANY
from ..model.states import CANCELLED as STOPPED
from . import asking, folder, results
from .delivering import finish, write_results
from .desk import Desk
from .files import exists, open_dir
from .folder import Held
from .root import CANCELLED, Parts

_TAKEN_OUT = "its folder was moved to cancelled/"


@dataclass
class Leaving:
    """Folders in cancelled/ whose jobs are being stopped, by job."""

    root: str
    settings: Settings
    held: dict[int, Held] = field(default_factory=dict)
    _seen: float | None = None

    def learn(self, parts: Parts, desk: Desk) -> list[str]:
        """Cancel the jobs of folders that are new here; their names."""
        mark = os.fstat(parts.cancelled).st_mtime
        if mark == self._seen:
            return []
        known = {one.name for one in self.held.values()}
        names = [entry.name for entry in os.scandir(parts.cancelled) if entry.is_dir(follow_symlinks=False)]
        found = [name for name in names if name not in known and self._cancel(parts, name, desk)]
        self._seen = mark
        return found

    def _cancel(self, parts: Parts, name: str, desk: Desk) -> bool:
        """Whether it is one of ours that has not ended."""
        end = open_dir(name, under=parts.cancelled)
        try:
            key = folder.known_key_of(end)
            if key is None or exists(end, folder.RESULT):
                return False
            jobs = folder.job_of(end)
        finally:
            os.close(end)
        job = None if jobs is None else jobs[0]
        if job is None:
            job = self._ask_for_job(parts, name, key, desk)
        hit("inbox.before_cancel")
        if job is None:
            self._write(parts, name, results.lost_result(None, key=key, state=STOPPED, reason=_TAKEN_OUT))
            return True
        desk.cancel(job)
        self.held[job] = Held(name, key)
        return True

    def _ask_for_job(self, parts: Parts, name: str, key: str, desk: Desk) -> int | None:
        """The job of a key, where the queue has one; else one is made that is held, and then cancelled."""
        end = folder.open_work(parts.cancelled, name)
        try:
            path = os.path.join(self.root, CANCELLED, name)
            form = asking.submission(end, name=name, path=path, key=key, pool=self.settings.pool or ANY)
        except UsageError:
            return None
        finally:
            os.close(end)
        [answer] = desk.submit([{**form, "options": {**form["options"], "hold": True}}])
        return answer if isinstance(answer, int) else None

    def end(self, parts: Parts, desk: Desk, jobs: Iterable[int]) -> list[str]:
        """Of these jobs those that are over: write how they ended; the folders' names."""
        ours = sorted({job for job in jobs if job in self.held})
        rows = desk.details(ours) if ours else {}
        names = []
        for job in ours:
            one, row = self.held[job], rows.get(job)
            if row is not None and not results.is_over(row):
                continue
            found = (
                results.lost_result(job, key=one.key, state=STOPPED, reason=_TAKEN_OUT)
                if row is None
                else results.result(row, key=one.key, folder=os.path.join(self.root, CANCELLED, one.name))
            )
            del self.held[job]
            self._write(parts, one.name, found)
            names.append(one.name)
        return names

    def _write(self, parts: Parts, name: str, found: dict[str, object]) -> None:
        try:
            end = folder.open_work(parts.cancelled, name)
        except FileNotFoundError:
            return  # taken away again
        try:
            write_results(end, found, settings=self.settings, synced=True)
        finally:
            os.close(end)
        finish(parts.cancelled, name, settings=self.settings)
