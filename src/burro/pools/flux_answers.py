"""What the answers of Flux's commands mean. An answer that cannot be read proves nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..base.errors import UsageError
from .nodelist import expand
from .scheduler import Answer, Partition, Sight, Stage
from .voice import Voice

# What we want of a job, as flux-jobs(1) calls it. What may hold our separator comes last.
COLUMNS = (
    *("id.dec", "status", "ncores", "queue", "t_submit", "t_run", "expiration", "t_inactive"),
    *("returncode", "exception.type", "nodelist", "name"),
)
FORMAT = "|".join(f"{{{name}}}" for name in COLUMNS)

# flux-jobs(1), JOB STATUS. The second: what stands in the reason.
STATES = {
    "DEPEND": (Stage.WAITING, "it waits for other jobs"),
    "PRIORITY": (Stage.WAITING, "its priority is worked out"),
    "SCHED": (Stage.WAITING, ""),
    "RUN": (Stage.RUNNING, ""),
    "CLEANUP": (Stage.ENDING, "it is ending: some of its processes may live"),
    "COMPLETED": (Stage.ENDED, "it ended by itself"),
    "FAILED": (Stage.ENDED, "its script failed"),
    "CANCELED": (Stage.ENDED, "it was cancelled"),
    "TIMEOUT": (Stage.ENDED, "its walltime was over"),
}
_LOST = ("exec", "node-failure")  # exceptions with which a node was lost: what ran there may go on
_SILENT = r"[Uu]nable to connect to Flux|Connection (?:refused|reset)|Broken pipe|lost connection|No such broker"
_CORRECT = "correct the pool's options"

# What is in the way of a request, the sentence, and whether the same may be taken later.
_NO = (
    (
        r"[Ii]nvalid queue(?: specified)?:? *(\S+)",
        f"Flux has no queue '{{0}}'; see: flux queue list, and {_CORRECT}",
        False,
    ),
    (r"(requested duration .* exceeds policy limit[^\n]*)", "Flux says: {0}; set the pool's time lower", False),
    (r"(exceeds policy limit[^\n]*)", f"what is asked for {{0}}; {_CORRECT}", False),
    (r"unsatisfiable", f"no node has what is asked for; {_CORRECT}", False),
    (r"[Ss]ubmission (?:is )?disabled|queue is stopped|disabled on", "Flux takes no jobs for now", True),
    (r"max (?:active|running) jobs|maximum number of", "you have as many jobs as one may have", True),
    (r"unrecognized arguments: ([^\n]*)", f"flux batch has no option '{{0}}'; {_CORRECT}", False),
)
_VOICE = Voice(
    who="Flux",
    submits="flux batch",
    id=r"^\s*(\d+)\s*$",
    silent=_SILENT,
    refuses="flux-batch: ",
    refusals=_NO,
    noise=r"^flux-\w+: (?:ERROR: )?(?:\[Errno \d+\] )?",
)
submitted, heard = _VOICE.submitted, _VOICE.heard


def queued(answer: Answer) -> list[Sight]:
    """Of `flux jobs`. Lines that are not whole are left out."""
    _VOICE.heard(answer, "flux jobs")
    lines = (line.strip().split("|", len(COLUMNS) - 1) for line in answer.out.splitlines())
    return [_sight(dict(zip(COLUMNS, line, strict=True))) for line in lines if len(line) == len(COLUMNS)]


def remembered(answer: Answer) -> list[Sight]:
    """The same of one id; one that is unknown proves nothing."""
    return queued(answer) if answer.code == 0 else []


def cancelled(answer: Answer) -> None:
    """Of flux cancel, which minds what is not there any more."""
    gone = r"inactive|unknown job|not found"
    lines = [line for line in answer.err.splitlines() if line.strip() and not re.search(gone, line)]
    if lines or re.search(_SILENT, answer.err):
        raise _VOICE.silence(Answer(answer.code, "", "\n".join(lines) or answer.err), "flux cancel")


def resources(answer: Answer) -> list[Partition]:
    """Of `flux resource list`: all nodes as one partition; of several kinds of them the least."""
    _VOICE.heard(answer, "flux resource")
    rows = [line.strip().split("|") for line in answer.out.splitlines()]
    found = [tuple(map(int, row)) for row in rows if len(row) == 3 and all(part.isdigit() for part in row)]
    found = [row for row in found if row[0]]
    if not found:
        return []
    least = min(cores // nodes for nodes, cores, _ in found)
    gpus = min(gpus // nodes for nodes, _, gpus in found)
    count = sum(nodes for nodes, _, _ in found)
    return [Partition("nodes", is_up=True, whole=True, longest=None, nodes=count, cpus=least, memory=0, gpus=gpus)]


def _sight(record: Mapping[str, str]) -> Sight:
    word = record["status"]
    stage, sentence = STATES.get(word, (Stage.UNKNOWN, f"Flux says {word or 'nothing'}, which burro does not know"))
    code, trouble = record["returncode"], record["exception.type"]
    is_lost = stage is Stage.ENDED and trouble in _LOST
    number = int(code) if re.fullmatch(r"-?\d+", code) and stage is Stage.ENDED else None
    return Sight(
        id=record["id.dec"],
        mark=record["name"],
        word=word,
        stage=stage,
        reason="Flux has lost its node, or could not start it there; what ran there may go on" if is_lost else sentence,
        nodes=_nodes(record["nodelist"]),
        cpus=int(record["ncores"]) if record["ncores"].isdigit() else None,
        place=record["queue"],
        asked_at=_moment(record["t_submit"]),
        starts_at=_moment(record["t_run"]),
        ends_at=_moment(record["t_inactive"]) if stage is Stage.ENDED else _moment(record["expiration"]),
        exit=None if number is None else (number, 0) if number >= 0 else (0, -number),
        dead=stage is Stage.ENDED and not is_lost,
        blames_node=is_lost,
    )


def _nodes(text: str) -> tuple[str, ...]:
    try:
        return expand(text)
    except UsageError:
        return ()


def _moment(text: str) -> float | None:
    """Seconds since 1970; 0 and nothing: not yet."""
    try:
        return float(text) or None
    except ValueError:
        return None
