"""Scheduling: inputs are fetched, outputs reserved and jobs submitted, all of a call in one transaction or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..base.errors import UsageError
from .changed import strange_inputs
from .container import contained
from .dataset import Dataset
from .fetching import fetch
from .placeholders import INDEX, paths_of
from .reach import Reach
from .sending import placed, send
from .style import style_of
from .wish import Wish, submission

Ask = Callable[..., dict[str, Any]]
MOST = 40_000  # jobs of one call: they go in one message
_NAMED = 3  # inputs in a remark


def prepared(
    dataset: Dataset, wishes: Sequence[Wish], reach: Reach, *, ready: bool, dry: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """The submissions, and remarks. Inputs are fetched, unless they are said to be `ready`, and brought to machines.

    Neither is done where it is only a try. Raises UsageError, and Failed where the content of an input cannot be had.
    """
    if not wishes:
        raise UsageError("there is nothing to schedule: no line has a command")
    if len(wishes) > MOST:
        raise UsageError(f"those are {len(wishes):,} jobs, and at most {MOST:,} are scheduled in one call; divide them")
    wishes, rows = placed(dataset, list(contained(dataset, wishes)), reach)
    jobs = [submission(dataset, wish) for wish in wishes]
    _refuse_doubles(jobs)
    read = [_read(dataset, wish) for wish in wishes]
    inputs = list(dict.fromkeys(path for paths in read for path in paths))
    absent = [] if ready else dataset.absent(inputs)
    if not ready and not dry:
        fetch(dataset, inputs)
    states = {} if ready else dataset.states(inputs)
    for job, paths in zip(jobs, read, strict=True):
        job["provenance"]["sees"] = None if dry else dataset.mark
        job["provenance"]["asked"]["states"] = {path: states[path] for path in paths if path in states}
    if rows and not dry:
        send(dataset, jobs, rows, reach)
    strange = [] if ready else strange_inputs(dataset, [job["provenance"] for job in jobs], read)
    return jobs, list(_remarks(absent, strange))


def _remarks(absent: Sequence[str], strange: Sequence[str]) -> Iterator[str]:
    for paths, sentence in (
        (absent, "of the inputs there is not yet: {}"),
        (strange, "git does not have {} as it is now; commit it first, and the record tells what was read"),
    ):
        if paths:
            yield sentence.format(", ".join(paths[:_NAMED]) + (", ..." if len(paths) > _NAMED else ""))


def prepared_all(
    groups: Iterable[tuple[Dataset, Sequence[Wish]]], reach: Reach, *, ready: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """The same for wishes that are to run in several directories of a repository."""
    found = [prepared(place, wishes, reach, ready=ready, dry=False) for place, wishes in groups]
    return [job for jobs, _ in found for job in jobs], [remark for _, remarks in found for remark in remarks]


def _read(dataset: Dataset, wish: Wish) -> list[str]:
    """The inputs of a job that are known before its tasks have an index."""
    known = [path for path in (*wish.inputs, *wish.extra_inputs) if INDEX not in path]
    return paths_of(known, root=dataset.root, pwd=dataset.pwd)


def _refuse_doubles(jobs: Sequence[Mapping[str, Any]]) -> None:
    """What is the same in plain words; the server sees what else meets, and can only tell the number it would have."""
    seen: set[str] = set()
    for job in jobs:
        for path in job["provenance"]["writes"]:
            if path in seen:
                raise UsageError(
                    f"two jobs of this call write {path}; give each its own output, with what differs in its name: "
                    "-o 'fit/{k}'"
                )
        seen.update(job["provenance"]["writes"])


def submit_all(
    ask: Ask, dataset: Dataset, jobs: Sequence[Mapping[str, Any]], *, request: str, context: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The answers, one a job; all are scheduled or none. Raises UsageError where an output is somebody else's."""
    style = style_of(dataset)
    said = {"request": request, "context": context, "jobs": list(jobs)}
    answer, remarks = ask("submit_many", asks_first=True, **said), []
    if "freed" in answer:
        from .room import made_room

        remarks = list(made_room(ask, dataset, answer["freed"], jobs))
        answer = ask("submit_many", **said)
    found: list[dict[str, Any]] = answer["ids"]
    if remarks:
        found[0]["notes"] = [*found[0].get("notes", ()), *remarks]
    if style == "pair":
        from .announcing import told_at_once

        why = told_at_once(ask, dataset, [str(answer["id"]) for answer in found])
        found[0]["notes"] = [*found[0].get("notes", ()), *([why] if why else [])]
    return found


def in_slurm(ask: Ask, jobs: Sequence[dict[str, Any]]) -> None:
    """Let what was typed as sbatch commands go where it becomes jobs of Slurm's own, if no pool was named.

    Raises UsageError where it cannot be told which pool that is.
    """
    meant = [job for job in jobs if "script" in job and "pool" not in job["options"]]
    if not meant:
        return
    rows = ask("pools")["pools"]
    direct = [row["pool"] for row in rows if row.get("kind") == "slurm" and row.get("mode") == "direct"]
    if not direct:
        raise UsageError(
            "sbatch commands go to a pool whose tasks are jobs of Slurm's own, and there is none; add one: "
            "burro pool add slurm --scheduler slurm --mode direct"
        )
    if len(direct) > 1:
        raise UsageError(f"name the pool that sbatch commands go to: {', '.join(direct)}")
    for job in meant:
        job["options"]["pool"] = direct[0]


def shown(job: Mapping[str, Any]) -> str:
    """The command as it is to run."""
    if "shell" in job:
        return str(job["shell"])
    return " ".join([str(job["script"]["path"] or "a wrapped command"), *job["script"]["args"]])
