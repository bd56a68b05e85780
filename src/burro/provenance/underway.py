"""What somebody is in the midst of, and what is committed then would be lost with it."""

from __future__ import annotations

import os

from ..base.errors import Failed
from .git import Git

_LENT = {"rebase-merge": "a rebase", "rebase-apply": "a rebase", "BISECT_LOG": "a bisection"}


def refuse_lent_head(git: Git) -> None:
    """Raise Failed where HEAD goes back to where it was: commits on it would belong to nothing then.

    A merge is another matter: it is given up by going back to HEAD as it is by then.
    """
    for name, what in _LENT.items():
        if os.path.lexists(os.path.join(git.directory, name)):
            raise Failed(
                f"{what} is under way in {git.root}, and records could be lost with it; finish when it is over"
            )


def on_no_branch(git: Git, commit: str) -> list[str]:
    """A remark, where no branch keeps what was just committed."""
    if git.branch():
        return []
    return [f"HEAD is on no branch; to keep this and what was recorded before it: git branch NAME {commit[:10]}"]
