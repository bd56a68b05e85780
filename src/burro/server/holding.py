"""`hold` and `release` of tasks that wait at a scheduler: it keeps them from being started, or lets them go on."""

from __future__ import annotations

from ..link.lines import Message
from ..store.jobs import Span
from .crew import Key, WorkerEnd
from .state import Server


def pass_on(server: Server, span: Span, view: Message, *, held: bool) -> Message:
    """Tell the desks that have some of a span; what is said of it, where they have."""
    count = 0
    for end in server.crew:
        keys = _waiting(end, span) if end.places is not None else []
        if keys:
            server.say(end.peer, {"op": "hold", "tasks": keys, "held": held})
            count += len(keys)
    if not count:
        return view
    word = "held" if held else "let go"
    some = "" if view["changed"] == 0 and view["other"] == count == 1 else f"{count} "
    text = f"{view['id']}: {some}{word} at its scheduler"
    if view["changed"]:
        text = f"{view['text']}, {some}at its scheduler"
    return {**view, "asked": view["asked"] + count, "other": max(0, view["other"] - count), "text": text}


def _waiting(end: WorkerEnd, span: Span) -> list[Key]:
    return [
        key for key in end.held if key[0] == span.job and span.first <= key[1] <= span.last and key not in end.running
    ]
