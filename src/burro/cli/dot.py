"""Jobs and what they depend on as a drawing in Graphviz's language (graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .clean import clean
from .columns import task_counts

Row = Mapping[str, Any]
_FILLS = {
    "held": "khaki",
    "waiting": "lightcyan",
    "ready": "lightcyan",
    "claimed": "palegreen",
    "running": "palegreen",
    "done": "lightgrey",
    "failed": "lightcoral",
    "cancelled": "plum",
    "skipped": "plum",
}
_LINES = {"met": "solid", "open": "dashed", "broken": "dotted"}


def drawing(jobs: list[Row], edges: list[Row]) -> str:
    """The whole text; an arrow leads from a job to the one that waits for it."""
    return "\n".join(["digraph burro {", *(f"  {line}" for line in _lines(jobs, edges)), "}"])


def _lines(jobs: list[Row], edges: list[Row]) -> Iterator[str]:
    yield "rankdir=LR;"
    yield 'node [shape=box, style="rounded,filled", fontname="sans-serif"];'
    yield 'edge [fontname="sans-serif", fontsize=10];'
    for job in jobs:
        many = f" {task_counts(job['tasks'])}" if sum(job["tasks"].values()) > 1 else ""
        label = f"{job['id']} {clean(job['name'])}\n{job['state']}{many}"
        yield f"{job['id']} [label={_quoted(label)}, fillcolor={_FILLS[job['state']]}];"
    for edge in edges:
        label = edge["kind"] + (f" .{edge['tasks']}" if edge["tasks"] else "")
        yield f"{edge['job']} -> {edge['child']} [label={_quoted(label)}, style={_LINES[edge['state']]}];"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
