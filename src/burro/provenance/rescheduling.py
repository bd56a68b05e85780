"""Scheduling again what a record tells of: named by a commit, a file, a job, or all of a range."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..base.errors import NotFound, UsageError
from ..model.footprint import ROOT
from ..model.states import DONE, FINAL
from .dataset import Dataset
from .naming import JOB, taken_over
from .open_records import OPEN, Ask, Row, rows_of, texts_of
from .passed_up import touching
from .record import PART, Record
from .recorded import record_at, records
from .wish import Wish, submission


@dataclass(frozen=True)
class Again:
    """What is to be scheduled again: from which commit or job, in which directory of the repository."""

    source: str
    wish: Wish
    directory: str


def of_target(ask: Ask, dataset: Dataset, target: str) -> list[Again]:
    """What a commit, a file or a job stands for. Raises NotFound, UsageError.

    A number is a job; a file is one that is there, or that the history knows; else it is a commit.
    """
    if JOB.fullmatch(target) and not os.path.lexists(os.path.join(dataset.here, target)):
        return [_of_row(_ours(dataset, row)) for row in rows_of(ask, ids=[target])]
    commit = dataset.git.commit_of(target)
    if commit is None or os.path.lexists(os.path.join(dataset.here, target)):
        return [_of_file(dataset, target)]
    record = record_at(dataset.git, commit)
    if record is None:
        raise UsageError(f"the commit {target} has no record of how it was made; name one that has, or a file or job")
    return [
        _of_announcement(ask, dataset, commit, record)
        if record.is_announcement
        else _of_record(dataset, commit, record)
    ]


def since(dataset: Dataset, revision: str, *, until: str = "HEAD", failed: bool = False) -> list[Again]:
    """All records from behind a revision to another, oldest first; an empty text: from the beginning. Raises NotFound.

    What tells of success only, unless also what `failed` is wanted, and each once: of a record that a later one in the
    range repeats the later one, and of a pair the second.
    """
    for name in filter(None, (revision, until)):
        if dataset.git.commit_of(name) is None:
            raise NotFound(f"there is no commit {name}; see: git log")
    span = [until, *([f"^{revision}"] if revision else [])]
    found = list(records(dataset.git, span))
    repeated = {commit for _, record in found for commit in record.chain}
    return [
        _of_record(dataset, commit, record)
        for commit, record in reversed(found)
        if commit not in repeated
        and not record.is_announcement
        and (failed or record.succeeded)
        and _is_ours(dataset, record)
    ]


def failed(ask: Ask, dataset: Dataset) -> list[Again]:
    """Open jobs of the dataset that failed, were cancelled or skipped."""
    return [
        _of_row(row) for row in rows_of(ask, dataset=dataset.root) if row["state"] in FINAL and row["state"] != DONE
    ]


def _is_ours(dataset: Dataset, record: Record) -> bool:
    return PART not in record.ours and (not record.dataset or not dataset.id or record.dataset == dataset.id)


def _ours(dataset: Dataset, row: Row) -> Row:
    """The row. Raises UsageError where that job was another repository's, for its paths mean nothing here."""
    theirs = row["dataset"] != dataset.root and (not dataset.id or row["asked"]["dsid"] != dataset.id)
    if theirs:
        raise UsageError(f"job {row['id']} was scheduled in {row['dataset']}; schedule it again there")
    return row


def _of_file(dataset: Dataset, name: str) -> Again:
    path = dataset.normal(name)
    for commit, record, place in touching(dataset, path):
        if place:
            raise UsageError(f"{name} was made within the subdataset {place}; schedule it again there: -d {place}")
        return _of_record(dataset, commit, record)
    raise NotFound(f"no record tells how {name} was made; name a commit, a job, or a file that was scheduled or run")


def _of_announcement(ask: Ask, dataset: Dataset, commit: str, record: Record) -> Again:
    """Of the first commit of a pair: the second where there is one, else what the queue has of that job.

    Raises UsageError where that is not over or not finished.
    """
    for later, other in records(dataset.git, ["HEAD", f"^{commit}"]):
        if other.kind == "finish" and _same_job(other, record):
            return _of_record(dataset, later, other)
    row = _row_of(ask, dataset, record)
    return _of_row(row) if row else _of_record(dataset, commit, record)


def _same_job(one: Record, other: Record) -> bool:
    return one.name == other.name and one.ours.get("submitted") == other.ours.get("submitted")


