"""By which way the workers of a pool come."""

from __future__ import annotations

from ..model.links import LINK, TLS
from .pools import Pools


def links_of(pools: Pools) -> dict[str, str]:
    """Of the pools whose workers come, and not to the port: their ways."""
    found = {pool: str(pools.value(pool, LINK) or TLS) for pool in pools.coming}
    return {pool: link for pool, link in found.items() if link != TLS}
