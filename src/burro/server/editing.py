"""`set`: other values for what is in the queue, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..base.clock import now
from ..base.errors import UsageError
from ..base.text import counted
from ..link.lines import Message
from ..model.edit import NEEDS, UNTIL_CLAIMED, Edit, Values, edited, parse_edit, present, with_own_limits
from ..model.job import needs_from
from ..model.states import CLAIMED, FINAL, HELD, READY, RUNNING, SKIPPED, WAITING, job_state
from ..store import dependencies, editing, events, jobs, scheduled, tasks
from ..store.editing import Held
from ..store.jobs import Columns, Span
from . import ahead, desks, unseen
from .acting import span_name
from .capacity import refuse_impossible
from .crew import Peer, WorkerEnd
from .grounds import refuse_move
from .introducing import told_spec
from .state import Server
from .told import plain, told_changes
from .views import selected

_NOT_BEGUN = (HELD, WAITING, READY)
_WORKERS = {*NEEDS, "name", "time", "command"}  # what workers must hear of


@dataclass(frozen=True)
class Edited:
    """What became of one span: new values of so many tasks, with the old ones.

    `late`: what could not be changed any more. `held`: who has some of the tasks; they hear of another time limit.
    `given`: so many of the tasks a scheduler has as jobs of its own, whose time limit it keeps.
    """

    span: Span
    row: Columns
    state: str
    before: Values
    changed: Values
    tasks: int
    late: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    given: int = 0


def edit(server: Server, _peer: Peer, message: Message) -> Message:
    """Change all that is named, or nothing. Raises UsageError for what cannot be."""
    asked = parse_edit(message, now=now())
    found = [_edit(server, span, asked) for span in selected(server, message)]
    for one in found:
        if one.changed:
            _tell_workers(server, one)
            part = "" if one.span.whole else f"{span_name(one.row, one.span)}: "
            events.add(server.db, "edited", part + _sentence(one), job=one.span.job, now=now())
    return {"jobs": [_view(one, away=_is_away(server, one)) for one in found]}


def remind(server: Server, end: WorkerEnd) -> None:
    """A worker came back: tell it the time limits that were changed while it was away."""
    limits = editing.limits(server.db, end.number)
    if limits:
        server.say(end.peer, {"op": "limit", "tasks": limits})


def _edit(server: Server, span: Span, asked: Edit) -> Edited:
    row = jobs.row(server.db, span.job)
    counts = tasks.count(server.db, span)
    before = present(row)
    changed = {field: value for field, value in asked.values.items() if value != before[field]}
    if sum(counts.values()) == sum(counts[state] for state in FINAL):
        return Edited(span, row, job_state(counts), before, {}, 0, late=tuple(asked.values))
    given = desks.given(server, span) if "time" in asked.values else 0
    fixed = ("time",) if given == sum(counts[state] for state in (*_NOT_BEGUN, CLAIMED, RUNNING)) else ()
    if not span.whole:
        return replace(_edit_part(server, span, row, asked, fixed=fixed), given=given)
    if "command" in changed and row["spec"].get("outputs"):
        raise UsageError(
            f"job {span.job} is scheduled, and its record is to say its command; cancel it and schedule anew"
        )
    if "command" in changed and row["spec"]["kind"] == "lines":
        raise UsageError(f"job {span.job} has a command for each task; name one: burro set {span.job}.0 --command LINE")
    late = (*_late(counts, changed), *(field for field in changed if field in fixed))
    changed = {field: value for field, value in changed.items() if field not in late}
    held = _change(server, row, asked, changed) if changed else ()
    state = job_state(tasks.count(server.db, span))
    count = sum(counts[name] for name in _NOT_BEGUN) + (counts[CLAIMED] + counts[RUNNING] if _is_live(changed) else 0)
    return Edited(span, row, state, before, changed, count, late, held, given)


def _is_live(changed: Values) -> bool:
    """Whether also what runs has the new values."""
    return not set(changed) & set(UNTIL_CLAIMED)


def _late(counts: dict[str, int], changed: Values) -> tuple[str, ...]:
    """What cannot be changed any more: dependencies once a task has begun, the rest when none waits."""
    late = () if any(counts[state] for state in _NOT_BEGUN) else UNTIL_CLAIMED
    begun = sum(counts.values()) - sum(counts[state] for state in _NOT_BEGUN)
    return tuple(field for field in changed if field in late or (begun and field == "dependency"))


def _change(server: Server, row: Columns, asked: Edit, changed: Values) -> tuple[Held, ...]:
    """Keep the new values of a whole job and decide what follows; who has tasks with another time limit now."""
    job, db = row["id"], server.db
    new = edited(row, changed, asked.form)
    if set(changed) & {*NEEDS, "pool", "time", "time_min"}:
        refuse_impossible(server, needs_from(new), new["pool"], time=new["time_min"])
        refuse_move(server, row, new["pool"])
    if "pool" in changed:
        unseen.refuse(server, new["pool"], scheduled.repository(db, job))
    editing.write(db, new)
    grown = row["retry"] is not None
    if grown and set(changed) & {"mem", "time"}:
        editing.reset(db, job, mem="mem" in changed, time="time" in changed)
    held = editing.limit(db, Span(job), time=changed["time"])[0] if "time" in changed else []
    if set(changed) & {"begin", "dependency"}:
        edges = dependencies.resolve(db, asked.depends) if "dependency" in changed else None
        editing.wait(db, server.moves, job, edges, now=now())
        server.dates_changed = True
    if "max_fails" in changed:
        server.moves.ending.add(job)
        server.moves.failing.add(job)  # there may be too many already
    server.changed.add(job)
    server.write_moves()
    if "dependency" in changed:
        server.final.append(Span(job))  # what can never run any more was skipped
    return tuple(held)


def _edit_part(server: Server, span: Span, row: Columns, asked: Edit, *, fixed: tuple[str, ...]) -> Edited:
    """Single tasks have a time limit of their own, and in a job made from lines a command."""
    own = {"time", "command"} if row["spec"]["kind"] == "lines" else {"time"}
    for field in asked.values:
        if field not in own:
            name = field.replace("_", "-")
            raise UsageError(f"{name} is the same for all tasks of a job; change it for the job: burro set {span.job}")
    before: Values = {**present(row), "command": None}
    held: list[Held] = []
    count = 0
    late = fixed
    if "time" in asked.values and "time" not in fixed:
        held, count = _limit_part(server, span, row, asked.values["time"])
    if "command" in asked.values:
        if span.first == span.last:
            before["command"] = jobs.line(server.db, span.job, span.first)
        lines = editing.lines(server.db, span, asked.values["command"])
        count, late = max(count, lines), late if lines else (*late, "command")
    changed = {field: value for field, value in asked.values.items() if field not in late}
    server.changed.add(span.job)
    state = job_state(tasks.count(server.db, span))
    return Edited(span, row, state, before, changed, count, late, tuple(held))


def _limit_part(server: Server, span: Span, row: Columns, time: float | None) -> tuple[list[Held], int]:
    if time is None and row["spec"]["time"] is not None:
        raise UsageError("a task cannot do without the limit of its job; give it a long one, as in --time 30-0")
    editing.write(server.db, with_own_limits(row))
    held, waiting = editing.limit(server.db, span, time=time)
    return held, waiting + len(held)


def _tell_workers(server: Server, one: Edited) -> None:
    """Workers that know the job hear what it is now, and of time limits for what they have."""
    job = one.span.job
    if one.span.whole and set(one.changed) & {*UNTIL_CLAIMED, "priority"}:
        ahead.take_back_job(server, job)
    if one.span.whole and set(one.changed) & _WORKERS:
        spec, env, _ = jobs.spec(server.db, job)
        for end in server.crew:
            if job in end.heard_jobs:
                wire, _ = told_spec(end, job, spec, env)
                server.say(end.peer, {"op": "work", "specs": {str(job): wire}, "envs": {}, "tasks": []})
    for number in {number for number, _ in one.held}:
        end_of = server.crew.numbered(number)  # one that is away hears it when it comes back
        if end_of is not None:
            limits = [[*key, one.changed["time"]] for owner, key in one.held if owner == number]
            server.say(end_of.peer, {"op": "limit", "tasks": limits})


def _is_away(server: Server, one: Edited) -> bool:
    """Whether somebody who has tasks of it will hear of the new values later."""
    return any(server.crew.numbered(number) is None for number in {number for number, _ in one.held})


def _view(one: Edited, *, away: bool) -> Message:
    name = span_name(one.row, one.span)
    return {
        "id": name,
        "job": one.span.job,
        "changed": {
            field: [plain(field, one.before[field]), plain(field, value)] for field, value in one.changed.items()
        },
        "tasks": one.tasks,
        "late": list(one.late),
        "state": one.state,
        "text": f"{name}: {_sentence(one)}"
        + ("; asked, its machine is away and hears it when it is back" if away else ""),
    }


def _sentence(one: Edited) -> str:
    if one.state in FINAL and not one.changed:
        return f"already {one.state}; nothing changed"
    late = ", ".join(field.replace("_", "-") for field in one.late)
    late = f"{late} cannot be changed any more, {_why_late(one)}" if late else ""
    if not one.changed:
        return f"{late or 'already so'}; nothing changed"
    whole = one.span.whole and one.tasks == one.row["tasks"]
    some = "" if whole or one.span.first == one.span.last else f" for {one.tasks} of {one.row['tasks']} tasks"
    keep = one.given and "time" in one.changed
    kept = f"what its scheduler has keeps its time ({counted(one.given, 'task')})" if keep else ""
    skipped = "skipped now: what it depends on can no longer be met" if one.state == SKIPPED else ""
    return "; ".join(part for part in (told_changes(one.before, one.changed) + some, kept, late, skipped) if part)


def _why_late(one: Edited) -> str:
    return "its scheduler has it" if one.late == ("time",) else "it has begun"
