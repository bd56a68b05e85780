"""A short text by which two machines see whether git has the same on both."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable


def digest(lines: Iterable[str]) -> str:
    """Lines in whatever order, as one short text."""
    return hashlib.sha256(os.fsencode("\n".join(sorted(lines)))).hexdigest()[:16]
