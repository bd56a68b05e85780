"""What the answers of Slurm's commands mean. An answer that cannot be read proves nothing."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping

from ..base.errors import UsageError
from ..base.text import parse_duration
from .nodelist import expand
from .scheduler import Answer, NoWord, Partition, Sight, Stage
from .slurm_reasons import in_words
from .slurm_refusals import trouble
from .slurm_states import meaning

# What we want of a job, and what squeue(1), sacct(1) and scontrol(1) call it. What may hold our separator comes last.
QUEUE = {
    "id": "%i",
    "word": "%T",
    "cpus": "%C",
    "asked": "%V",
    "start": "%S",
    "end": "%e",
    "nodes": "%N",
    "place": "%P",
    "reason": "%r",
    "comment": "%k",
    "name": "%j",
}
PAST = {
    "id": "JobID",
    "word": "State",
    "cpus": "AllocCPUS",
    "asked": "Submit",
    "start": "Start",
    "end": "End",
    "nodes": "NodeList",
    "place": "Partition",
    "reason": "Reason",
    "exit": "ExitCode",
    "comment": "Comment",
    "name": "JobName",
}
_SHOWN = {
    "id": "JobId",
    "word": "JobState",
    "cpus": "NumCPUs",
    "asked": "SubmitTime",
    "start": "StartTime",
    "end": "EndTime",
    "nodes": "NodeList",
    "place": "Partition",
    "reason": "Reason",
    "exit": "ExitCode",
    "comment": "Comment",
    "name": "JobName",
}
_FIELD = re.compile(r"(?:^|(?<= ))([A-Za-z][\w/:.()]*)=")
_ID = re.compile(r"^\s*(\d+)(?:;\S+)?\s*$", re.MULTILINE)
_TELLING = ("JobLaunchFailure", "BadConstraints", "SystemFailure")  # reasons that say more than the state
_NODES_FAULT = ("JobLaunchFailure", "NodeDown", "NodeFail")

Record = Mapping[str, str]


def heard(answer: Answer, command: str) -> None:
    """Raise what is wrong with an answer of which only that is of interest."""
    if answer.code != 0:
        raise trouble(answer, command)


def pinged(answer: Answer) -> None:
    """`scontrol ping`: one of the controllers has to be up."""
    if re.search(r"\bUP\b", answer.out):
        return
    down = re.search(r"Slurmctld\S* at (\S+) (?:is|are) DOWN", answer.out)
    if down and not answer.err.strip():
        raise NoWord(f"the controller of Slurm at {down[1]} is down")
    raise NoWord(str(trouble(answer, "scontrol ping")))


def submitted(answer: Answer) -> str:
    """The id: some sites print a greeting before it."""
    found = _ID.findall(answer.out)
    if answer.code != 0 or not found:
        raise trouble(answer, "sbatch")
    return str(found[-1])


def queued(answer: Answer) -> list[Sight]:
    """Of squeue."""
    heard(answer, "squeue")
    return [_sight(record) for record in _records(answer, QUEUE)]


def remembered(answer: Answer) -> list[Sight]:
    """Of sacct. A cluster without accounting remembers nothing, and where it has one it lags: both prove nothing."""
    return [] if answer.code != 0 else [_sight(record) for record in _records(answer, PAST)]


def shown(answer: Answer) -> list[Sight]:
    """Of `scontrol --oneliner show job`."""
    if "Invalid job id specified" in answer.err:
        return []
    heard(answer, "scontrol")
    jobs = [fields(line) for line in answer.out.splitlines() if line.startswith("JobId=")]
    return [_sight(_shown_record(job)) for job in jobs]


def highest_place(answer: Answer) -> int:
    """Of `scontrol show config`."""
    heard(answer, "scontrol")
    found = re.search(r"^MaxArraySize\s*=\s*(\d+)", answer.out, re.MULTILINE)
    return int(found[1]) - 1 if found else 1000


def partitions(answer: Answer) -> list[Partition]:
    """Of sinfo: of a partition with several kinds of nodes the least."""
    heard(answer, "sinfo")
    found: dict[str, Partition] = {}
    for line in answer.out.splitlines():
        parts = line.split("|")
        if len(parts) == 8:
            one = _partition(*parts)
            found[one.name] = one if one.name not in found else _least(found[one.name], one)
    return list(found.values())


def fields(line: str) -> dict[str, str]:
    """Names and values of `scontrol --oneliner show`; a value may hold blanks. Of a name that is twice the first."""
    marks = list(_FIELD.finditer(line))
    ends = [mark.start() for mark in marks[1:]] + [len(line)]
    found: dict[str, str] = {}
    for mark, end in zip(marks, ends, strict=True):
        found.setdefault(mark[1], line[mark.end() : end].strip())
    return found


def moment(text: str) -> float | None:
    """Seconds since 1970 of a time as Slurm prints it; None for `N/A`, `Unknown`, `NONE`."""
    if text.isdigit():
        return float(text) or None
    try:
        return datetime.datetime.fromisoformat(text).timestamp()  # of a Slurm that does not know %s
    except ValueError:
        return None


def _records(answer: Answer, names: Record) -> Iterator[Record]:
    """Lines that are not whole are left out: other people's jobs may be called anything."""
    for line in answer.out.splitlines():
        found = line.split("|", len(names) - 1)
        if len(found) == len(names):
            yield dict(zip(names, found, strict=True))


