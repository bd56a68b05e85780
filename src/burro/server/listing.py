"""`status`: jobs and workers at a glance, a page at a time where there are many."""

from __future__ import annotations

from ..base.clock import now
from ..base.errors import UsageError
from ..base.text import parse_duration, parse_moment
from ..link.lines import Message
from ..model.wanted import parse_states
from ..store import listing
from ..store.jobs import Columns
from ..store.listing import Filter
from .crew import Peer
from .state import Server
from .views import job_view, selected, worker_views

RECENT = 20  # final jobs that `status` shows by itself


def status(server: Server, _peer: Peer, message: Message) -> Message:
    """A page of the jobs that are wanted, and where the next one begins. Raises NotFound or UsageError."""
    which = filter_of(message)
    after, most = int(message.get("after") or 0), message.get("most")
    if message.get("ids") and message["ids"] != ["all"]:
        answer = _named(server, which, message, after=after)
    elif message.get("edges"):
        answer = _edges(server, which, int(message["edges"]))
    else:
        whole = bool(message.get("all") or message.get("ids"))
        answer = _page(server, which, whole=whole, after=after, shown=most != 0)
    rows: list[Columns] = answer.pop("rows")
    answer["jobs"] = [job_view(server, row) for row in rows[: None if most is None else int(most)]]
    answer.setdefault("found", len(rows))
    return {"hidden": 0, "between": 0, "next": None, **answer, "workers": [] if after else worker_views(server)}


def filter_of(message: Message) -> Filter:
    """The filter that a message asks for. Raises UsageError."""
    states = message.get("states") or []
    since = message.get("since")
    return Filter(
        parse_states([states] if isinstance(states, str) else states),
        str(message["name"]) if message.get("name") else None,
        None if since is None else moment_before(since),
    )


def moment_before(value: object) -> float:
    """Seconds since 1970 of `2h` or `7d` ago, of a date, or of a time of day: the last one. Raises UsageError."""
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip().removesuffix("ago").strip()
    if text.lower() == "yesterday":
        return parse_moment("tomorrow", "since", now=now() - 2 * 86400)
    if text.lower() == "today":
        return parse_moment("tomorrow", "since", now=now() - 86400)
    try:
        if text[:1].isdigit() and text[-1:].lower() in tuple("smhdw"):
            return now() - parse_duration(text)
        found: float | None = parse_moment(text, "since", now=now())
    except UsageError:
        found = None
    if found is None or text.lower() == "tomorrow":
        raise UsageError(f"--since takes 2h, 7d, 18:00, today or 2026-12-01, not '{text}'")
    return found - 86400 if found > now() and ":" in text and "-" not in text else found


def _named(server: Server, which: Filter, message: Message, *, after: int) -> Message:
    """The jobs that ids name, in the order of their numbers."""
    numbers = sorted({span.job for span in selected(server, message)})
    left = [number for number in numbers if number > after]
    page = left[: listing.SLICE]
    return {"rows": listing.chosen(server.db, which, page), "next": page[-1] if len(left) > len(page) else None}


def _edges(server: Server, which: Filter, most: int) -> Message:
    """What people want to see of a queue that may be long: what runs, the two ends of the line, what ended last."""
    ends, live = listing.edges(server.db, most=most)
    running = {job for end in server.crew for job, _, _ in end.held}
    shown = set(ends) | set(sorted(running)[:most])
    recent, ended = listing.recently_ended(server.db, most=RECENT)
    rows = listing.chosen(server.db, which, sorted(shown | set(recent)))
    return {"rows": rows, "between": live - len(shown), "hidden": ended - len(recent)}


def _page(server: Server, which: Filter, *, whole: bool, after: int, shown: bool) -> Message:
    """All jobs, or all live ones and those that ended last, which come with the first page."""
    live = which.wanted.only_live or not whole
    found = (listing.look if shown else listing.count)(server.db, which, live=live, after=after)
    answer: Message = {"rows": found.rows, "found": found.count, "next": found.after}
    if not whole and not after:
        recent, ended = listing.recently_ended(server.db, most=RECENT)
        answer["rows"] = sorted(
            [*listing.chosen(server.db, which, recent), *found.rows], key=lambda row: int(row["id"])
        )
        answer.update(found=len(answer["rows"]), hidden=ended - len(recent))
    return answer