def _row_of(ask: Ask, dataset: Dataset, record: Record) -> Row | None:
    """Of a job that a commit says was scheduled, by us or with datalad-slurm; None where the queue knows none."""
    if not record.ours:
        known = taken_over(ask, dataset, int(record.name or 0))
        return next(iter(rows_of(ask, ids=[known["id"]])), None) if known else None
    try:
        rows = ask("records", ids=[record.name], full=True)["records"]
    except NotFound:
        return None
    return next((row for row in rows if row.get("submitted") == record.ours.get("submitted")), None)


def _of_record(dataset: Dataset, commit: str, record: Record) -> Again:
    if place := str(record.ours.get(PART, "")):
        above = os.path.normpath(os.path.join(dataset.root, *(".." for _ in place.split("/"))))
        raise UsageError(f"the record of {commit[:10]} is one of the dataset {above}; schedule it again there")
    if not _is_ours(dataset, record):
        raise UsageError(f"the record of {commit[:10]} belongs to another dataset ({record.dataset}); repeat it there")
    extra = record.fields.get("extra_inputs")
    options = record.ours.get("options")
    wish = Wish(
        command=str(record.ours.get("command") or record.command),
        outputs=record.outputs,
        inputs=record.inputs,
        extra_inputs=tuple(map(str, extra)) if isinstance(extra, list) else (),
        message=record.message,
        options=dict(options) if isinstance(options, dict) else {},
        **_way(record.ours),
        chain=(*record.chain, commit),
    )
    return Again(commit[:10], wish, record.directory)


def _way(told: Mapping[str, object]) -> dict[str, Any]:
    """How and where it ran, for the next time. A directory that is not here is of another machine."""
    found = {name: str(told.get(name) or "") for name in ("stay", "overwrite", "alternative")}
    if not os.path.isdir(found["alternative"]):
        del found["alternative"]
    return {name: value for name, value in found.items() if value}


def _of_row(row: Row) -> Again:
    """Of a job that the queue knows. Raises UsageError for one that is not over, or not finished."""
    if row["record"] == OPEN and row["state"] not in FINAL:
        raise UsageError(f"job {row['id']} is {row['state']}; it can be scheduled again when it has ended")
    if row["record"] == OPEN and row["state"] == DONE:
        raise UsageError(f"job {row['id']} is done and not recorded yet; record it first: burro finish {row['id']}")
    told = texts_of(row)
    options = dict(told.get("options") or {})
    if row["task"] is not None:
        options.pop("array", None)
    wish = Wish(
        command=told["cmd"],
        outputs=tuple(told["outputs"]),
        inputs=tuple(told["inputs"]),
        extra_inputs=tuple(told["extra_inputs"]),
        message=told["message"],
        options=options,
        **_way(told),
        chain=(*told["chain"], *([row["made"]] if row["made"] else [])),
    )
    return Again(row["id"], wish, told["pwd"])


def grouped(
    dataset: Dataset, found: Sequence[Again], *, message: str | None = None
) -> Iterator[tuple[Dataset, list[Wish]]]:
    """The wishes by the directories that they are to run in, with another message if one is given."""
    by_directory: dict[str, list[Wish]] = {}
    for one in found:
        wish = one.wish if message is None else replace(one.wish, message=message)
        by_directory.setdefault(one.directory, []).append(wish)
    for directory, wishes in by_directory.items():
        yield replace(dataset, pwd=directory), wishes


def script(dataset: Dataset, found: Sequence[Again]) -> str:
    """The commands as a script of the shell that needs no queue, from the root of the repository."""
    about = "# What is to be run again, oldest first; start it at the root of the repository."
    lines = ["#!/bin/sh", about, "set -e", ""]
    for one in found:
        title = one.wish.message.split("\n", 1)[0] or one.wish.command.split("\n", 1)[0]
        command = submission(replace(dataset, pwd=one.directory), one.wish).get("shell") or one.wish.command
        if one.directory != ROOT:
            command = f"(cd {shlex.quote(one.directory)} && {command})"
        elif "exit" in command:
            command = f"({command})"  # the commands behind it are to be run too
        lines += [f"# {one.source}: {title}", command, ""]
    return "\n".join(lines)


def write_script(text: str, path: str) -> None:
    """Into a file that can be run, or with `-` to standard output. Raises UsageError."""
    if path == "-":
        sys.stdout.write(text)
        return
    try:
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        os.chmod(path, os.stat(path).st_mode | 0o100)
    except OSError as error:
        raise UsageError(f"cannot write '{path}': {error.strerror}; name another file") from None
