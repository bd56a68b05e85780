"""`graph`: jobs with all that they depend on and all that depends on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..base.errors import UsageError
from ..link.lines import Message
from ..store import listing
from ..store.jobs import Columns
from .crew import Peer
from .state import Server
from .views import job_view, selected

MOST = 5000  # jobs in one drawing


def graph(server: Server, _peer: Peer, message: Message) -> Message:
    """The jobs and the edges between them. Raises NotFound, or UsageError for more than anybody can look at."""
    named = {span.job for span in selected(server, message)}
    edges = server.db.dicts("all_dependencies")
    above: Mapping[int, list[int]] = defaultdict(list)
    below: Mapping[int, list[int]] = defaultdict(list)
    for edge in edges:
        above[edge["child"]].append(edge["parent"])
        below[edge["parent"]].append(edge["child"])
    drawn = _reached(named, above) | _reached(named, below)
    if len(drawn) > MOST:
        raise UsageError(f"that would draw {len(drawn):,} jobs, and at most {MOST:,} are drawn; name fewer")
    rows = listing.chosen(server.db, listing.Filter(), sorted(drawn))
    return {
        "jobs": [job_view(server, row) for row in rows],
        "edges": [_edge(edge) for edge in edges if edge["child"] in drawn and edge["parent"] in drawn],
    }


def _reached(starts: Iterable[int], steps: Mapping[int, list[int]]) -> set[int]:
    reached, fresh = set(starts), list(starts)
    while fresh:
        for job in steps.get(fresh.pop(), ()):
            if job not in reached:
                reached.add(job)
                fresh.append(job)
    return reached


def _edge(edge: Columns) -> Message:
    on = (
        ""
        if edge["whole"]
        else f"{edge['first']}"
        if edge["first"] == edge["last"]
        else f"{edge['first']}-{edge['last']}"
    )
    return {
        "job": edge["parent"],
        "tasks": on or None,
        "kind": edge["kind"],
        "child": edge["child"],
        "state": edge["state"],
    }
