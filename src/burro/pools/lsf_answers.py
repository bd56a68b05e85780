"""What the answers of LSF's commands mean. An answer that cannot be read proves nothing."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping

from .scheduler import Answer, Partition, Sight, Stage
from .voice import Voice

# What we want of a job, as bjobs -o calls it. What may hold our separator comes last.
COLUMNS = (
    *("jobid", "stat", "queue", "exec_host", "submit_time", "start_time", "finish_time"),
    *("exit_code", "exit_reason", "pend_reason", "job_name"),
)

# bjobs(1). The second: what stands in the reason.
STATES = {
    "PEND": (Stage.WAITING, ""),
    "WAIT": (Stage.WAITING, ""),
    "PROV": (Stage.STARTING, "its node is made ready"),
    "PSUSP": (Stage.WAITING, "it is held; try: bresume ID"),
    "RUN": (Stage.RUNNING, ""),
    "USUSP": (Stage.STOPPED, "it was suspended: its processes stand still"),
    "SSUSP": (Stage.STOPPED, "LSF has suspended it: its processes stand still"),
    "DONE": (Stage.ENDED, "it ended by itself"),
    "EXIT": (Stage.ENDED, ""),
    "UNKWN": (Stage.UNKNOWN, "LSF has lost sight of its node"),
    "ZOMBI": (Stage.UNKNOWN, "LSF has lost sight of its node, and was told to end it"),
}
_UNSURE = ("TERM_FORCE_", "TERM_REMOVE_HUNG_JOB", "TERM_ZOMBI")  # taken off the list; what ran may go on
_SILENT = (
    r"LIM is down|not responding|still trying|LSF is down|[Cc]ommunication time out|[Cc]onnection (?:refused|reset)|"
    r"Failed in (?:sending|receiving)|try later|Cannot connect to"
)
_CORRECT = "correct the pool's options"

# What is in the way of a request, the sentence, and whether the same may be taken later.
_NO = (
    (r"(\S+): No such queue", f"LSF has no queue '{{0}}'; see: bqueues, and {_CORRECT}", False),
    (r"User cannot use the queue", f"you may not use that queue; {_CORRECT}", False),
    (r"[Jj]ob limit|[Pp]ending job threshold|job slot limit", "you have as many jobs as one may have", True),
    (r"Queue has been closed", "the queue takes nothing for now", True),
    (r"RUNLIMIT|run limit", "the queue does not give so much time; set the pool's time lower", False),
    (r"[Bb]ad resource requirement syntax|Cannot find .* resource", f"LSF has no such resource; {_CORRECT}", False),
    (r"Too many processors requested", f"the queue does not give so many slots; {_CORRECT}", False),
    (r"Illegal option -- (\S+)|illegal option -- (\S+)", f"bsub has no option '-{{0}}'; {_CORRECT}", False),
)
_VOICE = Voice(
    who="the master of LSF",
    submits="bsub",
    id=r"Job <(\d+)> is submitted to",
    silent=_SILENT,
    refuses="Job not submitted|Request aborted",
    refusals=_NO,
    noise=r" (?:Job not submitted|Request aborted by esub)\.$",
)
submitted, heard = _VOICE.submitted, _VOICE.heard


def queued(answer: Answer) -> list[Sight]:
    """Of bjobs. Lines that are not whole are left out."""
    if re.search(r"No (?:unfinished )?job found", answer.err + answer.out):
        return []
    _VOICE.heard(answer, "bjobs")
    lines = (line.strip().split("|", len(COLUMNS) - 1) for line in answer.out.splitlines())
    return [_sight(dict(zip(COLUMNS, line, strict=True))) for line in lines if len(line) == len(COLUMNS)]


def cancelled(answer: Answer) -> None:
    """Of bkill, which minds what is not there any more."""
    gone = r"is being terminated|already finished|No matching job found|is not found"
    lines = [line for line in f"{answer.err}\n{answer.out}".splitlines() if line.strip() and not re.search(gone, line)]
    if answer.code != 0 and lines:
        raise _VOICE.silence(answer, "bkill")


def hosts(answer: Answer) -> list[Partition]:
    """Of `bhosts -w`: all that take jobs as one partition."""
    _VOICE.heard(answer, "bhosts")
    rows = [line.split() for line in answer.out.splitlines()[1:]]
    found = [(row[1], int(row[3])) for row in rows if len(row) > 3 and row[3].isdigit() and int(row[3]) > 0]
    if not found:
        return []
    is_up = any(state in ("ok", "closed_Full", "closed_Excl", "closed_Busy") for state, _ in found)
    least = min(slots for _, slots in found)
    return [Partition("hosts", is_up, whole=False, longest=None, nodes=len(found), cpus=least, memory=0, gpus=0)]


def _sight(record: Mapping[str, str]) -> Sight:
    said = {name: "" if value.strip() in ("-", "") else value.strip() for name, value in record.items()}
    stage, sentence = STATES.get(said["stat"], (Stage.UNKNOWN, f"LSF says {said['stat']}, which burro does not know"))
    code = int(said["exit_code"]) if said["exit_code"].isdigit() else None
    if said["stat"] == "EXIT":
        sentence = _why(said["exit_reason"], code)
    ended, began = stage is Stage.ENDED, _moment(said["start_time"])
    return Sight(
        id=said["jobid"],
        mark=said["job_name"],
        word=said["stat"],
        stage=stage,
        reason=", ".join(filter(None, (sentence, said["pend_reason"] if stage is Stage.WAITING else ""))),
        nodes=_nodes(said["exec_host"]),
        cpus=_slots(said["exec_host"]),
        place=said["queue"],
        asked_at=_moment(said["submit_time"]),
        starts_at=began,
        ends_at=None if stage is Stage.WAITING else _moment(said["finish_time"]),
        exit=None if not ended else (code or 0, 0),
        dead=ended and not said["exit_reason"].startswith(_UNSURE),
        blames_node=said["exit_reason"].startswith("TERM_LOAD"),
    )


def _why(reason: str, code: int | None) -> str:
    """Of `TERM_RUNLIMIT: job killed after reaching LSF run time limit`."""
    if reason.startswith("TERM_RUNLIMIT"):
        return "its walltime was over"
    if reason.startswith("TERM_OWNER"):
        return "it was cancelled"
    text = reason.partition(": ")[2] or reason
    return text or f"its script ended with exit code {code}"


def _nodes(text: str) -> tuple[str, ...]:
    """Of `4*hostA:8*hostB`."""
    return tuple(dict.fromkeys(part.rpartition("*")[2] for part in text.split(":") if part))


def _slots(text: str) -> int | None:
    counts = [part.rpartition("*")[0] or "1" for part in text.split(":") if part]
    return sum(map(int, counts)) if counts and all(count.isdigit() for count in counts) else None


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a time in UTC with its year, as `Feb  2 00:46:10 2026 L`."""
    whole = re.sub(" [A-Z]$", "", text).strip()
    seconds = "" if re.search(r":\d\d:\d\d", whole) else ":00"
    whole = re.sub(r"(:\d\d) (\d{4})$", rf"\1{seconds} \2", whole)
    try:
        return datetime.datetime.strptime(f"{whole} +0000", "%b %d %H:%M:%S %Y %z").timestamp()
    except ValueError:
        return None
