"""`datalad finish`: what scheduled jobs have written becomes commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from datalad.distribution.dataset import EnsureDataset, datasetmethod
from datalad.interface.base import Interface, build_doc, eval_results
from datalad.support.constraints import EnsureChoice, EnsureNone, EnsureStr
from datalad.support.param import Parameter

from ..provenance.choosing import Wanted
from ..provenance.dataset import Dataset
from ..provenance.ended import FAILED, STYLES, Settings
from ..provenance.finishing import finished
from ..provenance.open_records import OPEN, texts_of, wait_for
from ..provenance.style import style_of
from .asking import Queue, Result, guarded, old, place_of, result


def _flag(name: str, doc: str, *letters: str) -> Parameter:
    return Parameter(args=(*letters, f"--{name}"), action="store_true", doc=doc)


@build_doc
class Finish(Interface):
    """Record what scheduled jobs have written, a commit for each

    Each commit has the record of `datalad run`, so that `datalad rerun` can repeat it. Jobs that still run, or
    failed, are impossible to finish; see --failed for the latter. Nothing else that is changed or staged is touched.
    """

    _examples_ = [
        {"text": "Record all that is done", "code_cmd": "datalad finish", "code_py": "finish()"},
        {"text": "Wait for a job", "code_cmd": "datalad finish --wait 12", "code_py": "finish(['12'], wait=True)"},
    ]
    _params_ = dict(
        jobs=Parameter(args=("jobs",), nargs="*", metavar="JOB", doc="jobs: 12, or 12.3, or commits that name one (all)"),
        since=Parameter(
            args=("--since",), metavar="REV", constraints=EnsureStr() | EnsureNone(),
            doc="only what was scheduled when HEAD was at this, or behind it",
        ),
        dataset=Parameter(
            args=("-d", "--dataset"), doc="the dataset (that of the current directory)", constraints=EnsureDataset() | EnsureNone()
        ),
        slurm_job_id=Parameter(
            args=("--slurm-job-id",), metavar="JOB", constraints=EnsureStr() | EnsureNone(),
            doc="one more job; of what was taken over from datalad-slurm the number that Slurm gave it",
        ),
        import_slurm_db=_flag(
            "import-slurm-db", "first take over the jobs that datalad-slurm has scheduled here and not finished; once each"
        ),
        outputs=old("-o", "--output", action="append"),
        explicit=old("--explicit"),
        workers=old("-J", "--jobs", action="store"),
        message=Parameter(args=("-m", "--message"), doc="said before the jobs' own", constraints=EnsureStr() | EnsureNone()),
        wait=_flag("wait", "wait until the jobs have ended"),
        list_open_jobs=_flag("list-open-jobs", "list what is not recorded, and do nothing", "-l"),
        failed=Parameter(
            args=("--failed",), constraints=EnsureChoice(*FAILED),
            doc="what becomes of jobs that failed: nothing, a commit of their logs, one of all on a branch of its own "
            "(commit) or in line (inline), or no record at all (drop)",
        ),
        close_failed_jobs=_flag("close-failed-jobs", "as --failed drop"),
        commit_failed_jobs=_flag("commit-failed-jobs", "as --failed inline"),
        allow_open=_flag("allow-open", "what still runs, or failed and is kept, is not needed rather than impossible"),
        branches=_flag("branches", "a branch for each job"),
        octopus=_flag("octopus", "... and one merge of them all"),
        unchanged=_flag("unchanged", "a commit also for what changed nothing"),
        record_style=Parameter(
            args=("--record-style",), constraints=EnsureChoice(None, *STYLES),
            doc="DataLad's own records (run), those of datalad-slurm, or pairs of commits",
        ),
    )  # fmt: skip

    @staticmethod
    @datasetmethod(name="finish")
    @eval_results
    def __call__(
        jobs: Sequence[str] | str | None = None,
        *,
        dataset: Any = None,
        slurm_job_id: str | int | None = None,
        outputs: Sequence[str] | None = None,  # noqa: ARG004 - of old scripts
        import_slurm_db: bool = False,
        explicit: bool = False,  # noqa: ARG004 - as above
        workers: str | int | None = None,  # noqa: ARG004 - as above
        since: str | None = None,
        message: str | None = None,
        wait: bool = False,
        list_open_jobs: bool = False,
        failed: str = "keep",
        close_failed_jobs: bool = False,
        commit_failed_jobs: bool = False,
        allow_open: bool = False,
        branches: bool = False,
        octopus: bool = False,
        unchanged: bool = False,
        record_style: str | None = None,
    ) -> Iterator[Result]:
        """What became of each, a result for each job."""
        ds, place = place_of(dataset, "finish jobs")
        named = [jobs] if isinstance(jobs, str) else [str(one) for one in jobs or ()]
        if import_slurm_db:
            yield from guarded("finish", ds, _taken_over(ds, place))
        asked = Wanted(named, since, None if slurm_job_id is None else str(slurm_job_id))
        settings = Settings(
            style=record_style or "",
            failed="drop" if close_failed_jobs else "inline" if commit_failed_jobs else failed,
            branches=branches or octopus,
            octopus=octopus,
            message=message or "",
            unchanged=unchanged,
        )
        if list_open_jobs:
            yield from guarded("finish", ds, _listed(ds, place, asked))
        else:
            yield from guarded("finish", ds, _finished(ds, place, asked, settings, wait=wait, allowed=allow_open))


def _taken_over(ds: Any, place: Dataset) -> Iterator[Result]:
    from ..provenance.takeover import take_over

    queue = Queue()
    for one in take_over(queue.ask, place, context=queue.context):
        yield result("import", ds, one.status, one.message, job=one.job)


def _listed(ds: Any, place: Dataset, asked: Wanted) -> Iterator[Result]:
    for row in asked.rows(Queue().ask, place, brief=True):
        if row["record"] == OPEN:
            told = texts_of(row)
            said = f"job {row['id']}, {row['state']}: {told['cmd']}"
            more = {"job": row["id"], "state": row["state"], "outputs": told["outputs"]}
            yield result("list-open-jobs", ds, "ok", said, **more)


def _finished(
    ds: Any, place: Dataset, asked: Wanted, settings: Settings, *, wait: bool, allowed: bool
) -> Iterator[Result]:
    queue, settings = Queue(), replace(settings, style=style_of(place, settings.style))
    rows = asked.rows(queue.ask, place)
    if wait and wait_for(queue.ask, rows, queue.wait):
        rows = asked.rows(queue.ask, place)
    states = {row["id"]: row["state"] for row in rows}
    for one in finished(queue.ask, place.root, rows, settings):
        status = "notneeded" if allowed and one.status == "impossible" else one.status
        said = "; ".join([one.message, *one.notes])
        more = {
            "job": one.job,
            "state": states.get(one.job),
            "commit": one.commit,
            "branch": one.branch,
            "notes": one.notes,
        }
        yield result("finish", ds, status, said, **more)
