"""Grid Engine in text (Son of Grid Engine, Univa and their like): qsub(1), qstat(1), qacct(1), qdel(1)."""

from __future__ import annotations

from collections.abc import Sequence

from ..base.errors import UsageError
from . import gridengine_answers as answers
from . import one_node
from .one_node import Words
from .scheduler import Partition, Question, Request, Sight
from .variables import Variables

_PLAIN = ("env", "TZ=UTC", "LC_ALL=C", "SGE_SINGLE_LINE=1")  # times without zones and summer time
_OURS = {
    "-N": one_node.NAME,
    "-t": one_node.ARRAY,
    "-tc": one_node.ARRAY,
    "-o": one_node.OUTPUT,
    "-e": one_node.OUTPUT,
    "-j": one_node.OUTPUT,
    "-sync": one_node.WAIT,
    "-now": one_node.WAIT,
    "-cwd": one_node.DIRECTORY,
    "-wd": one_node.DIRECTORY,
    "-S": one_node.SCRIPT,
    "-b": one_node.SCRIPT,
    "-terse": "burro reads the answer itself",
    "-verify": "nothing would be asked for",
    "-help": "it is no option of a job",
    "-r": "an allocation that was lost is asked for anew",
    "-notify": "burro sets that itself",
    " h_rt=": one_node.TIME,
    ",h_rt=": one_node.TIME,
    " s_rt=": "burro sets the signal before the end itself",
    ",s_rt=": "burro sets the signal before the end itself",
}
_LATEST = 10.0  # seconds before the end: later is of no use
_WORDS = Words(
    id="$JOB_ID",
    node="${HOSTNAME:-$(hostname)}",
    cpus="$NSLOTS",
    leave=("TERM", "USR2"),  # -notify: some time before it kills
    before_exit='case $code in 99 | 100) code=1 ;; esac # "start it again" and "hold it", to Grid Engine',
)


class GridEngine:
    """Grid Engine, 6.2 or later. It gives slots: how many of them one node has to give is among the pool's options."""

    name = "sge"
    variables = Variables(("SGE_LONG", "SGE_SINGLE_LINE"))

    def check_options(self, options: Sequence[str]) -> None:
        """Raise UsageError for options that burro sets itself, or that are none."""
        one_node.check(options, _OURS, example="-pe smp 16")

    def script(self, request: Request) -> str:
        """The batch script of an allocation. Raises UsageError."""
        self.check_options(request.options)
        log = request.log.replace("%j", "$JOB_ID")
        if set(log.replace("$JOB_ID", "")) & set(":$ "):
            raise UsageError(f"Grid Engine reads a colon, a dollar or a blank in {log} as something else")
        head = ["-S /bin/sh", f"-o {log}", "-j y", "-r n", "-notify", *_limits(request)]
        if request.exclude:
            head.append(f"-l hostname=!({'|'.join(request.exclude)})")
        head += request.options
        return one_node.script([f"#$ {line}" for line in head], request, _WORDS)

    def submit(self, request: Request) -> Question[str]:
        """Ask for an allocation; its id."""
        return Question(("qsub", "-terse", "-N", request.mark), answers.submitted, self.script(request), within=70.0)

    def ping(self) -> Question[None]:
        """The name of the scheduler's host: nothing less is asked of the master."""
        return Question(("qconf", "-sss"), lambda answer: answers.heard(answer, "qconf"), within=10.0)

    def queue(self) -> Question[list[Sight]]:
        """All of ours that wait or run; `-r`: with what they asked for."""
        return Question((*_PLAIN, "qstat", "-xml", "-r"), answers.queued)

    def past(self, *, ids: Sequence[str], marks: Sequence[str], since: float) -> list[Question[list[Sight]]]:
        """The accounting, which is written some seconds late and lies on the master's disk."""
        del since  # it takes the start of a job only
        return [Question((*_PLAIN, "qacct", "-j", one), answers.remembered) for one in (*ids, *marks)]

    def cancel(self, ids: Sequence[str]) -> Question[None]:
        """End allocations. It minds those that have ended, and ends the others."""
        return Question(("qdel", *ids), answers.cancelled)

    def keep_nodes(self, allocation: str, nodes: Sequence[str]) -> Question[None] | None:
        """It has one node."""
        del allocation, nodes
        return None

    def partitions(self) -> Question[list[Partition]]:
        """Its queues, with the slots of their least node."""
        return Question((*_PLAIN, "qstat", "-f", "-xml"), answers.queues)


def _limits(request: Request) -> list[str]:
    """The walltime, and SIGUSR1 some time before it is over."""
    if request.time is None:
        return []
    hard = f"-l h_rt={int(request.time)}"
    soft = int(request.time - request.warn)
    return [hard, f"-l s_rt={soft}"] if request.warn >= _LATEST and soft > 0 else [hard]
