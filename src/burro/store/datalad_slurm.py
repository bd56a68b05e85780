"""The database of datalad-slurm, which lists its open jobs: somebody else's file, which is read and never written."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import apsw

from ..base.errors import Failed

_LISTS = ("chain", "inputs", "extra_inputs", "outputs", "slurm_outputs")
_PATIENCE = 5000  # milliseconds, while its owner writes


def open_jobs(path: str) -> list[dict[str, Any]]:
    """The jobs that it has not finished, by their columns, oldest first; none where it is another program's file.

    Raises Failed where it cannot be read.
    """
    how = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    try:
        link = apsw.Connection(f"file:{quote(path)}?mode=ro", flags=how)
        link.set_busy_timeout(_PATIENCE)
        if not list(link.execute("select 1 from sqlite_master where type = 'table' and name = 'open_jobs'")):
            return []
        cursor = link.cursor()
        cursor.row_trace = _by_name
        return [_with_lists(row) for row in cursor.execute("select * from open_jobs order by slurm_job_id")]
    except (apsw.Error, ValueError) as error:
        raise Failed(f"the list of open jobs in {path} cannot be read ({error}); is it of datalad-slurm?") from None


def _by_name(cursor: apsw.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip((name for name, *_ in cursor.get_description()), row, strict=True))


def _with_lists(row: dict[str, Any]) -> dict[str, Any]:
    """Older versions have fewer columns."""
    return row | {name: [str(one) for one in json.loads(row.get(name) or "[]") or ()] for name in _LISTS}
