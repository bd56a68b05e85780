"""What the answers of PBS's commands mean. An answer that cannot be read proves nothing."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping

from .pbs_states import exit_meaning, meaning
from .scheduler import Answer, Partition, Sight, Stage
from .voice import Voice

_SILENT = (
    r"[Cc]onnection (?:refused|timed out|reset)|cannot connect to server|[Cc]ommunication failure|"
    r"[Pp]remature end of message|[Bb]atch protocol error|[Tt]imed out|Expired credential|munge"
)
_GONE = r"Unknown Job Id|Job has finished|Request invalid for state of job|Unknown job"
_CORRECT = "correct the pool's options"

# What is in the way of a request, the sentence, and whether the same may be taken later.
_NO = (
    (r"Unknown queue", f"PBS has no such queue; see: qstat -Q, and {_CORRECT}", False),
    (r"(would exceed [^\n]*)", "PBS says: {0}", True),
    (r"Maximum number of jobs already in queue", "the queue has as many jobs as it may have", True),
    (r"Queue is not enabled", "the queue takes nothing for now", True),
    (
        r"Job (?:violates|exceeds) queue (?:and/or server )?resource limits",
        f"the queue does not give so much, or not for so long; {_CORRECT}, or set the pool's time lower",
        False,
    ),
    (r"Unknown resource(?: type)?:? *([^\n]*)", f"PBS has no resource {{0}}; {_CORRECT}", False),
    (r"[Ii]llegal (?:-\w value|attribute or resource value)[^\n]*", f"PBS cannot read an option; {_CORRECT}", False),
    (r"Unauthorized Request|Access to queue is denied|not permitted", f"you may not use that; {_CORRECT}", False),
    (r"Invalid account", f"the account is not yours; {_CORRECT}", False),
    (r"invalid option -- '?(\w)", f"qsub has no option '-{{0}}'; {_CORRECT}", False),
)
_VOICE = Voice(
    who="the server of PBS",
    submits="qsub",
    id=r"^\s*(\d+(?:\.[\w.-]+)?)\s*$",
    silent=_SILENT,
    refuses="qsub: ",
    refusals=_NO,
    noise=r"^q\w+: ",
)
submitted, heard = _VOICE.submitted, _VOICE.heard

Record = Mapping[str, str]


def queued(answer: Answer) -> list[Sight]:
    """Of `qstat -f`. One that ended between two questions makes it complain, and tell of the others."""
    if answer.code != 0 and not re.search(_GONE, answer.err):
        raise _VOICE.silence(answer, "qstat")
    return [_sight(job, record) for job, record in _records(answer.out)]


def remembered(answer: Answer) -> list[Sight]:
    """Of `qstat -x -f`, which not every server and not Torque understands: that proves nothing."""
    return [_sight(job, record) for job, record in _records(answer.out)]


def cancelled(answer: Answer) -> None:
    """Of qdel, which minds what is not there any more."""
    lines = [line for line in answer.err.splitlines() if line.strip() and not re.search(_GONE, line)]
    if answer.code != 0 and lines:
        raise _VOICE.silence(answer, "qdel")


def nodes(answer: Answer) -> list[Partition]:
    """Of `pbsnodes -a`: all nodes as one partition."""
    _VOICE.heard(answer, "pbsnodes")
    found = [(_cpus(record), record) for _, record in _blocks(answer.out, r"^(\S+)$")]
    cpus = [(number, record) for number, record in found if number]
    if not cpus:
        return []
    is_up = any(not re.search(r"down|offline|unknown", record.get("state", "")) for _, record in cpus)
    least = min(number for number, _ in cpus)
    return [Partition("nodes", is_up, whole=False, longest=None, nodes=len(cpus), cpus=least, memory=0, gpus=0)]


def _cpus(record: Record) -> int:
    said = record.get("resources_available.ncpus") or record.get("np") or ""
    return int(said) if said.isdigit() else 0


def _sight(job: str, record: Record) -> Sight:
    word, code = record.get("job_state", ""), record.get("Exit_status") or record.get("exit_status") or ""
    start = _moment(record.get("stime") or record.get("start_time") or "")
    number = int(code) if re.fullmatch(r"-?\d+", code) else None
    means = meaning(word)
    if means.stage is Stage.ENDED:
        means = exit_meaning(number, began=start is not None)
    comment = record.get("comment", "").removeprefix("Not Running: ")
    waits = means.stage is Stage.WAITING
    return Sight(
        id=job,
        mark=record.get("Job_Name", ""),
        word=word,
        stage=means.stage,
        reason=", ".join(filter(None, (means.sentence, comment if waits else ""))),
        nodes=_hosts(record.get("exec_host", "")),
        cpus=int(record["Resource_List.ncpus"]) if record.get("Resource_List.ncpus", "").isdigit() else None,
        place=record.get("queue", ""),
        asked_at=_moment(record.get("ctime", "")),
        starts_at=start,
        ends_at=_end(record, start, is_over=means.stage is Stage.ENDED),
        exit=None if number is None or number < 0 else (0, number % 256) if number >= 256 else (number, 0),
        dead=means.dead,
        blames_node=means.blames_node,
    )


def _end(record: Record, start: float | None, *, is_over: bool) -> float | None:
    if is_over:
        return _moment(record.get("obittime") or record.get("mtime") or "")
    parts = record.get("Resource_List.walltime", "").split(":")
    if start is None or len(parts) != 3 or not all(part.isdigit() for part in parts):
        return None
    hours, minutes, seconds = map(int, parts)
    return start + 3600 * hours + 60 * minutes + seconds


def _hosts(text: str) -> tuple[str, ...]:
    """Of `b141/0*16+b142/0*16`."""
    return tuple(dict.fromkeys(part.partition("/")[0] for part in text.split("+") if part))


def _records(text: str) -> Iterator[tuple[str, Record]]:
    return _blocks(text, r"^Job Id: *(\S+)$")


def _blocks(text: str, head: str) -> Iterator[tuple[str, Record]]:
    """Blocks of `name = value` below a line; values that were broken go on behind a tabulator."""
    whole = text.replace("\n\t", "")
    parts = re.split(head, whole, flags=re.MULTILINE)
    for name, block in zip(parts[1::2], parts[2::2], strict=True):
        pairs = (line.strip().partition(" = ") for line in block.splitlines())
        record: dict[str, str] = {}
        for key, _, value in pairs:
            record.setdefault(key, value)
        yield name, record


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a time in UTC, as ctime(3) writes it."""
    try:
        return datetime.datetime.strptime(f"{text} +0000", "%a %b %d %H:%M:%S %Y %z").timestamp()
    except ValueError:
        return None