def _shown_record(job: Record) -> Record:
    record = {name: job.get(theirs, "") for name, theirs in _SHOWN.items()}
    array = job.get("ArrayJobId")
    return {**record, "id": f"{array}_{job.get('ArrayTaskId')}"} if array else record


def _sight(record: Record) -> Sight:
    means, reason = meaning(record["word"]), record["reason"]
    code = re.fullmatch(r"(\d+):(\d+)", record.get("exit", ""))
    return Sight(
        id=record["id"],
        mark=_mark(record),
        word=record["word"],
        stage=means.stage,
        reason=_sentence(means.stage, means.sentence, reason),
        nodes=_nodes(record["nodes"]),
        cpus=int(record["cpus"]) if record["cpus"].isdigit() else None,
        place=record["place"],
        asked_at=moment(record["asked"]),
        starts_at=moment(record["start"]),
        ends_at=None if means.stage is Stage.WAITING else moment(record["end"]),
        exit=(int(code[1]), int(code[2])) if code else None,
        dead=means.dead,
        outcome=means.outcome,
        blames_node=means.blames_node or reason in _NODES_FAULT,
    )


def _mark(record: Record) -> str:
    """Our own name for it: its name or, where that is the user's, its comment.

    Some sites use the comment for their own ends, and the accounting keeps none unless it was told to.
    """
    name, comment = record["name"], record["comment"]
    return name if name.startswith("burro-") or comment in ("", "(null)") else comment


def _sentence(stage: Stage, sentence: str, reason: str) -> str:
    """Of what does not wait, most reasons are from when it waited, or only repeat the state."""
    if stage is Stage.WAITING:
        return ", ".join(filter(None, (sentence, in_words(reason))))
    return f"{sentence}: {in_words(reason)}" if reason in _TELLING else sentence


def _nodes(text: str) -> tuple[str, ...]:
    try:
        return expand(text)
    except UsageError:
        return ()


def _partition(*parts: str) -> Partition:
    name, up, longest, nodes, cpus, memory, gres, share = parts
    return Partition(
        name=name,
        is_up=up == "up",
        whole=share == "EXCLUSIVE",
        longest=_longest(longest),
        nodes=_number(nodes),
        cpus=_number(cpus),
        memory=_number(memory) * 2**20,
        gpus=sum(int(count) for count in re.findall(r"gpu(?::[A-Za-z]\w*)?:(\d+)", gres)),
    )


def _least(one: Partition, other: Partition) -> Partition:
    return Partition(
        name=one.name,
        is_up=one.is_up,
        whole=one.whole,
        longest=one.longest,
        nodes=one.nodes + other.nodes,
        cpus=min(one.cpus, other.cpus),
        memory=min(one.memory, other.memory),
        gpus=min(one.gpus, other.gpus),
    )


def _longest(text: str) -> float | None:
    try:
        return parse_duration(text)
    except UsageError:
        return None


def _number(text: str) -> int:
    """`8`, or `8+` where nodes differ."""
    digits = text.rstrip("+")
    return int(digits) if digits.isdigit() else 0
