"""What the answers of Grid Engine's commands mean. An answer that cannot be read proves nothing."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

from .gridengine_states import failure, meaning
from .scheduler import Answer, NoWord, Partition, Sight, Stage
from .voice import Voice

_SILENT = r"got send error|got select error|commlib error|unable to (?:send|contact|connect)|timeout|not responding"
_CORRECT = "correct the pool's options"

# What is in the way of a request, the sentence, and whether the same may be taken later.
_NO = (
    (r"unknown queue \"(\S+)\"", f"Grid Engine has no queue '{{0}}'; see: qconf -sql, and {_CORRECT}", False),
    (
        r"parallel environment \"(\S+)\" does not exist",
        f"it has no '-pe {{0}}'; see: qconf -spl, and {_CORRECT}",
        False,
    ),
    (r"unknown resource \"(\S+)\"", f"Grid Engine has no resource '{{0}}'; see: qconf -sc, and {_CORRECT}", False),
    (r"no suitable queues", f"no queue has what is asked for; {_CORRECT}, or set the pool's time lower", False),
    (r"invalid option argument \"(\S+)\"|Unknown option (\S+)", f"qsub has no option '{{0}}'; {_CORRECT}", False),
    (r"jobs are allowed per user|max_u_jobs|max_jobs|job limit", "you have as many jobs as one may have", True),
    (r"not allowed to submit|no access to (?:project|queue)", f"you may not use that; {_CORRECT}", False),
)
_VOICE = Voice(
    who="the master of Grid Engine",
    submits="qsub",
    id=r"^\s*(\d+)\s*$",
    silent=_SILENT,
    refuses=r"Unable to run job|qsub: ",
    refusals=_NO,
    noise=r"^(?:error|ERROR|Unable to run job): *(?:job rejected: *)?",
    empty=r"(?:Exiting\.)?$",
)
submitted, heard = _VOICE.submitted, _VOICE.heard
_SIGNALLED = 128  # exit codes above it are signals that its node has seen
_DOWN = frozenset("duEcsS")


def queued(answer: Answer) -> list[Sight]:
    """Of `qstat -xml -r`."""
    _VOICE.heard(answer, "qstat")
    return [_sight(job) for job in _tree(answer, "qstat").iter("job_list")]


def remembered(answer: Answer) -> list[Sight]:
    """Of `qacct -j`. What it does not find it may find later, and not everywhere can it be read at all."""
    records = list(_records(answer.out)) if answer.code == 0 else []
    ended = [record for record in records if record.get("failed", "").split()[:1] != ["25"]]  # put back since
    return [_past_sight(record) for record in ended if record.get("jobnumber", "").isdigit()]


def cancelled(answer: Answer) -> None:
    """Of qdel, which minds what is not there any more."""
    said = f"{answer.err}\n{answer.out}"
    if re.search(_SILENT, said) or (answer.code != 0 and "does not exist" not in said):
        raise _VOICE.silence(answer, "qdel")


def queues(answer: Answer) -> list[Partition]:
    """Of `qstat -f -xml`: of a queue with several kinds of nodes the least."""
    _VOICE.heard(answer, "qstat")
    found: dict[str, list[tuple[int, bool]]] = {}
    for one in _tree(answer, "qstat").iter("Queue-List"):
        slots = one.findtext("slots_total") or ""
        is_up = not _DOWN & set(one.findtext("state") or "")
        if slots.isdigit():
            found.setdefault((one.findtext("name") or "").partition("@")[0], []).append((int(slots), is_up))
    return [
        Partition(
            name=name,
            is_up=any(is_up for _, is_up in nodes),
            whole=False,
            longest=None,
            nodes=len(nodes),
            cpus=min(slots for slots, _ in nodes),
            memory=0,
            gpus=0,
        )
        for name, nodes in found.items()
    ]


def _sight(job: ElementTree.Element) -> Sight:
    word = job.findtext("state") or ""
    means = meaning(word)
    start = _moment(job.findtext("JAT_start_time") or "")
    limit = next((one.text for one in job.iter("hard_request") if one.get("name") == "h_rt"), None) or ""
    queue, _, node = (job.findtext("queue_name") or "").partition("@")
    slots = job.findtext("slots") or ""
    return Sight(
        id=job.findtext("JB_job_number") or "",
        mark=job.findtext("full_job_name") or job.findtext("JB_name") or "",
        word=word,
        stage=means.stage,
        reason=means.sentence,
        nodes=(node,) if node else (),
        cpus=int(slots) if slots.isdigit() else None,
        place=queue,
        asked_at=_moment(job.findtext("JB_submission_time") or ""),
        starts_at=start,
        ends_at=start + int(limit) if start and limit.isdigit() else None,
    )


def _past_sight(record: Mapping[str, str]) -> Sight:
    code = record.get("failed", "").split()[:1]
    status = (record.get("exit_status", "").split() or [""])[0]
    means = failure(int(code[0]) if code and code[0].isdigit() else None, record.get("failed", ""))
    number = int(status) if status.isdigit() else None
    return Sight(
        id=record["jobnumber"],
        mark=record.get("jobname", ""),
        word=record.get("failed", ""),
        stage=Stage.ENDED,
        reason=means.sentence or (f"its script ended with exit code {number}" if number else "it ended by itself"),
        nodes=(record["hostname"],) if record.get("hostname") else (),
        cpus=int(record["slots"]) if record.get("slots", "").isdigit() else None,
        place=record.get("qname", ""),
        asked_at=_moment(record.get("qsub_time", "")),
        starts_at=_moment(record.get("start_time", "")),
        ends_at=_moment(record.get("end_time", "")),
        exit=None if number is None else (number, 0),
        dead=means.dead or (number or 0) > _SIGNALLED,
        blames_node=means.blames_node,
    )


def _records(text: str) -> Iterator[dict[str, str]]:
    """Each behind a line of `=`; a job that was started twice has two."""
    for block in re.split(r"^=+$", text, flags=re.MULTILINE)[1:]:
        pairs = (line.partition(" ") for line in block.splitlines())
        yield {name: value.strip() for name, _, value in pairs if name}


def _tree(answer: Answer, command: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(answer.out)  # noqa: S314  # the scheduler of this user's cluster says it
    except ElementTree.ParseError:
        raise NoWord(f"{command} printed no XML: {_VOICE.last(answer.out) or 'nothing'}") from None


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a time in UTC, as qstat or qacct writes it; None for `-/-`."""
    for form in ("%Y-%m-%dT%H:%M:%S", "%a %b %d %H:%M:%S %Y"):
        try:
            found = datetime.datetime.strptime(f"{text.partition('.')[0].strip()} +0000", f"{form} %z")
        except ValueError:
            continue
        return found.timestamp()
    return None
