"""Where something listens."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """An address and a port."""

    address: str
    port: int
