"""`burro finish`: what scheduled jobs have written goes into the repository, a commit for each."""

from __future__ import annotations

from argparse import SUPPRESS, Namespace
from collections.abc import Sequence
from functools import partial
from typing import Any

from ..base.errors import UsageError
from ..provenance.choosing import Wanted
from ..provenance.dataset import Dataset
from ..provenance.ended import FAILED, STYLES, Result, Settings
from ..provenance.finishing import finished
from ..provenance.open_records import OPEN, Row, texts_of, wait_for
from ..provenance.style import style_of
from .clean import clean
from .face import Face, note, print_json
from .parser import Parser
from .table import print_table

_STYLE = "DataLad's own (run), that of datalad-slurm, or pairs; else as git's burro.record-style says"
_HEADS = ("JOB", "STATE", "OUTPUTS", "COMMAND")


def parser(verb: str) -> Parser:
    """The parser."""
    examples = (
        "burro finish",
        "burro finish 12 13.4 --wait",
        "burro finish --failed drop",
        "burro finish --list-open-jobs",
    )
    made = Parser(verb, usage="[options] [JOB | COMMIT]...", examples=examples).json()
    add = made.add_argument
    add("ids", metavar="JOB", nargs="*", help="jobs, tasks (12.3), or commits that name a job (all of the repository)")
    add("--since", metavar="REV", help="only what was scheduled when HEAD was at REV, or behind it")
    add("-d", "--dataset", metavar="DIR", help="the repository (that of the current directory)")
    add("-l", "--list-open-jobs", dest="listed", action="store_true", help="list what is not recorded, and do nothing")
    add("--wait", action="store_true", help="wait until the jobs have ended")
    add("--allow-open", action="store_true", help="exit 0 although jobs still run, or failed and were kept")
    about = "what becomes of jobs that failed: nothing (keep, the default), a commit of their logs, one of all on a "
    about += "branch of its own (commit) or in line (inline), or no record at all (drop)"
    add("--failed", choices=FAILED, default="keep", help=about)
    add("--close-failed-jobs", dest="failed", action="store_const", const="drop", help="as --failed drop")
    add("--commit-failed-jobs", dest="failed", action="store_const", const="inline", help="as --failed inline")
    about = "take over the jobs that datalad-slurm has scheduled here and not finished, before anything else; once each"
    add("--import-slurm-db", dest="taking_over", action="store_true", help=about)
    add("--record-style", dest="style", choices=STYLES, help=_STYLE)
    add("--branches", action="store_true", help="a branch for each job")
    add("--octopus", action="store_true", help="... and one merge of them all")
    add("--unchanged", action="store_true", help="a commit also for what changed nothing")
    add("--unstarted", action="store_true", help=SUPPRESS)
    add("-m", "--message", metavar="TEXT", default="", help="what the commits say before the jobs' own messages")
    return made


def main(words: list[str], face: Face) -> int:
    """Exit 1 where something is left open, unless that was allowed."""
    options = parser(face.verb).parse(words)
    face = face.at(options.queue, starts=not options.unstarted)
    if face.elsewhere:
        raise UsageError("records are written where the repository is; finish there")
    dataset = Dataset.at(options.dataset)
    wanted = Wanted(options.ids, options.since)
    results = _taken_over(face, dataset) if options.taking_over else []
    if not options.json:
        for result in results:
            _say(result)
    if options.listed:
        return _list(wanted.rows(face.ask, dataset, brief=True), as_json=options.json)
    rows = wanted.rows(face.ask, dataset)
    if options.wait and wait_for(face.ask, rows, partial(_wait, face)):
        rows = wanted.rows(face.ask, dataset)
    for result in finished(face.ask, dataset.root, rows, _settings(dataset, options)):
        results.append(result)
        if not options.json:
            _say(result)
    if options.json:
        print_json({"records": [_view(result) for result in results]})
    elif not results:
        note("there is nothing to finish")
    return _code(results, allowed=options.allow_open)


def _taken_over(face: Face, dataset: Dataset) -> list[Result]:
    from ..provenance.takeover import take_over

    return list(take_over(face.ask, dataset, context=face.context({}, None)))


def _settings(dataset: Dataset, options: Namespace) -> Settings:
    return Settings(
        style=style_of(dataset, options.style),
        failed=options.failed,
        branches=options.branches or options.octopus,
        octopus=options.octopus,
        unchanged=options.unchanged,
        message=options.message,
    )


def _wait(face: Face, ids: Sequence[str]) -> None:
    for _ in face.caller().lines({"op": "wait", "ids": list(ids)}, timeout=None):
        continue


def _list(rows: Sequence[Row], *, as_json: bool) -> int:
    rows = [row for row in rows if row["record"] == OPEN]
    if as_json:
        names = ("id", "job", "task", "name", "state", "over")
        print_json({"records": [{**{name: row[name] for name in names}, **texts_of(row)} for row in rows]})
    elif not rows:
        note("nothing is open: all that was scheduled here is recorded")
    else:
        print_table(_HEADS, list(map(_cells, rows)), folded=_HEADS[2:])
    return 0


def _cells(row: Row) -> list[str]:
    told = texts_of(row)
    return [row["id"], row["state"], clean(" ".join(told["outputs"])), clean(told["cmd"])]


def _say(result: Result) -> None:
    commit = (result.commit or "")[:10]
    print(clean(result.message + (f" ({commit})" if commit and commit not in result.message else "")))
    for sentence in result.notes:
        note(clean(f"{result.job}: {sentence}"))


def _view(result: Result) -> dict[str, Any]:
    shown = {"id": result.job, "status": result.status, "text": result.message, "commit": result.commit}
    return {**shown, "branch": result.branch, "notes": list(result.notes), "open": not result.closed}


def _code(results: Sequence[Result], *, allowed: bool) -> int:
    if any(result.status == "error" for result in results):
        return 1
    return int(not allowed and any(not result.closed for result in results))
