"""The three ledgers of a storm, and what was killed, as values."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import apsw

from burro.store import tasks as store_tasks
from burro.store.db import Database


@dataclass(frozen=True)
class Told:
    """One submission in the submitter's ledger; `job`: the number it was told, None: it was told nothing.

    `cancel`: it was asked to be cancelled; `cancelled`: when the answer came that no task of it runs. `retries`: how
    often a failed task is to be tried again; `after`: kind and key of what it depends on.
    """

    key: str
    tasks: int
    code: int
    at: float
    job: int | None
    cancel: bool = False
    cancelled: float | None = None
    retries: int = 0
    after: tuple[str, str] | None = None


@dataclass(frozen=True)
class Line:
    """One line of a task's own ledger: S started, E about to end with `code`, O met attempt `code` alive."""

    kind: str
    job: int
    idx: int
    attempt: int
    pid: int
    boot: str
    at: float  # seconds since 1970
    code: int | None


@dataclass(frozen=True)
class Attempt:
    """One attempt in the store."""

    token: int
    number: int
    started: float
    ended: float | None
    outcome: str | None
    code: int | None


@dataclass(frozen=True)
class Task:
    """One task in the store."""

    job: int
    idx: int
    state: str
    token: int
    attempts: tuple[Attempt, ...]

    @property
    def key(self) -> tuple[int, int]:
        return self.job, self.idx


@dataclass(frozen=True)
class Store:
    """What the store says in the end, by itself and through `burro show`."""

    keys: dict[str, list[int]]  # key of a submission -> jobs
    tasks: dict[tuple[int, int], Task]
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Victim:
    """A process that was killed. `parent`: a worker's keeper, or 0; `heir`: a keeper that was a worker before."""

    role: str
    pid: int
    parent: int
    heir: bool = False


@dataclass(frozen=True)
class Kill:
    """What was killed in one moment."""

    at: float
    victims: tuple[Victim, ...]


@dataclass(frozen=True)
class Journalled:
    """An end that stood in a worker's journal right after a kill."""

    job: int
    idx: int
    token: int
    outcome: str
    code: int | None


def read_told(directory: Path) -> list[Told]:
    """The ledgers of all submitters. A line that kill -9 cut off says nothing."""
    intents: dict[str, dict] = {}
    acks: dict[str, int] = {}
    cancels: dict[str, float | None] = {}
    for path in sorted(directory.iterdir()):
        for text in path.read_text().split("\n")[:-1]:
            line = json.loads(text)
            if "intent" in line:
                intents.setdefault(line["intent"], line)
            elif "ack" in line:
                acks[line["ack"]] = line["job"]
            elif "released" not in line:
                cancels[line.get("cancel") or line["cancelled"]] = line.get("at")
    return [
        Told(
            key,
            line["tasks"],
            line["code"],
            line["at"],
            acks.get(key),
            key in cancels,
            cancels.get(key),
            line.get("retries", 0),
            tuple(line["after"][:2]) if line.get("after") else None,
        )
        for key, line in intents.items()
    ]


def read_written(directory: Path) -> list[Line]:
    """What the tasks wrote, each task's lines in the order they were written."""
    booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    found = []
    for path in sorted(directory.iterdir()):
        for text in path.read_text().splitlines():
            kind, job, idx, attempt, pid, boot, moment, code = text.split(" ")
            number = None if code == "-" else int(code)
            found.append(Line(kind, int(job), int(idx), int(attempt), int(pid), boot, booted + float(moment), number))
    return found


def read_store(path: Path) -> Store:
    """The database of a server that has left."""
    database = Database(str(path))
    wrong = store_tasks.unsound(database)
    database.close()
    link = apsw.Connection(str(path))
    ((whole,),) = link.execute("pragma integrity_check")
    wrong += [] if whole == "ok" else [f"integrity_check: {whole}"]
    attempts: dict[tuple[int, int], list[Attempt]] = {}
    for job, idx, *rest in link.execute(
        "select job, idx, token, number, started, ended, outcome, code from attempt order by job, idx, token"
    ):
        attempts.setdefault((job, idx), []).append(Attempt(*rest))
    found = {
        (job, idx): Task(job, idx, state, token, tuple(attempts.get((job, idx), ())))
        for job, idx, state, token in link.execute("select job, idx, state, token from task")
    }
    keys: dict[str, list[int]] = {}
    for job, key in link.execute("select id, key from job"):
        keys.setdefault(key, []).append(job)
    link.close()
    return Store(keys, found, tuple(wrong))


def read_journals(queue: Path) -> list[Journalled]:
    """The ends that stand in the journals of a queue's workers now, cut-off lines left out."""
    return [end for path in sorted(queue.glob("workers/*/journal")) for end in read_journal(path)]


def read_journal(path: Path) -> list[Journalled]:
    """The ends that stand in one journal now, cut-off lines left out."""
    found = []
    for line in path.read_text(encoding="ascii", errors="replace").split("\n")[:-1]:
        fields = line.split(" ", 9)
        if fields[0] == "e" and len(fields) == 10:
            code = None if fields[5] == "-" else int(fields[5])
            found.append(Journalled(int(fields[1]), int(fields[2]), int(fields[3]), fields[4], code))
    return found
