"""In which style a repository's records are written."""

from __future__ import annotations

from ..base.errors import UsageError
from .dataset import Dataset
from .ended import STYLES

SETTING = "burro.record-style"


def style_of(dataset: Dataset, asked: str | None = None) -> str:
    """The one asked for, else that of git's configuration or of .datalad/config, else `run`. Raises UsageError."""
    found = asked or dataset.setting(SETTING) or STYLES[0]
    if found not in STYLES:
        raise UsageError(f"{SETTING} can be {', '.join(STYLES)}, not '{found}'; mend it: git config {SETTING} run")
    return found
