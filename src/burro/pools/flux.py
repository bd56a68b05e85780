"""Flux in text (flux-core 0.50 or later): flux-batch(1), flux-jobs(1), flux-cancel(1), flux-resource(1)."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence

from . import flux_answers as answers
from . import one_node
from .one_node import Words
from .scheduler import Partition, Question, Request, Sight
from .variables import Variables

_OURS = {
    "--job-name": one_node.NAME,
    "--output": one_node.OUTPUT,
    "--error": one_node.OUTPUT,
    "--cwd": one_node.DIRECTORY,
    "-t": one_node.TIME,
    "--time-limit": one_node.TIME,
    "--wrap": one_node.SCRIPT,
    "--dry-run": "nothing would be asked for",
    "--dump": one_node.SCRIPT,
    "--signal": "burro knows the end by itself",
}
# In a batch job of Flux the id is that of what encloses it: the job is an instance of its own.
_WORDS = Words(id="${FLUX_ENCLOSING_ID:-}", node="$(hostname)", cpus="", leave=("TERM", "HUP"))


class Flux:
    """Flux. An allocation is one whole node."""

    name = "flux"
    variables = Variables(("FLUX_JOBS_", "FLUX_RESOURCE_"))

    def check_options(self, options: Sequence[str]) -> None:
        """Raise UsageError for options that burro sets itself, or that are none."""
        one_node.check(options, _OURS, example="--queue=batch")

    def script(self, request: Request) -> str:
        """The batch script of an allocation. Raises UsageError."""
        self.check_options(request.options)
        head = ["-N1", "--exclusive", f"--output={shlex.quote(request.log.replace('%j', '{{id.dec}}'))}"]
        if request.time is not None:
            head.append(f"--time-limit={math.ceil(request.time)}s")
        if request.exclude:
            head.append(f"--requires=-host:{','.join(request.exclude)}")
        return one_node.script([f"# flux: {line}" for line in (*head, *request.options)], request, _WORDS)

    def submit(self, request: Request) -> Question[str]:
        """Ask for an allocation; its id, which is turned into a number as the others are."""
        argv = ("flux", "batch", f"--job-name={request.mark}")
        script = f'id=$({shlex.join(argv)}) || exit; exec flux job id --to=dec "$id"'
        return Question(("sh", "-c", script), answers.submitted, self.script(request), within=60.0)

    def ping(self) -> Question[None]:
        """How long the instance has been up."""
        return Question(("flux", "uptime"), lambda answer: answers.heard(answer, "flux uptime"), within=10.0)

    def queue(self) -> Question[list[Sight]]:
        """The last thousand of ours, those that have ended too."""
        return Question(("flux", "jobs", "-a", "-n", "-o", answers.FORMAT), answers.queued)

    def past(self, *, ids: Sequence[str], marks: Sequence[str], since: float) -> list[Question[list[Sight]]]:
        """Each by its id: what is not among the last thousand."""
        del marks, since
        return [Question(("flux", "jobs", "-n", "-o", answers.FORMAT, one), answers.remembered) for one in ids]

    def cancel(self, ids: Sequence[str]) -> Question[None]:
        """End allocations, one after another: it stops at the first that has ended."""
        script = 'for id in "$@"; do flux cancel "$id"; done'
        return Question(("sh", "-c", script, "flux", *ids), answers.cancelled)

    def keep_nodes(self, allocation: str, nodes: Sequence[str]) -> Question[None] | None:
        """It has one node."""
        del allocation, nodes
        return None

    def partitions(self) -> Question[list[Partition]]:
        """Its nodes, all as one."""
        argv = ("flux", "resource", "list", "-n", "-s", "free,allocated", "-o", "{nnodes}|{ncores}|{ngpus}")
        return Question(argv, answers.resources)
