"""Which subdatasets a job has to do with, told when it is scheduled: what it writes there is reserved there too."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..base.errors import UsageError
from ..base.text import parse_indices
from ..model.footprint import is_pattern
from .dataset import Dataset


def below_of(
    dataset: Dataset, writes: Sequence[str], reads: Sequence[str], *, options: Mapping[str, Any], stay: str
) -> dict[str, Any]:
    """Those in which something of it lies, its logs too. Raises UsageError where that cannot be recorded."""
    if not dataset.subdatasets.any:
        return {}
    array = options.get("array")
    indices = () if array is None else parse_indices(str(array).partition("%")[0])
    dataset.refuse_absent(writes, indices)
    below = dataset.below(writes, indices)
    if below and stay:
        raise UsageError(
            f"--stay leaves contents in one annex, and some outputs lie in the subdataset {below[0]}; "
            "leave --stay out, so that they come here"
        )
    logs = (dataset.place(os.path.dirname(str(options.get(name) or ""))) for name in ("output", "error"))
    places = [path for path in (dataset.pwd, *logs) if not is_pattern(path) and path.partition("/")[0] != ".."]
    found = dict.fromkeys([*below, *dataset.below(reads, indices), *dataset.below(places)])
    return {"below": list(found)} if found else {}
