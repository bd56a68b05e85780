"""When workers had no server: they say for how long, once they have one again, and `workers` and `pools` show it."""

from __future__ import annotations

from ..base.clock import iso, now, time_of_day
from ..link.lines import Message
from .crew import WorkerEnd
from .state import Server

_LEAST = 0.5  # seconds: less is a connection that was made anew
Span = tuple[float, float]  # seconds since 1970


def note(server: Server, end: WorkerEnd, message: Message) -> str:
    """Remember what a hello says of it; words for the event, empty where there is nothing to say."""
    gone = message.get("gone")
    if not isinstance(gone, (int, float)) or gone < _LEAST:
        return ""
    moment = now()
    end.unserved = (moment - gone, moment)
    known = server.unserved.get(end.pool)
    since = min(known[0], moment - gone) if known and known[1] >= moment - gone else moment - gone
    server.unserved[end.pool] = (since, moment)
    return f", without a server from {time_of_day(moment - gone)} to {time_of_day(moment)}"


def shown(span: Span | None) -> Message | None:
    """As it stands in answers."""
    return None if span is None else {"from": iso(span[0]), "to": iso(span[1])}
