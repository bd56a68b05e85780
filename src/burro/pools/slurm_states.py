"""Every state that Slurm has a word for, and what it means for an allocation (squeue(1), sacct(1): JOB STATE CODES)."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.states import LOST, MEMORY, STOPPED, TIMEOUT, WALLTIME
from .scheduler import Stage


@dataclass(frozen=True)
class Meaning:
    """`dead`: the processes are gone for certain. `blames_node`: a node was at fault. `sentence`: what became of it.

    `outcome`: what that is for a task which has it as its own job; empty: its exit says.
    """

    stage: Stage
    sentence: str = ""
    dead: bool = False
    blames_node: bool = False
    outcome: str = ""


_S = Stage

# With NODE_FAIL Slurm has only lost sight of the node: what ran there may go on. The others ended by Slurm's own hand.
STATES = {
    "PENDING": Meaning(_S.WAITING),
    "EXPEDITING": Meaning(_S.WAITING, "Slurm starts it before others, as it was requeued so"),
    "REQUEUED": Meaning(_S.WAITING, "Slurm has put it back to start it once more"),
    "REQUEUE_FED": Meaning(_S.WAITING, "Slurm has put it back for another cluster of the federation"),
    "REQUEUE_HOLD": Meaning(_S.WAITING, "Slurm has put it back and holds it; try: scontrol release"),
    "SPECIAL_EXIT": Meaning(_S.WAITING, "Slurm has put it back and holds it, by its exit code; try: scontrol release"),
    "RESV_DEL_HOLD": Meaning(_S.WAITING, "Slurm holds it because its reservation was removed; try: scontrol release"),
    "CONFIGURING": Meaning(_S.STARTING, "its nodes are booting or made ready"),
    "POWER_UP_NODE": Meaning(_S.STARTING, "its nodes are switched on"),
    "RUNNING": Meaning(_S.RUNNING),
    "RESIZING": Meaning(_S.RUNNING, "it is about to have other nodes"),
    "SIGNALING": Meaning(_S.RUNNING, "it is being signalled"),
    "SUSPENDED": Meaning(_S.STOPPED, "Slurm has suspended it: its processes stand still"),
    "STOPPED": Meaning(_S.STOPPED, "Slurm has stopped it: its processes stand still on its nodes"),
    "COMPLETING": Meaning(_S.ENDING, "it is ending: some of its processes may live"),
    "STAGE_OUT": Meaning(_S.ENDING, "it is ending: files are copied out"),
    "UPDATE_DB": Meaning(_S.ENDING, "it is ending: it is written into the accounting"),
    "LAUNCH_FAILED": Meaning(_S.ENDING, "Slurm could not start it on its nodes", blames_node=True),
    "RECONFIG_FAIL": Meaning(_S.ENDING, "its nodes could not be set up as asked", blames_node=True),
    "COMPLETED": Meaning(_S.ENDED, "it ended by itself", dead=True),
    "FAILED": Meaning(_S.ENDED, "its script failed", dead=True),
    "CANCELLED": Meaning(_S.ENDED, "it was cancelled", dead=True, outcome=STOPPED),
    "TIMEOUT": Meaning(_S.ENDED, "its walltime was over", dead=True, outcome=TIMEOUT),
    "DEADLINE": Meaning(_S.ENDED, "its deadline had passed", dead=True, outcome=TIMEOUT),
    "OUT_OF_MEMORY": Meaning(_S.ENDED, "it used more memory than it had", dead=True, outcome=MEMORY),
    "PREEMPTED": Meaning(_S.ENDED, "it had to make room for one that goes before it", dead=True, outcome=WALLTIME),
    "REVOKED": Meaning(_S.ENDED, "another cluster of the federation has taken it", dead=True, outcome=LOST),
    "BOOT_FAIL": Meaning(_S.ENDED, "a node of it could not boot", dead=True, blames_node=True, outcome=LOST),
    "NODE_FAIL": Meaning(
        _S.ENDED, "Slurm has lost a node of it; what ran there may go on", blames_node=True, outcome=LOST
    ),
}


def meaning(word: str) -> Meaning:
    """What a state means, also one written as `CANCELLED by 1000`. One that is unknown proves nothing."""
    name = (word.split() or [""])[0].rstrip("+*").upper()
    return STATES.get(name) or Meaning(Stage.UNKNOWN, f"Slurm says {word or 'nothing'}, which burro does not know")
