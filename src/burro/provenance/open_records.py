"""Records that the queue tells of: which are open, and how their jobs stand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..base.errors import Failed
from ..model.scheduled import SLURM_JOB
from ..model.states import DONE
from .ended import Settings
from .placeholders import fill, paths_of

Ask = Callable[..., dict[str, Any]]
Row = Mapping[str, Any]
_SLACK = 1.0  # seconds by which a file system's clock may differ
OPEN = "open"


def rows_of(ask: Ask, *, ids: Sequence[str] = (), dataset: str | None = None, brief: bool = False) -> Iterator[Row]:
    """The open records of a dataset, or those of some jobs, also where these are written. Raises NotFound."""
    if ids:
        yield from _by_slurm(ask("records", ids=list(ids))["records"])
        return
    after = None
    while True:
        page = ask("records", dataset=dataset, after=after, brief=brief or None)
        yield from _by_slurm(page["records"])
        after = page["next"]
        if after is None:
            return


def _by_slurm(rows: Sequence[Row]) -> Sequence[Row]:
    """Of jobs that were taken over from datalad-slurm the queue does not know how they stand."""
    if not any(SLURM_JOB in row["asked"] for row in rows):
        return rows
    from .by_slurm import seen

    return seen(rows)


def wait_for(ask: Ask, rows: Sequence[Row], wait: Callable[[list[str]], object]) -> bool:
    """Until the jobs of these records have ended; `wait` does it for those of the queue. False: there are none."""
    left = [row for row in rows if row["record"] == OPEN and not row["over"]]
    theirs = [row["id"] for row in left if SLURM_JOB in row["asked"]]
    own = [row["id"] for row in left if SLURM_JOB not in row["asked"]]
    if own:
        wait(own)
    if theirs:
        from .by_slurm import wait as wait_for_slurm

        wait_for_slurm(lambda: list(rows_of(ask, ids=theirs)))
    return bool(left)


def texts_of(row: Row) -> dict[str, Any]:
    """What was asked when it was scheduled, the index of its task filled in."""
    asked: dict[str, Any] = row["asked"]
    if row["task"] is None:
        return asked
    values = {"i": str(row["task"])}
    lists = {name: [fill(path, values) for path in asked[name]] for name in ("inputs", "extra_inputs", "outputs")}
    return {**asked, **lists, "cmd": fill(asked["cmd"], values)}


def outputs_of(root: str, row: Row) -> list[str]:
    """The outputs of its job, from the root."""
    told = texts_of(row)
    outputs = paths_of(told["outputs"], root=root, pwd=told["pwd"])
    return [os.path.relpath(os.path.join(root, told["pwd"], path), root) for path in outputs]


def given_up(row: Row, settings: Settings) -> bool:
    """Nobody knows how it ended, and that is to do."""
    return settings.failed == "drop" and bool(row.get("unknown"))


def not_back(row: Row, settings: Settings, *, root: str) -> str:
    """Of what was taken over and ran elsewhere: why what it wrote does not come back; empty where it is here."""
    if SLURM_JOB not in row["asked"] or (row["state"] != DONE and settings.failed in {"keep", "drop"}):
        return ""
    from .by_slurm import bring_back

    try:
        bring_back(row, root)
    except Failed as error:
        return str(error)
    return ""


def tell_ends(ask: Ask, rows: Sequence[Row]) -> None:
    """Of those that were taken over the queue hears how they have ended."""
    theirs = [row for row in rows if SLURM_JOB in row["asked"]]
    if theirs:
        from .by_slurm import tell_ends as tell

        tell(ask, theirs)


def span_of(rows: Iterable[Row]) -> tuple[float, float] | None:
    """Seconds since 1970 from the first start of their attempts to the last end, with some slack; None without any."""
    told = (one for row in rows for one in (row, *(row.get("attempts") or ())))
    tried = [one for one in told if one.get("started") and one.get("ended")]
    if not tried:
        return None
    begun, ended = min(one["started"] for one in tried), max(one["ended"] for one in tried)
    return datetime.fromisoformat(begun).timestamp() - _SLACK, datetime.fromisoformat(ended).timestamp() + _SLACK
