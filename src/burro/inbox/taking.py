"""The way in: a folder that is ready gets a key, is moved to pending/, and becomes a job."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from ..base.errors import UsageError
from ..base.failpoint import hit
from ..model.inbox import Settings
from . import archives, asking, folder
from .desk import Desk
from .files import move, open_dir, settle
from .folder import Busy, Held
from .root import PENDING, Parts
from .travel import Answer, Sent, send
from .unpacking import Broken

MANY = 3  # folders from which on all that the file system holds is written at once


@dataclass(frozen=True)
class Taken:
    """What became of one: its job and the one after which it is complete, or why it can be none; `later`: for now."""

    held: Held
    sent: Sent | None
    why: str = ""
    later: bool = False


def claim(parts: Parts, name: str, *, settings: Settings, many: bool) -> Held:
    """Give it a key, then move it to pending/. Raises Busy, OSError; then it is where it was."""
    end = open_dir(name, under=parts.inbox)
    try:
        hit("inbox.before_key")
        key = folder.new_key(end, finished=settings.finished, synced=not many)
        hit("inbox.after_key")
    finally:
        os.close(end)
    try:
        move(name, under=parts.inbox, to=name, into=parts.pending)
    except FileExistsError:
        raise Busy from None
    hit("inbox.after_pending")
    return Held(name, key)


def settle_claims(parts: Parts, *, many: bool) -> None:
    """What was claimed is on disk: only now may it be submitted, or a power cut would have it run twice."""
    settle(parts.pending, parts.inbox, many=many)


def submit(parts: Parts, held: Sequence[Held], *, desk: Desk, root: str, settings: Settings) -> list[Taken]:
    """Make jobs of folders in pending/, each once however often this is done.

    Raises BurroError: none was taken.
    """
    forms, taken, whose = [], [], []
    pool = desk.home(settings.pool)
    for one in held:
        try:
            archives.prepare(parts, one.name, settings)
            forms.append(_form(parts, one, root=root, pool=pool))
            whose.append(one)
        except OSError as error:  # a full disk
            taken.append(Taken(one, None, error.strerror or str(error), later=True))
        except Broken as error:
            archives.give_back(parts, one.name)
            taken.append(Taken(one, None, str(error)))
        except UsageError as error:
            taken.append(Taken(one, None, str(error)))
    answers = send(desk, forms)
    hit("inbox.after_submit")
    for one, answer in zip(whose, answers, strict=True):
        taken.append(_noted(parts, one, answer))
    return taken


def _form(parts: Parts, one: Held, *, root: str, pool: str) -> asking.Form:
    end = folder.open_work(parts.pending, one.name)
    try:
        path = os.path.join(root, PENDING, one.name, folder.work_in(parts.pending, one.name)).rstrip("/")
        return asking.submission(end, name=one.name, path=path, key=one.key, pool=pool)
    finally:
        os.close(end)


def _noted(parts: Parts, one: Held, answer: Answer) -> Taken:
    if isinstance(answer, UsageError):
        return Taken(one, None, str(answer))
    end = open_dir(one.name, under=parts.pending)
    try:
        folder.note_job(end, answer.job, answer.last)
    finally:
        os.close(end)
    hit("inbox.after_job")
    return Taken(one, answer)
