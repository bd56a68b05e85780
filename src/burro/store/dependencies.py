"""What jobs wait for in other jobs: kept as conditions, decided when the other jobs' tasks become final."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..base.errors import UsageError
from ..model.dependency import AFTERCORR, BROKEN, MET, OPEN, Dependency, verdict
from ..model.select import parse_selector
from ..model.states import HELD, SKIPPED, WAITING
from . import jobs, ripening
from .counts import Moves
from .db import Database
from .jobs import Span

Edge = tuple[str, Span]  # kind, and what it is on


def resolve(db: Database, depends: Iterable[Dependency]) -> list[Edge]:
    """The conditions with the jobs and tasks they name. Raises NotFound where there is none, UsageError for `all`."""
    edges: dict[Edge, None] = {}
    for one in depends:
        selector = parse_selector(one.on)
        if selector.is_all:
            raise UsageError(f"{one.kind}:all would depend on itself; name the jobs")
        for span in jobs.find(db, [selector]):
            if one.kind == AFTERCORR and not span.whole:
                raise UsageError(f"{one.kind} pairs whole jobs task by task; write {one.kind}:{span.job}")
            edges[one.kind, span] = None
    return list(edges)


def add(db: Database, moves: Moves, job: int, edges: Sequence[Edge], *, now: float, fresh: bool = False) -> None:
    """A job waits for these from now on, and for nothing else; `fresh`: it was just added, so nothing waits for it.

    Raises UsageError for a circle or a lone task.
    """
    if not fresh:
        db.run("drop_dependencies", {"child": job})
    states = []
    for kind, span in edges:
        if not fresh and (span.job == job or db.run("reaches", {"child": span.job, "parent": job})[0][0]):
            raise UsageError(f"job {job} would wait for itself by way of job {span.job}; leave that dependency out")
        if kind == AFTERCORR:
            ((lone,),) = db.run("unpaired_index", {"child": job, "parent": span.job})
            if lone is not None:
                raise UsageError(f"aftercorr:{span.job} pairs tasks by index, and job {span.job} has no task {lone}")
        states.append(_decide(kind, _left(db, span)))
        bounds = {"parent": span.job, "first": span.first, "last": span.last, "whole": span.whole}
        db.run("add_dependency", {"child": job, "kind": kind, **bounds, "state": states[-1]})
    _begin(db, moves, job, states, now=now)


def look(db: Database, moves: Moves, job: int, *, now: float) -> None:
    """Decide anew all that a job waits for, and what follows for its tasks."""
    states = []
    for kind, parent, first, last, whole, _ in db.run("dependencies_of", {"child": job}):
        states.append(_decide(kind, _left(db, Span(parent, first, last, whole=bool(whole)))))
        named = {"child": job, "kind": kind, "parent": parent, "first": first}
        db.run("mark_dependency", {**named, "state": states[-1]})
    _begin(db, moves, job, states, now=now)


def _begin(db: Database, moves: Moves, job: int, states: Sequence[str], *, now: float) -> None:
    """All conditions of a job were decided: what follows for its tasks."""
    ((_, pairs),) = db.run("count_dependencies", {"job": job})
    skip = "skip_tasks" if BROKEN in states else "skip_pairs" if pairs else None
    _follow(db, moves, Span(job), skip=skip, now=now)


def settle(db: Database, moves: Moves, parent: int, ended: Sequence[Span], *, now: float) -> list[int]:
    """Tasks of `parent` became final, `ended` among others: the jobs that wait for it."""
    waiting = db.run("dependents_of", {"parent": parent})
    left = _left(db, Span(parent)) if waiting else (0, 0)
    for child, kind, first, last, whole in waiting:
        state = _decide(kind, left if whole else _left(db, Span(parent, first, last, whole=False)))
        if state != OPEN:
            named = {"child": child, "kind": kind, "parent": parent, "first": first}
            db.run("mark_dependency", {**named, "state": state})
        if kind == AFTERCORR:
            for span in ended or [Span(parent)]:
                bounds = Span(child, span.first, span.last, whole=span.whole)
                _follow(db, moves, bounds, skip="skip_pairs", now=now)
        elif state != OPEN:
            ((open_,),) = db.run("meet_dependency", {"job": child})
            if state == BROKEN:
                _follow(db, moves, Span(child), skip="skip_tasks", now=now)
            elif not open_:
                _follow(db, moves, Span(child), skip=None, now=now)
    return [child for child, *_ in waiting]


def _decide(kind: str, left: tuple[int, int]) -> str:
    """The state of one condition. One task by task is open until all of the other job is final."""
    if kind == AFTERCORR:
        return OPEN if left[0] else MET
    return verdict(kind, left=left[0], bad=left[1])


def _left(db: Database, span: Span) -> tuple[int, int]:
    """How many of these tasks are not final, and how many ended without being done."""
    ((left, bad),) = db.run("job_left", {"id": span.job}) if span.whole else db.run("count_left", span.bounds)
    return left, bad


def _follow(db: Database, moves: Moves, span: Span, *, skip: str | None, now: float) -> None:
    """Skip what can never run, by statement `skip`; make ready what waits for nothing any more."""
    for state in (HELD, WAITING) if skip else ():
        db.run(skip or "", {**span.bounds, "state": state})
        if db.changed():
            moves.add(span.job, state, SKIPPED, db.changed())
    if skip != "skip_tasks":
        ripening.ripen(db, moves, span, now=now)
