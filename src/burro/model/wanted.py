"""The words for states that people type: ours, Slurm's (squeue(1), sacct(1)), and those of other queues."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..base.errors import UsageError
from .states import (
    CANCELLED,
    CLAIMED,
    DONE,
    FAILED,
    FINAL,
    HELD,
    LOST,
    MEMORY,
    NOT_STARTED,
    OUTCOMES,
    READY,
    RUNNING,
    SIGNALLED,
    SKIPPED,
    STATES,
    TIMEOUT,
    WAITING,
    WALLTIME,
)

_QUEUED = (HELD, WAITING, READY)
_LIVE = tuple(state for state in STATES if state not in FINAL)

# A word, and the states or outcomes it stands for. Our own words mean what they say.
WORDS: dict[str, tuple[str, ...]] = {
    **{state: (state,) for state in STATES},
    **dict.fromkeys(("pending", "pd", "queued"), _QUEUED),
    **dict.fromkeys(("live", "active"), _LIVE),
    **dict.fromkeys(("ended", "final"), tuple(sorted(FINAL))),
    **dict.fromkeys(("r", "completing", "cg"), (RUNNING,)),
    **dict.fromkeys(("configuring", "cf"), (CLAIMED,)),
    **dict.fromkeys(("completed", "complete", "cd", "success", "succeeded", "finished"), (DONE,)),
    **dict.fromkeys(("f", "error"), (FAILED,)),
    **dict.fromkeys(("canceled", "ca", "killed"), (CANCELLED,)),
    **dict.fromkeys(("stashed", "requeue_hold", "rh", "special_exit"), (HELD,)),
    **dict.fromkeys(("dependency_failed", "skip"), (SKIPPED,)),
    **dict.fromkeys(("timeout", "to"), (TIMEOUT,)),
    **dict.fromkeys(("outoftime", "deadline", "dl"), (TIMEOUT, WALLTIME)),
    **dict.fromkeys(("memory", "oom", "out_of_memory"), (MEMORY,)),
    **dict.fromkeys(("lost", "stale", "node_fail", "nf"), (LOST,)),
    **dict.fromkeys(("not-started", "boot_fail", "bf"), (NOT_STARTED,)),
    WALLTIME: (WALLTIME,),
    SIGNALLED: (SIGNALLED,),
}


@dataclass(frozen=True)
class Wanted:
    """States of tasks and outcomes of what failed, any of which is wanted; without any everything is."""

    states: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.states and not self.outcomes

    @property
    def only_live(self) -> bool:
        """Whether only tasks that have not ended are wanted."""
        return bool(self.states) and not self.outcomes and self.states.isdisjoint(FINAL)

    def has(self, state: str, outcome: str | None) -> bool:
        """Whether a task in `state`, whose last attempt ended with `outcome`, is wanted."""
        return self.everything or state in self.states or (state == FAILED and outcome in self.outcomes)


def parse_states(words: Iterable[str]) -> Wanted:
    """What `--state failed,timeout` asks for, in upper or lower case. Raises UsageError for an unknown word."""
    found: set[str] = set()
    for word in (part.strip().lower() for text in words for part in str(text).split(",")):
        if word.rstrip("+") not in WORDS:
            raise UsageError(f"there is no state '{word}'{_nearest(word)}; there are: {', '.join(STATES)}")
        found.update(WORDS[word.rstrip("+")])
    return Wanted(frozenset(found & set(STATES)), frozenset(found & set(OUTCOMES) - set(STATES)))


def _nearest(word: str) -> str:
    from difflib import get_close_matches

    found = get_close_matches(word, WORDS, n=1)
    return f" (did you mean '{found[0]}'?)" if found else ""
