"""Slurm in text: its command lines. What their answers mean stands in slurm_answers.py; nothing here runs anything."""

from __future__ import annotations

import datetime
import signal
from collections.abc import Sequence

from . import slurm_answers, slurm_script, slurm_tasks
from .scheduler import Partition, Question, Request, Sight
from .tasks import Batch
from .variables import Variables

_SECONDS = ("env", "SLURM_TIME_FORMAT=%s")  # times as numbers: no zones, no summer time
_UNCAUGHT = (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT, signal.SIGTSTP)
_DAY = 86400.0  # seconds: the clock of the cluster may be another, and so may its zone


class Slurm:
    """Slurm, 20.11 or later."""

    name = "slurm"
    variables = Variables(
        ("SLURM_", "SQUEUE_", "SACCT_", "SINFO_", "SCANCEL_", "SALLOC_", "SRUN_"),
        kept=("SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_CLUSTERS"),
    )

    def check_options(self, options: Sequence[str]) -> None:
        """Raise UsageError for options that burro sets itself, or that are none."""
        slurm_script.check_options(options)

    def script(self, request: Request) -> str:
        """The batch script of an allocation. Raises UsageError."""
        return slurm_script.script(request)

    def submit(self, request: Request) -> Question[str]:
        """Ask for an allocation; its id."""
        named = any(option.startswith("--comment") for option in request.options)
        comment = () if named else (f"--comment={request.mark}",)
        argv = ("sbatch", "--parsable", f"--job-name={request.mark}", *comment)
        return Question(argv, slurm_answers.submitted, text=self.script(request), within=60.0)

    def submit_tasks(self, batch: Batch) -> Question[str]:
        """Ask for tasks as jobs of its own; the id of all. Raises UsageError."""
        return slurm_tasks.submit_tasks(batch)

    def highest_place(self) -> Question[int]:
        """Below MaxArraySize."""
        return Question(("scontrol", "show", "config"), slurm_answers.highest_place)

    def signal(self, ids: Sequence[str], number: int) -> Question[None]:
        """To burro's part of each job, which passes it on; what it cannot catch to all of the job."""
        way = "--full" if number in _UNCAUGHT else "--batch"
        argv = ("scancel", way, f"--signal={number}", *ids)
        return Question(argv, lambda answer: slurm_answers.heard(answer, "scancel"))

    def hold(self, ids: Sequence[str], *, held: bool) -> Question[None]:
        """Slurm takes ids with commas."""
        argv = ("scontrol", "uhold" if held else "release", ",".join(ids))
        return Question(argv, lambda answer: slurm_answers.heard(answer, "scontrol"))

    def ping(self) -> Question[None]:
        """Quick where a controller is up or down; where one hangs, our patience ends first."""
        return Question(("scontrol", "ping"), slurm_answers.pinged, within=5.0)

    def queue(self) -> Question[list[Sight]]:
        """All of ours that are waiting, running or have just ended."""
        columns = "|".join(slurm_answers.QUEUE.values())
        argv = ("squeue", "--me", "--all", "--array", "--noheader", "--states=all", f"--format={columns}")
        return Question((*_SECONDS, *argv), slurm_answers.queued)

    def past(self, *, ids: Sequence[str], marks: Sequence[str], since: float) -> list[Question[list[Sight]]]:
        """The accounting, and for each id what the controller has kept: some clusters have no accounting."""
        columns = ",".join(slurm_answers.PAST.values())
        base = (*_SECONDS, "sacct", "--parsable2", "--noheader", "--allocations", f"--format={columns}")
        ways: list[Question[list[Sight]]] = []
        if ids:
            ways.append(Question((*base, f"--jobs={','.join(ids)}"), slurm_answers.remembered))
        if marks:
            start = datetime.datetime.fromtimestamp(since - _DAY).strftime("%Y-%m-%dT%H:%M:%S")  # noqa: DTZ006  # local, as Slurm reads it
            argv = (*base, f"--name={','.join(marks)}", f"--starttime={start}")
            ways.append(Question(argv, slurm_answers.remembered))
        show = (*_SECONDS, "scontrol", "--oneliner", "show", "job")
        return ways + [Question((*show, one), slurm_answers.shown) for one in ids]

    def cancel(self, ids: Sequence[str]) -> Question[None]:
        """End allocations. Slurm does not mind those that have ended."""
        return Question(("scancel", *ids), lambda answer: slurm_answers.heard(answer, "scancel"))

    def keep_nodes(self, allocation: str, nodes: Sequence[str]) -> Question[None]:
        """Give all other nodes back. The first node of the allocation, on which its script runs, has to stay."""
        argv = ("scontrol", "update", f"JobId={allocation}", f"NodeList={','.join(nodes)}")
        return Question(argv, lambda answer: slurm_answers.heard(answer, "scontrol"))

    def partitions(self) -> Question[list[Partition]]:
        """What there is; of a partition with several kinds of nodes the least."""
        argv = ("sinfo", "--all", "--noheader", "--format=%R|%a|%l|%D|%c|%m|%G|%h")
        return Question(argv, slurm_answers.partitions)
