"""Contents of scheduled jobs that stay in a clone at another machine: which they are, until that is recorded."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterator

from ..link.lines import Message
from ..model.footprint import WHOLE
from ..store import scheduled
from ..store.scheduled import Part
from .state import Server


def stays_file(queue: str, job: int, idx: int) -> str:
    """The file that tells of one task's: the keys by path, and the uuid of the annex that has them."""
    return os.path.join(queue, "stays", f"{job}-{idx}.json")


def stays_of(queue: str, part: Part) -> Message:
    """What a record has to say of it; nothing where nothing stays elsewhere."""
    keys: dict[str, str] = {}
    uuid = ""
    for path in _files(queue, part):
        with open(path, encoding="ascii") as file:
            told = json.load(file)
        keys, uuid = {**keys, **told["keys"]}, told["uuid"]
    return {"stays": keys, "stays_in": uuid} if keys else {}


def forget_stays(queue: str, part: Part) -> None:
    """It is recorded, or never will be."""
    for path in _files(queue, part):
        os.unlink(path)


def tidy(server: Server) -> None:
    """Remove what tells of records that are not open any more: whoever closed them was killed behind that."""
    told: dict[int, list[int]] = {}
    for path in glob.glob(os.path.join(glob.escape(server.queue), "stays", "*-*.json")):
        job, _, idx = os.path.basename(path)[: -len(".json")].partition("-")
        told.setdefault(int(job), []).append(int(idx))
    for number, indices in told.items():
        parts = {part.idx for part, state, _ in scheduled.records(server.db, number) if state == scheduled.OPEN}
        for index in indices if WHOLE not in parts else ():
            if index not in parts:
                os.unlink(stays_file(server.queue, number, index))


def _files(queue: str, part: Part) -> Iterator[str]:
    if part.idx == WHOLE:
        yield from glob.iglob(os.path.join(glob.escape(queue), "stays", f"{part.job}-*.json"))
    elif os.path.exists(path := stays_file(queue, part.job, part.idx)):
        yield path
