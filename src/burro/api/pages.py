"""The tasks of a large job, a page at a time: one answer with all of them would keep the server from everybody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..base.errors import NotFound

PAGE = 5000
FARTHEST = 1_000_000  # indices that one question spans
Ask = Callable[..., dict[str, Any]]  # the verb, and its fields by keyword
Tasks = list[dict[str, Any]]


def first_page(limit: int | None) -> int:
    """The `limit` to ask `show` with."""
    return PAGE if limit is None else min(PAGE, limit)


def further(ask: Ask, job: Mapping[str, Any], *, limit: int | None) -> Iterator[Tasks]:
    """The tasks of `job` behind the first page, which it holds, up to `limit`."""
    tasks: Tasks = job["tasks"]
    if len(tasks) < PAGE:
        return
    total = sum(ask("status", ids=[str(job["id"])])["jobs"][0]["tasks"].values())
    left = min(total, total if limit is None else limit) - len(tasks)
    start, reach = _after(tasks), PAGE
    while left > 0:
        try:
            tasks = ask("show", ids=[f"{job['id']}.{start}-{start + reach}"], limit=min(PAGE, left))["tasks"]
        except NotFound:  # a gap in the indices, as in 0-9,1000000: look behind it
            start, reach = start + reach + 1, min(10 * reach, FARTHEST)
            continue
        start, left = _after(tasks), left - len(tasks)
        yield tasks


def every_page(ask: Ask, verb: str, **fields: object) -> Iterator[dict[str, Any]]:
    """The answers to a question that is answered in pages: each says where the `next` one begins."""
    after: object = None
    while True:
        answer = ask(verb, **fields, after=after)
        yield answer
        after = answer.get("next")
        if after is None:
            return


def _after(tasks: Tasks) -> int:
    """The index behind the last of them."""
    return int(tasks[-1]["id"].rpartition(".")[2]) + 1
