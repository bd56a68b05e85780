"""Grid Engine's letters for states (sge_status(5)) and numbers for failures (accounting(5)), and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from .scheduler import Stage


@dataclass(frozen=True)
class Meaning:
    """`dead`: the processes are gone for certain. `blames_node`: a node was at fault. `sentence`: what became of it."""

    stage: Stage
    sentence: str = ""
    dead: bool = False
    blames_node: bool = False


_S = Stage

# A state is a word of letters, as `hqw` or `dRr`; the first of these that is among them says what it means.
LETTERS = {
    "E": Meaning(_S.WAITING, "Grid Engine could not start it and holds it; see: qstat -j ID, then: qmod -cj ID"),
    "d": Meaning(_S.ENDING, "it is ending: some of its processes may live"),
    "s": Meaning(_S.STOPPED, "Grid Engine has suspended it: its processes stand still"),
    "S": Meaning(_S.STOPPED, "its queue is suspended: its processes stand still"),
    "T": Meaning(_S.STOPPED, "its node has too much load: its processes stand still"),
    "N": Meaning(_S.STOPPED, "Grid Engine has suspended it: its processes stand still"),
    "P": Meaning(_S.STOPPED, "it had to make room for another: its processes stand still"),
    "t": Meaning(_S.STARTING, "it is sent to its node"),
    "r": Meaning(_S.RUNNING),
    "h": Meaning(_S.WAITING, "it is held; try: qrls ID"),
    "q": Meaning(_S.WAITING),
    "w": Meaning(_S.WAITING),
    "R": Meaning(_S.WAITING, "Grid Engine has put it back to start it once more"),
    "z": Meaning(_S.UNKNOWN, "it has ended"),  # how is in the accounting
}

_UNSTARTED = "Grid Engine could not start it on its node"
_LIMIT = "its walltime or another limit was over"
_LOST = "Grid Engine has lost sight of it; what ran there may go on"

# 0: it ended. 1 to 18: it never began. Of the others these are known.
FAILURES = {
    0: Meaning(_S.ENDED, dead=True),
    26: Meaning(_S.ENDED, "the file for its output cannot be opened there", dead=True),
    27: Meaning(_S.ENDED, "there is no /bin/sh on its node", dead=True, blames_node=True),
    28: Meaning(_S.ENDED, "its directory is not there", dead=True),
    30: Meaning(_S.ENDED, "its script asked to be held", dead=True),
    37: Meaning(_S.ENDED, _LIMIT),  # the master's word: whether its node has ended it too is in the exit code
    44: Meaning(_S.ENDED, _LIMIT, dead=True),
    100: Meaning(_S.ENDED, "it was killed: it was cancelled, or its walltime or another limit was over", dead=True),
}


def meaning(word: str) -> Meaning:
    """What a state means. One that is unknown proves nothing."""
    for letter, means in LETTERS.items():
        if letter in word:
            return means
    return Meaning(Stage.UNKNOWN, f"Grid Engine says {word or 'nothing'}, which burro does not know")


def failure(number: int | None, said: str) -> Meaning:
    """What the accounting means with `failed`."""
    if number in FAILURES:
        return FAILURES[number]
    if number is not None and 1 <= number <= 18:
        return Meaning(Stage.ENDED, f"{_UNSTARTED} ({said})", dead=True, blames_node=True)
    return Meaning(Stage.ENDED, f"{_LOST} ({said})" if said else _LOST, blames_node=True)
