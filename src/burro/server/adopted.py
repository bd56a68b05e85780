"""Jobs that Slurm runs and another program has submitted: ours stands for its record, is held, and ends as it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.clock import now
from ..base.errors import UsageError
from ..base.failpoint import hit
from ..link.lines import Message
from ..model import fields
from ..model.scheduled import SLURM_JOB
from ..model.states import CANCELLED, OUTCOMES, STOPPED
from ..store import claims, events, scheduled, tasks, workers
from ..store.claims import End
from ..store.jobs import Span
from ..store.scheduled import Part
from .crew import Peer
from .state import Server


def is_one(asked: Mapping[str, Any]) -> bool:
    """Whether what was asked is of such a job."""
    return SLURM_JOB in asked


def number_of(server: Server, job: int) -> object:
    """What Slurm calls it; None of all other jobs."""
    told = scheduled.said(server.db, job)
    return None if told is None else told.asked.get(SLURM_JOB)


def over(server: Server, _peer: Peer, message: Message) -> Message:
    """How some of them have ended, by what Slurm says; each once. Raises UsageError for a job that is none of them."""
    changed = 0
    for one in message.get("jobs") or []:
        job = fields.whole(one.get("job"), "job", least=1)
        number = number_of(server, job)
        if number is None:
            raise UsageError(f"job {job} was not taken over from datalad-slurm; only its worker knows how it ends")
        if tasks.count(server.db, Span(job))["held"]:
            _end(server, job, number, one)
            changed += 1
    hit("over.before_commit")
    return {"changed": changed}


def _end(server: Server, job: int, number: object, one: Mapping[str, Any]) -> None:
    """Its task begins and ends in this moment; what waits for it goes on or is skipped, in this turn."""
    outcome, code = str(one.get("outcome")), one.get("code")
    if outcome not in OUTCOMES or not isinstance(code, (int, type(None))):
        raise UsageError(f"'{outcome}' with {code!r} is no way to end; there are {', '.join(OUTCOMES)}, with a number")
    if outcome == STOPPED:
        _cancel(server, job, number)
        return
    worker = _worker(server, str(one.get("host") or ""))
    began, ended = (_moment(one.get(name)) for name in ("started", "ended"))
    tasks.free(server.db, server.moves, Span(job))
    for idx, token, _ in claims.claim(server.db, server.moves, job=job, worker=worker, count=1):
        told = End(job, idx, token, outcome, code, started=began, ended=ended)
        claims.close(server.db, server.moves, told, worker=worker)
    server.final.append(Span(job))
    events.add(server.db, "ended", f"as Slurm's job {number} did", job=job, now=now())


def _moment(said: object) -> float:
    """Seconds since 1970; now, where nobody knows."""
    return float(said) if isinstance(said, (int, float)) else now()


def _worker(server: Server, host: str) -> int:
    """One that has long left, for attempts name theirs."""
    facts = {"worker": f"slurm:{host}", "pool": "", "host": host, "boot": "", "pid": 0, "cpus": 0, "mem": 0}
    known = workers.sign_in(server.db, facts, now=now())
    workers.mark(server.db, known, workers.GONE)
    return known


def let_go(server: Server, part: Part) -> None:
    """Its record is written, or will never be: nothing is left that it is held for."""
    number = number_of(server, part.job)
    if number is not None:
        _cancel(server, part.job, number)


def _cancel(server: Server, job: int, number: object) -> None:
    if tasks.cancel(server.db, server.moves, Span(job)).changed:
        server.write_moves()
        server.final.append(Span(job))
        events.add(server.db, CANCELLED, f"Slurm had it, as its job {number}", job=job, now=now())


def refuse_release(server: Server, job: int) -> None:
    """Raise UsageError where there is nothing to run: Slurm does that, or has."""
    number = number_of(server, job)
    if number is not None:
        raise UsageError(
            f"job {job} is job {number} of Slurm, which runs it or has; record it with: burro finish {job}, "
            f"or run it anew: burro reschedule {job}"
        )


def reason(server: Server, job: int) -> str | None:
    """What it is held for; None of all other jobs."""
    number = number_of(server, job)
    return None if number is None else f"Slurm has it, as its job {number}; how it stands says: burro finish -l"
