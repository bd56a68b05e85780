"""PBS's letters for states (qstat(1B)) and its own exit codes (JOB_EXEC_*, in its job.h), and what they mean."""

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

LETTERS = {
    "Q": Meaning(_S.WAITING),
    "H": Meaning(_S.WAITING, "it is held; try: qrls ID"),
    "W": Meaning(_S.WAITING, "it waits for its start time"),
    "T": Meaning(_S.WAITING, "it is moved to another place"),
    "B": Meaning(_S.RUNNING),
    "R": Meaning(_S.RUNNING),
    "S": Meaning(_S.STOPPED, "PBS has suspended it: its processes stand still"),
    "U": Meaning(_S.STOPPED, "somebody works at its node: its processes stand still"),
    "E": Meaning(_S.ENDING, "it is ending: some of its processes may live"),
    "F": Meaning(_S.ENDED),
    "C": Meaning(_S.ENDED),
    "X": Meaning(_S.ENDED),
    "M": Meaning(_S.UNKNOWN, "PBS has moved it to another server"),
}

_LIMIT = "it used more than it had asked for"
_UNSTARTED = "PBS could not start it on its node"

# Less than 0: PBS's own. With -4 to -7, -15, -20 and -30 a node was lost or started anew; what ran there may go on.
EXITS = {
    -1: Meaning(_S.ENDED, _UNSTARTED, dead=True, blames_node=True),
    -2: Meaning(_S.ENDED, _UNSTARTED, dead=True, blames_node=True),
    -3: Meaning(_S.ENDED, _UNSTARTED, dead=True, blames_node=True),
    -10: Meaning(_S.ENDED, "its node does not know you", dead=True, blames_node=True),
    -13: Meaning(_S.ENDED, "its node does not know you", dead=True, blames_node=True),
    -17: Meaning(_S.ENDED, "a hook of the site refused it", dead=True),
    -19: Meaning(_S.ENDED, "a hook of the site deleted it", dead=True),
    -21: Meaning(_S.ENDED, "the files of PBS on its node are open to others", dead=True, blames_node=True),
    -22: Meaning(_S.ENDED, "a hook of the site failed", dead=True, blames_node=True),
    -23: Meaning(_S.ENDED, "it had no ticket of Kerberos", dead=True),
    **dict.fromkeys(range(-28, -23), Meaning(_S.ENDED, _LIMIT, dead=True)),
    -29: Meaning(_S.ENDED, "its walltime was over", dead=True),
}


def meaning(word: str) -> Meaning:
    """What a state means. One that is unknown proves nothing."""
    return LETTERS.get(word) or Meaning(Stage.UNKNOWN, f"PBS says {word or 'nothing'}, which burro does not know")


def exit_meaning(code: int | None, *, began: bool) -> Meaning:
    """How one ended. `began`: it had its node."""
    if code is None:
        why = "PBS does not say how it ended" if began else "it was deleted before it began"
        return Meaning(Stage.ENDED, why, dead=not began)
    if code >= 256:
        return Meaning(Stage.ENDED, f"it was killed by signal {code % 256}", dead=True)
    if code >= 0:
        return Meaning(
            Stage.ENDED, f"its script ended with exit code {code}" if code else "it ended by itself", dead=True
        )
    lost = f"PBS has lost sight of it (its exit code {code}); what ran there may go on"
    return EXITS.get(code) or Meaning(Stage.ENDED, lost, blames_node=True)
