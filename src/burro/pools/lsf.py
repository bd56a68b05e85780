"""LSF in text (IBM Spectrum LSF, 9.1.2 or later): bsub(1), bjobs(1), bkill(1), bhosts(1)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..base.errors import UsageError
from . import lsf_answers as answers
from . import one_node
from .one_node import Words
from .scheduler import Partition, Question, Request, Sight
from .variables import Variables

_PLAIN = ("env", "TZ=UTC", "LC_ALL=C", "LSB_DISPLAY_YEAR=Y")  # times without zones and summer time
_OURS = {
    "-J": one_node.NAME,
    "-o": one_node.OUTPUT,
    "-oo": one_node.OUTPUT,
    "-e": one_node.OUTPUT,
    "-eo": one_node.OUTPUT,
    "-W": one_node.TIME,
    "-We": one_node.TIME,
    "-t": one_node.TIME,
    "-K": one_node.WAIT,
    "-I": one_node.WAIT,
    "-Is": one_node.WAIT,
    "-cwd": one_node.DIRECTORY,
    "-L": one_node.SCRIPT,
    "-i": one_node.SCRIPT,
    "-is": one_node.SCRIPT,
    "-r": "an allocation that was lost is asked for anew",
    "-wa": "burro sets the signal before the end itself",
    "-wt": "burro sets the signal before the end itself",
}
_WORDS = Words(id="$LSB_JOBID", node="$(hostname)", cpus="${LSB_DJOB_NUMPROC:-}")


class Lsf:
    """LSF. How many slots an allocation has, and whether it has its node alone, is among the pool's options."""

    name = "lsf"
    variables = Variables(("LSB_BJOBS_", "LSB_DISPLAY_YEAR", "LSB_SHORT_HOSTLIST", "BSUB_"))

    def check_options(self, options: Sequence[str]) -> None:
        """Raise UsageError for options that burro sets itself, or that are none."""
        one_node.check(options, _OURS, example="-n 32")

    def script(self, request: Request) -> str:
        """The batch script of an allocation. Raises UsageError."""
        self.check_options(request.options)
        if "%" in request.log.replace("%j", ""):
            raise UsageError(f"LSF reads the % in {request.log} as something else")
        head = [f'-o "{request.log.replace("%j", "%J")}"', "-rn", '-R "span[hosts=1]"']
        if request.time is not None:
            minutes, warn = math.ceil(request.time / 60), int(request.warn // 60)
            head.append(f"-W {minutes}")
            if 0 < warn < minutes:
                head += ["-wa USR1", f"-wt {warn}"]
        if request.exclude:
            head.append(f'-R "select[{" && ".join(f"hname!={node}" for node in request.exclude)}]"')
        return one_node.script([f"#BSUB {line}" for line in (*head, *request.options)], request, _WORDS)

    def submit(self, request: Request) -> Question[str]:
        """Ask for an allocation; its id."""
        return Question(("bsub", "-J", request.mark), answers.submitted, self.script(request), within=60.0)

    def ping(self) -> Question[None]:
        """The names of cluster and master."""
        return Question(("lsid",), lambda answer: answers.heard(answer, "lsid"), within=10.0)

    def queue(self) -> Question[list[Sight]]:
        """All of ours, those that ended in the last hour too."""
        columns = " ".join(answers.COLUMNS)
        return Question((*_PLAIN, "bjobs", "-a", "-noheader", "-o", f"{columns} delimiter='|'"), answers.queued)

    def past(self, *, ids: Sequence[str], marks: Sequence[str], since: float) -> list[Question[list[Sight]]]:
        """Nothing more: what LSF has ended is an hour in its queue, and behind that in files of its own."""
        del ids, marks, since
        return []

    def cancel(self, ids: Sequence[str]) -> Question[None]:
        """End allocations. It minds those that have ended, and ends the others."""
        return Question(("bkill", *ids), answers.cancelled)

    def keep_nodes(self, allocation: str, nodes: Sequence[str]) -> Question[None] | None:
        """It has one node."""
        del allocation, nodes
        return None

    def partitions(self) -> Question[list[Partition]]:
        """Its hosts, all as one: queues say nothing of them."""
        return Question(("bhosts", "-w"), answers.hosts)
