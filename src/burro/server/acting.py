"""Cancel, hold, release: what people do to waiting and running work, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..base.clock import now
from ..base.errors import UsageError
from ..base.text import counted
from ..link.lines import Message
from ..model.states import CANCELLED, FAILED, SKIPPED, job_state
from ..store import events, tasks
from ..store.counts import Moves
from ..store.db import Database
from ..store.jobs import Span, row
from ..store.tasks import Acted
from . import adopted
from .crew import Peer
from .holding import pass_on
from .scheduling import refuse_again
from .state import Server
from .views import selected, task_name

Act = Callable[[Database, Moves, Span], Acted]


def cancel(server: Server, _peer: Peer, message: Message) -> Message:
    """Cancel what waits, stop what runs."""
    return _act(server, message, tasks.cancel, "cancelled")


def hold(server: Server, _peer: Peer, message: Message) -> Message:
    """Keep what waits from being started."""
    return _passed_on(server, message, _act(server, message, tasks.hold, "held"), held=True)


def release(server: Server, _peer: Peer, message: Message) -> Message:
    """Let held work go on. Raises UsageError for what is held since Slurm runs it."""
    for span in selected(server, message):
        adopted.refuse_release(server, span.job)
    return _passed_on(server, message, _act(server, message, partial(tasks.release, now=now()), "released"), held=False)


def _passed_on(server: Server, message: Message, answer: Message, *, held: bool) -> Message:
    spans = selected(server, message)
    views = [pass_on(server, span, view, held=held) for span, view in zip(spans, answer["jobs"], strict=True)]
    return {"jobs": views}


def retry(server: Server, _peer: Peer, message: Message) -> Message:
    """Ask again for what was not done, or `only` for some of it; with `children` also for what was skipped for it."""
    wanted = message.get("only") or [FAILED, CANCELLED, SKIPPED]
    if not set(wanted) <= {FAILED, CANCELLED, SKIPPED}:
        raise UsageError("only what failed, was cancelled or was skipped can be tried again; what is done stays so")
    for span in selected(server, message):
        adopted.refuse_release(server, span.job)
        refuse_again(server, span.job)
    server.wake()
    answer = _act(server, message, partial(tasks.retry, states=wanted, now=now()), "to be tried again")
    if message.get("children"):
        parents = [found["job"] for found in answer["jobs"] if found["changed"]]
        for child in _skipped_below(server, parents):
            answer["jobs"] += _act(
                server, {"ids": [str(child)]}, partial(tasks.retry, states=[SKIPPED], now=now()), "to be tried again"
            )["jobs"]
    return answer


def _skipped_below(server: Server, parents: list[int]) -> list[int]:
    """Jobs that were skipped for what became of these, directly or not, nearest first."""
    found: dict[int, None] = {}
    for parent in parents:
        for (child,) in server.db.run("skipped_children", {"parent": parent}):
            if child not in found:
                found[child] = None
                parents.append(child)
    return list(found)


def _act(server: Server, message: Message, act: Act, word: str) -> Message:
    found = []
    for span in selected(server, message):
        acted = act(server.db, server.moves, span)
        server.write_moves()
        tell_workers(server, acted)
        if acted.changed or acted.asked:
            server.final.append(span)
            events.add(server.db, word, _detail(server, acted), job=span.job, now=now())
        found.append(_view(server, acted, word, away=_away(server, acted)))
    return {"jobs": found}


def _detail(server: Server, acted: Acted) -> str:
    """What an event says: `3 tasks, 1 running asked to end`, behind the name where it is a part of a job."""
    parts = [counted(acted.changed, "task")] if acted.changed else []
    if acted.asked:
        parts.append(f"{acted.asked} running asked to end")
    name = "" if acted.span.whole else f"{span_name(row(server.db, acted.span.job), acted.span)}: "
    return name + ", ".join(parts)


def tell_workers(server: Server, acted: Acted) -> None:
    """Let workers stop what was asked to end; one that is not connected hears it when it says hello."""
    for number in {number for number, _ in acted.keys}:
        end = server.crew.numbered(number)
        if end is not None:
            server.say(end.peer, {"op": "cancel", "tasks": [key for owner, key in acted.keys if owner == number]})


def _away(server: Server, acted: Acted) -> int:
    """How many of the tasks that were asked to end are with a worker that cannot hear it now."""
    absent = {number for number in {number for number, _ in acted.keys} if server.crew.numbered(number) is None}
    return sum(number in absent for number, _ in acted.keys) if absent else 0


def _view(server: Server, acted: Acted, word: str, *, away: int) -> Message:
    columns = row(server.db, acted.span.job)
    state = job_state(tasks.count(server.db, acted.span))
    name = span_name(columns, acted.span)
    return {
        "id": name,
        "job": acted.span.job,
        "changed": acted.changed,
        "asked": acted.asked,
        "away": away,
        "final": acted.final,
        "other": acted.other,
        "state": state,
        "text": f"{name}: {_sentence(columns, acted, word, state=state, away=away)}",
    }


def span_name(columns: Message, span: Span) -> str:
    """`12`, `12.3` or `12.3-7`: a span as people name it."""
    if span.whole:
        return str(span.job)
    if span.first == span.last:
        return task_name(columns, span.first)
    return f"{span.job}.{span.first}-{span.last}"


def _asked(asked: int, away: int, *, one: bool) -> str:
    """What is with workers: being stopped, or asked, where the machine has not heard it."""
    if not away:
        return "running, being stopped" if one else f"{asked} running, being stopped"
    if away == asked:
        return ("" if one else f"{asked} ") + "asked; its machine is away and stops it when it is back"
    return f"{asked} asked to stop, {away} of them at a machine that is away and does so when it is back"


def _sentence(columns: Message, acted: Acted, word: str, *, state: str, away: int) -> str:
    one = columns["single"] or acted.span.first == acted.span.last
    parts = []
    if acted.changed:
        parts.append(word if one else f"{counted(acted.changed, 'task')} {word}")
    if acted.asked:
        parts.append(_asked(acted.asked, away, one=one))
    if not parts:
        if not acted.other:
            return f"already {state}; nothing changed"
        return "being stopped already" if word == "cancelled" else f"it is {state}; nothing changed"
    if acted.final:
        parts.append(f"{acted.final} had ended before")
    return ", ".join(parts)
