"""What git-annex had in the place of outputs comes back where their job failed and could not see to it itself."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..model.footprint import ancestors, is_pattern, stem
from .declared import Claim, claim_of
from .git import LINK, Git, terminated


def put_back(git: Git, paths: Iterable[str]) -> None:
    """The links at and below paths or patterns from the root are as the repository has them, where nothing is there.

    A task that was killed has not put back what was taken out of its way.
    """
    wanted = set(paths)
    patterns = [path for path in wanted if is_pattern(path)]
    claims = [claim_of(path) for path in patterns]
    known = git.indexed([*wanted, *{stem(path) for path in patterns}])
    gone = [
        path
        for path, (mode, _) in known.items()
        if mode == LINK and not os.path.lexists(os.path.join(git.root, path)) and _is_meant(path, wanted, claims)
    ]
    if gone:
        git.tried("checkout-index", "-q", "-z", "--stdin", given=terminated(gone))


def _is_meant(path: str, plain: set[str], claims: Iterable[Claim]) -> bool:
    return not plain.isdisjoint(ancestors(path)) or any(claim.covers(path) for claim in claims)
