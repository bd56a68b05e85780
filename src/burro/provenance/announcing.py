"""Where records are pairs of commits: the first of each, when its job was scheduled."""

from __future__ import annotations

from collections.abc import Sequence

from ..base.errors import Failed
from .dataset import Dataset
from .ended import Settings
from .finish import announce
from .finishing import ended_of
from .open_records import Ask


def told_at_once(ask: Ask, dataset: Dataset, ids: Sequence[str]) -> str:
    """Make them now; why not, where that did not do: then `finish` makes them."""
    rows = ask("records", ids=list(ids), full=True)["records"]
    scheduled = [ended_of(row, dataset.root) for row in rows]
    try:
        announce(dataset.root, scheduled, Settings(style="pair"))
    except Failed as trouble:
        return f"the first commit of the pair is made by finish, since {trouble}"
    return ""
