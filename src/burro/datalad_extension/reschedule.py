"""`datalad reschedule`: schedule again what a record tells of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datalad.distribution.dataset import EnsureDataset, datasetmethod
from datalad.interface.base import Interface, build_doc, eval_results
from datalad.support.constraints import EnsureChoice, EnsureNone, EnsureStr
from datalad.support.param import Parameter

from ..provenance.choosing import WantedAgain
from ..provenance.dataset import Dataset
from ..provenance.rescheduling import grouped, script, write_script
from ..provenance.scheduling import prepared_all
from .asking import Queue, Result, guarded, old, place_of, result


@build_doc
class Reschedule(Interface):
    """Schedule again what a commit, a file or a job tells of

    Records of `datalad run`, of burro and of datalad-slurm are all read. The new record names the commits that it
    repeats.
    """

    _examples_ = [
        {"text": "Make a file again", "code_cmd": "datalad reschedule fit.csv", "code_py": "reschedule('fit.csv')"},
        {"text": "Repeat a range", "code_cmd": "datalad reschedule --since v1", "code_py": "reschedule(since='v1')"},
    ]
    _params_ = dict(
        revision=Parameter(args=("revision",), nargs="?", metavar="WHAT", doc="a commit, a file or a job (HEAD)"),
        dataset=Parameter(
            args=("-d", "--dataset"), doc="the dataset (that of the current directory)", constraints=EnsureDataset() | EnsureNone()
        ),
        since=Parameter(
            args=("--since",), doc="all that was recorded after this, up to the commit that is given (HEAD); an empty text: from the beginning",
            constraints=EnsureStr() | EnsureNone(),
        ),
        failed=Parameter(args=("--failed",), action="store_true", doc="jobs that failed and were not recorded"),
        with_failed_jobs=old("--with-failed-jobs", doc="with --since: also what is recorded as failed"),
        assume_ready=Parameter(
            args=("--assume-ready",), constraints=EnsureChoice(None, "inputs", "outputs", "both"),
            doc="inputs: do not look for them, nor get their content",
        ),
        alt_dir=Parameter(
            args=("-a", "--alt-dir"), metavar="DIR", constraints=EnsureStr() | EnsureNone(),
            doc="run in a directory below this one, as datalad schedule does",
        ),
        jobs=old("-J", "--jobs", action="store"),
        report=Parameter(args=("--report",), action="store_true", doc="say what would be scheduled, and do nothing"),
        script=Parameter(
            args=("--script",), metavar="FILE", doc="write the commands as a script in place of scheduling them; - prints it",
            constraints=EnsureStr() | EnsureNone(),
        ),
        message=Parameter(args=("-m", "--message"), doc="another message", constraints=EnsureStr() | EnsureNone()),
    )  # fmt: skip

    @staticmethod
    @datasetmethod(name="reschedule")
    @eval_results
    def __call__(
        revision: str | None = None,
        *,
        dataset: Any = None,
        since: str | None = None,
        failed: bool = False,
        with_failed_jobs: bool = False,
        assume_ready: str | None = None,
        alt_dir: str | None = None,
        jobs: str | int | None = None,  # noqa: ARG004 - of old scripts
        report: bool = False,
        script: str | None = None,
        message: str | None = None,
    ) -> Iterator[Result]:
        """What came of it, a result for each job."""
        ds, place = place_of(dataset, "reschedule commands")
        asked = WantedAgain([revision] if revision else [], since, failed=failed, bad=with_failed_jobs)
        if report or script is not None:
            yield from guarded("reschedule", ds, _told(ds, place, asked, script))
        else:
            yield from guarded(
                "reschedule",
                ds,
                _scheduled(ds, place, asked, message, ready=assume_ready in ("inputs", "both"), away=alt_dir),
            )


def _told(ds: Any, place: Dataset, asked: WantedAgain, path: str | None) -> Iterator[Result]:
    found = asked.found(Queue().ask, place)
    if path is not None:
        text = script(place, found)
        write_script(text, path)
        yield result("reschedule", ds, "ok", f"a script of {len(found)} commands was written")
        return
    for one in found:
        yield result("reschedule [report]", ds, "ok", f"{one.source}: {one.wish.command}", command=one.wish.command)


def _scheduled(
    ds: Any, place: Dataset, asked: WantedAgain, message: str | None, *, ready: bool, away: str | None
) -> Iterator[Result]:
    queue = Queue()
    found = asked.found(queue.ask, place)
    if away:
        found = [replace(one, wish=replace(one.wish, alternative=os.path.abspath(away))) for one in found]
    jobs, remarks = prepared_all(grouped(place, found, message=message), queue.reach, ready=ready)
    for remark in remarks:
        yield result("reschedule", ds, "notneeded", remark)
    if not jobs:
        yield result("reschedule", ds, "notneeded", "there is nothing to schedule again")
        return
    for job, answer in zip(jobs, queue.submit(place, jobs), strict=True):
        said = "; ".join([f"scheduled as job {answer['id']}", *answer.get("notes", ())])
        yield result("reschedule", ds, "ok", said, job=str(answer["id"]), outputs=job["provenance"]["writes"])
