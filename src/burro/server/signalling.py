"""`signal`: a signal to all processes of running tasks, by way of their workers."""

from __future__ import annotations

from ..base.clock import now
from ..base.text import counted
from ..link.lines import Message
from ..model.signals import name_of, parse_signal
from ..model.states import FINAL, job_state
from ..store import editing, events, jobs, tasks
from ..store.jobs import Span
from .acting import span_name
from .crew import Peer
from .state import Server
from .views import selected


def send_signal(server: Server, _peer: Peer, message: Message) -> Message:
    """Have a signal sent to what runs of the tasks named. Raises UsageError for one that does not exist."""
    number = parse_signal(message.get("signal"))
    return {"jobs": [_signal(server, span, number) for span in selected(server, message)]}


def _signal(server: Server, span: Span, number: int) -> Message:
    columns, counts = jobs.row(server.db, span.job), tasks.count(server.db, span)
    by_worker: dict[int, list[tuple[int, int, int]]] = {}
    for worker, key in editing.running(server.db, span):
        by_worker.setdefault(worker, []).append(key)
    sent, away = 0, 0
    for worker, keys in by_worker.items():
        end = server.crew.numbered(worker)
        if end is None:
            away += len(keys)
            continue
        server.say(end.peer, {"op": "signal", "tasks": keys, "signal": number})
        sent += len(keys)
    name, signal, final = span_name(columns, span), name_of(number), sum(counts[state] for state in FINAL)
    if sent:
        events.add(
            server.db, "signalled", f"{name}: {signal} to {counted(sent, 'running task')}", job=span.job, now=now()
        )
    return {
        "id": name,
        "job": span.job,
        "changed": 0,
        "asked": sent,
        "final": final,
        "other": sum(counts.values()) - sent - final,
        "state": job_state(counts),
        "text": f"{name}: {_sentence(signal, counts, sent=sent, away=away)}",
    }


def _sentence(signal: str, counts: dict[str, int], *, sent: int, away: int) -> str:
    if not sent and not away:
        return f"it is {job_state(counts)}, and only what runs can get a signal; nothing sent"
    some = "" if sum(counts.values()) == 1 else f" to {counted(sent, 'running task')}"
    parts = [f"{signal} sent{some}"] if sent else []
    if away:
        of_tasks = "a running task" if away == 1 else f"{away} running tasks"
        parts.append(f"the worker of {of_tasks} does not answer; try again")
    return "; ".join(parts)
