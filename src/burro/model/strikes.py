"""Which nodes of a pool are not asked for: those where workers end at once or can do nothing. Times since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ENOUGH = 2  # ends before a worker came, of a node, until it is left out
SPREAD = 3  # nodes; where more of them do it without a worker between, they are not to blame
_PAUSES = (1800.0, 3600.0, 7200.0, 14400.0, 28800.0)  # seconds that it is left out: the first time, the second, ...
_FORGOTTEN = 86400.0  # seconds after which nothing is known against it any more

Record = dict[str, Any]  # `times` it did nothing, how often it was `out`, `at`, `until`, `why`


class Strikes:
    """What is known against nodes, by their names; as it is kept."""

    def __init__(self, nodes: Mapping[str, Record]) -> None:
        self.nodes = {name: dict(record) for name, record in nodes.items()}

    def strike(self, node: str, why: str, *, now: float, certain: bool = False) -> bool:
        """Something ended at once there; whether it is left out from now on. `certain`: once is enough."""
        known = self.nodes.get(node)
        if known is None or now - known["at"] > _FORGOTTEN:
            known = {"times": 0, "out": 0, "until": 0.0}
        known = {**known, "times": known["times"] + 1, "at": now, "why": why}
        is_out = certain or known["times"] >= ENOUGH
        if is_out:
            pause = _PAUSES[min(known["out"], len(_PAUSES) - 1)]
            known |= {"out": known["out"] + 1, "until": now + pause}
        self.nodes[node] = known
        return is_out

    @property
    def is_spread(self) -> bool:
        """Whether so many have it that something else is to blame."""
        return len(self.nodes) > SPREAD

    def trust(self, node: str) -> bool:
        """It has a worker; whether something was known against it."""
        return self.nodes.pop(node, None) is not None

    def out(self, *, now: float) -> dict[str, Record]:
        """Those that are left out now."""
        return {name: record for name, record in sorted(self.nodes.items()) if record["until"] > now}
