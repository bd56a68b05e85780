"""Who waits until a pool is open or closed."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..base.clock import steady
from ..link.lines import Message
from .crew import Peer

ANSWER = 45.0  # seconds for a machine to answer, ours to be asked included


@dataclass
class Waiting:
    """Somebody who waits for a pool: to be reached (`tries`: how many had ended before), or to be closed (None)."""

    peer: Peer
    pool: str
    answer: Message
    tries: int | None = None
    until: float = field(default_factory=lambda: steady() + ANSWER)
