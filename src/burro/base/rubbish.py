"""How often Python looks for objects that hold each other in a circle."""

from __future__ import annotations

import gc

_NEW = 20_000  # objects between two looks


def look_seldom() -> None:
    """Look after many new objects, not after 700: a message of ten thousand jobs is all new and holds no circle.

    The looks were a tenth of the time of such a call, at both ends.
    """
    gc.set_threshold(_NEW)
