"""PBS in text (OpenPBS, PBS Professional, and Torque as far as it is the same): qsub, qstat, qselect, qdel (1B)."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from . import one_node
from . import pbs_answers as answers
from .one_node import Words
from .scheduler import Partition, Question, Request, Sight
from .variables import Variables

_PLAIN = ("env", "TZ=UTC", "LC_ALL=C")  # times without zones and summer time
_OURS = {
    "-N": one_node.NAME,
    "-J": one_node.ARRAY,
    "-t": one_node.ARRAY,
    "-o": one_node.OUTPUT,
    "-e": one_node.OUTPUT,
    "-j": one_node.OUTPUT,
    "-k": one_node.OUTPUT,
    "-d": one_node.DIRECTORY,
    "-S": one_node.SCRIPT,
    "-I": "nobody would be there to type",
    "-r": "an allocation that was lost is asked for anew",
    "-z": "burro reads the answer itself",
    " walltime=": one_node.TIME,
    ",walltime=": one_node.TIME,
    " block=": one_node.WAIT,
}
_WORDS = Words(id="$PBS_JOBID", node="$(hostname)", cpus="${PBS_NUM_PPN:-${NCPUS:-}}")
# Everybody's jobs would be in the answer of a plain qstat -f.
_MINE = 'ids=$(qselect -u "$(id -un)") || exit; [ -z "$ids" ] || exec qstat -f $ids'


class Pbs:
    """PBS. How much of a node an allocation has is among the pool's options, as `-l select=1:ncpus=32`."""

    name = "pbs"
    variables = Variables(("PBS_O_", "PBS_DPREFIX", "QSTAT_"))

    def check_options(self, options: Sequence[str]) -> None:
        """Raise UsageError for options that burro sets itself, or that are none."""
        one_node.check(options, _OURS, example="-l select=1:ncpus=32")

    def script(self, request: Request) -> str:
        """The batch script of an allocation. Raises UsageError."""
        self.check_options(request.options)
        head = ["-S /bin/sh", "-o /dev/null", "-j oe", "-r n"]
        if request.time is not None:
            head.append(f"-l walltime={int(request.time)}")
        lines = [f"#PBS {line}" for line in (*head, *request.options)]
        before, _, after = request.log.partition("%j")
        log = f'exec >>{shlex.quote(before)}"$PBS_JOBID"{shlex.quote(after)} 2>&1 # its own it brings at the end only'
        return one_node.script([*lines, log], request, _WORDS)

    def submit(self, request: Request) -> Question[str]:
        """Ask for an allocation; its id."""
        return Question(("qsub", "-N", request.mark), answers.submitted, self.script(request), within=60.0)

    def ping(self) -> Question[None]:
        """The server's own line."""
        return Question(("qstat", "-B"), lambda answer: answers.heard(answer, "qstat"), within=10.0)

    def queue(self) -> Question[list[Sight]]:
        """All of ours that wait or run, and where the server keeps them for a while those that have just ended."""
        return Question((*_PLAIN, "sh", "-c", _MINE), answers.queued)

    def past(self, *, ids: Sequence[str], marks: Sequence[str], since: float) -> list[Question[list[Sight]]]:
        """What the server keeps of jobs that have ended, where it keeps a history; `qselect` finds them by name."""
        del since
        ways = [Question((*_PLAIN, "qstat", "-x", "-f", *ids), answers.remembered)] if ids else []
        for mark in marks:
            script = f'ids=$(qselect -x -N {shlex.quote(mark)}) || exit; [ -z "$ids" ] || exec qstat -x -f $ids'
            ways.append(Question((*_PLAIN, "sh", "-c", script), answers.remembered))
        return ways

    def cancel(self, ids: Sequence[str]) -> Question[None]:
        """End allocations. It minds those that have ended, and ends the others."""
        return Question(("qdel", *ids), answers.cancelled)

    def keep_nodes(self, allocation: str, nodes: Sequence[str]) -> Question[None] | None:
        """It has one node."""
        del allocation, nodes
        return None

    def partitions(self) -> Question[list[Partition]]:
        """Its nodes, all as one: queues say nothing of them."""
        return Question(("pbsnodes", "-a"), answers.nodes)
