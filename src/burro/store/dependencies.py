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
Decided = tuple[str, Span, str]  # the same, and its state


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


def decide(db: Database, edges: Iterable[Edge]) -> list[Decided]:
    """The conditions with the state that each is in now."""
    return [(kind, span, _decide(kind, _left(db, span))) for kind, span in edges]


def waits(decided: Sequence[Decided]) -> tuple[int, int]:
    """How many conditions on groups of tasks are open, and how many there are task by task."""
    pairs = sum(kind == AFTERCORR for kind, _, _ in decided)
    return sum(state == OPEN and kind != AFTERCORR for kind, _, state in decided), pairs


def begin(db: Database, moves: Moves, job: int, decided: Sequence[Decided], *, now: float) -> None:
    """A new job, which nothing waits for yet and whose row has its `waits`, has these conditions.

    Raises UsageError for a lone task.
    """
    _keep(db, job, decided)
    count, pairs = waits(decided)
    states = [state for _, _, state in decided]
    if not count or BROKEN in states:
        _begin(db, moves, job, states, pairs=pairs, now=now)


def add(db: Database, moves: Moves, job: int, edges: Sequence[Edge], *, now: float) -> None:
    """A job waits for these from now on, and for nothing else. Raises UsageError for a circle or a lone task."""
    db.run("drop_dependencies", {"child": job})
    for _, span in edges:
        if span.job == job or db.run("reaches", {"child": span.job, "parent": job})[0][0]:
            raise UsageError(f"job {job} would wait for itself by way of job {span.job}; leave that dependency out")
    decided = decide(db, edges)
    _keep(db, job, decided)
    ((_, pairs),) = db.run("count_dependencies", {"job": job})
    _begin(db, moves, job, [state for _, _, state in decided], pairs=pairs, now=now)


def _keep(db: Database, job: int, decided: Iterable[Decided]) -> None:
    for kind, span, _ in decided:
        if kind == AFTERCORR:
            ((lone,),) = db.run("unpaired_index", {"child": job, "parent": span.job})
            if lone is not None:
                raise UsageError(f"aftercorr:{span.job} pairs tasks by index, and job {span.job} has no task {lone}")
    db.run_many(
        "add_dependency",
        [(job, kind, span.job, span.first, span.last, span.whole, state) for kind, span, state in decided],
    )


def look(db: Database, moves: Moves, job: int, *, now: float) -> None:
    """Decide anew all that a job waits for, and what follows for its tasks."""
    states = []
    for kind, parent, first, last, whole, _ in db.run("dependencies_of", {"child": job}):
        states.append(_decide(kind, _left(db, Span(parent, first, last, whole=bool(whole)))))
        db.run("mark_dependency", (states[-1], job, kind, parent, first))
    ((_, pairs),) = db.run("count_dependencies", {"job": job})
    _begin(db, moves, job, states, pairs=pairs, now=now)


def _begin(db: Database, moves: Moves, job: int, states: Sequence[str], *, pairs: int, now: float) -> None:
    """All conditions of a job were decided: what follows for its tasks."""
    skip = "skip_tasks" if BROKEN in states else "skip_pairs" if pairs else None
    _follow(db, moves, Span(job), skip=skip, now=now)


def settle(db: Database, moves: Moves, parent: int, ended: Sequence[Span], *, now: float) -> list[int]:
    """Tasks of `parent` became final, `ended` among others: the jobs that wait for it."""
    waiting = db.run("dependents_of", {"parent": parent})
    if not waiting:
        return []
    left = _left(db, Span(parent))
    decided = [
        (
            _decide(kind, left if whole else _left(db, Span(parent, first, last, whole=False))),
            child,
            kind,
            parent,
            first,
        )
        for child, kind, first, last, whole in waiting
    ]
    db.run_many("mark_dependency", [one for one in decided if one[0] != OPEN])
    for child in {child for _, child, kind, _, _ in decided if kind == AFTERCORR}:
        for span in ended or [Span(parent)]:
            _follow(db, moves, Span(child, span.first, span.last, whole=span.whole), skip="skip_pairs", now=now)
    _meet(db, moves, [(state, child) for state, child, kind, _, _ in decided if kind != AFTERCORR], now=now)
    return [child for child, *_ in waiting]


def _meet(db: Database, moves: Moves, decided: Iterable[tuple[str, int]], *, now: float) -> None:
    """Conditions on whole groups were decided, (state, child) of each: what follows for the jobs that had them."""
    decided = [(state, child) for state, child in decided if state != OPEN]
    rows = db.run_many("meet_dependency", [(child, now) for _, child in decided])
    broken = {child for state, child in decided if state == BROKEN}
    for child in broken:
        _follow(db, moves, Span(child), skip="skip_tasks", now=now)
    free = {child: simple for child, open_, simple in rows if not open_ and child not in broken}
    ripening.ripen_single(db, moves, [child for child, simple in free.items() if simple], now=now)
    for child in [child for child, simple in free.items() if not simple]:
        _follow(db, moves, Span(child), skip=None, now=now)


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
