"""`datalad schedule`: as `datalad run`, but in a queue; the record is written by `datalad finish`."""

from __future__ import annotations

import os
from argparse import REMAINDER
from collections.abc import Iterator, Sequence
from typing import Any

from datalad.distribution.dataset import EnsureDataset, datasetmethod
from datalad.interface.base import Interface, build_doc, eval_results
from datalad.support.constraints import EnsureBool, EnsureChoice, EnsureNone, EnsureStr
from datalad.support.param import Parameter

from ..base.errors import UsageError
from ..provenance.dataset import Dataset
from ..provenance.placeholders import joined
from ..provenance.scheduling import prepared, shown
from ..provenance.sending import there
from ..provenance.wish import Wish, from_lines, swept
from .asking import Queue, Result, guarded, old, place_of, result

_OPTIONS = ("array", "cpus", "mem", "gpus", "time", "pool", "dependency", "name", "env", "output")
_ABOUT = {
    "array": "one task for each index: 0-99, or 0-99:5; {i} in command and outputs stands for it",
    "cpus": "cpus that each task gets",
    "mem": "memory that each task gets: 4000 is MB, or 4G",
    "gpus": "gpus that each task gets",
    "time": "stop a task after this long: 30 is minutes, or 90s, 2h, 1-0",
    "pool": "where to run: the name of one of burro's pools",
    "dependency": "wait for other jobs: afterok:12",
    "name": "what tables call the job",
    "env": "the environment: all, clean, or NAME=VALUE,...",
    "log": "the file for what the command says (burro-JOB.out in its directory)",
}


def _text(name: str) -> Parameter:
    return Parameter(args=(f"--{name}",), doc=_ABOUT[name], constraints=EnsureStr() | EnsureNone())


def _several(*names: str, dest: str, doc: str) -> Parameter:
    return Parameter(args=names, dest=dest, action="append", metavar="PATH", doc=f"{doc} (may be given again)")


@build_doc
class Schedule(Interface):
    """Put a command in burro's queue and reserve what it writes

    The command runs wherever one of burro's pools has room. What it writes may not be scheduled by anybody else
    until `datalad finish` has recorded it, in a commit that `datalad rerun` can repeat. Schedule and finish alone
    touch the repository; jobs do not.
    """

    _examples_ = [
        {
            "text": "Schedule a command that reads one file and writes another",
            "code_cmd": "datalad schedule -i raw.csv -o clean.csv 'python clean.py {inputs} {outputs}'",
            "code_py": "schedule('python clean.py {inputs} {outputs}', inputs=['raw.csv'], outputs=['clean.csv'])",
        },
        {
            "text": "Schedule a hundred jobs at once",
            "code_cmd": "datalad schedule --sweep k=1..100 -o 'fit/{k}' 'python fit.py {k}'",
            "code_py": "schedule('python fit.py {k}', sweep=['k=1..100'], outputs=['fit/{k}'])",
        },
    ]
    _params_ = dict(
        cmd=Parameter(args=("cmd",), nargs=REMAINDER, metavar="COMMAND", doc="the command"),
        dataset=Parameter(
            args=("-d", "--dataset"), doc="the dataset (that of the current directory)", constraints=EnsureDataset() | EnsureNone()
        ),
        inputs=_several("-i", "--input", dest="inputs", doc="what it reads; content that is elsewhere is got first"),
        outputs=_several("-o", "--output", dest="outputs", doc="what it writes: a file, a directory or a pattern"),
        extra_inputs=_several("--extra-input", dest="extra_inputs", doc="as an input, and not in {inputs}"),
        message=Parameter(args=("-m", "--message"), doc="first line of its commit", constraints=EnsureStr() | EnsureNone()),
        sweep=Parameter(
            args=("--sweep",), action="append", metavar="NAME=VALUES",
            doc="a job for each value, {NAME} standing for it: k=1..100, or rate=0.1,0.2 (may be given again)",
        ),
        from_file=Parameter(
            args=("--from",), dest="from_file", metavar="FILE", constraints=EnsureStr() | EnsureNone(),
            doc='a job for each line: {"cmd": "...", "outputs": ["..."], "inputs": ["..."]}',
        ),
        alt_dir=Parameter(
            args=("-a", "--alt-dir"), metavar="DIR", constraints=EnsureStr() | EnsureNone(),
            doc="run in a directory below this one: inputs are copied there, outputs back when all went well",
        ),
        stay=Parameter(
            args=("--stay",), metavar="CLONE", constraints=EnsureStr() | EnsureNone(),
            doc="run in this clone of the dataset at the machine of --pool, whose annex keeps what is written",
        ),
        overwrite=Parameter(
            args=("--overwrite",), constraints=EnsureChoice("replace", "unlock", "keep", "refuse"),
            doc="annexed files in the way of outputs: replace (put back on failure), unlock, keep, refuse",
        ),
        assume_ready=Parameter(
            args=("--assume-ready",), constraints=EnsureChoice(None, "inputs", "outputs", "both"),
            doc="inputs: do not look for them, nor get their content",
        ),
        expand=Parameter(
            args=("--expand",), constraints=EnsureChoice(None, "inputs", "outputs", "both"),
            doc="inputs: the record names the files that patterns stand for now; outputs stay as they are",
        ),
        check_outputs=Parameter(
            args=("--check-outputs",), constraints=EnsureBool() | EnsureNone(),
            doc="yes, of old scripts: what somebody else may still write is always refused, so that no is too",
        ),
        jobs=old("-J", "--jobs", action="store"),
        dry_run=Parameter(
            args=("--dry-run",), constraints=EnsureChoice(None, "basic", "command"),
            doc="say what would be scheduled, and do nothing",
        ),
        container=Parameter(
            args=("--container",), metavar="NAME", constraints=EnsureStr() | EnsureNone(),
            doc="run in a container of the dataset, as datalad containers-run does: its image is an input",
        ),
        **{name: _text(name) for name in _ABOUT},
    )  # fmt: skip

    @staticmethod
    @datasetmethod(name="schedule")
    @eval_results
    def __call__(
        cmd: str | Sequence[str] | None = None,
        *,
        dataset: Any = None,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        extra_inputs: Sequence[str] | None = None,
        message: str | None = None,
        sweep: Sequence[str] | None = None,
        from_file: str | None = None,
        alt_dir: str | None = None,
        stay: str | None = None,
        overwrite: str = "replace",
        assume_ready: str | None = None,
        expand: str | None = None,
        check_outputs: bool | None = None,
        jobs: str | int | None = None,  # noqa: ARG004 - of old scripts
        dry_run: str | None = None,
        container: str | None = None,
        array: str | None = None,
        cpus: str | int | None = None,
        mem: str | None = None,
        gpus: str | int | None = None,
        time: str | None = None,
        pool: str | None = None,
        dependency: str | None = None,
        name: str | None = None,
        env: str | None = None,
        log: str | None = None,
    ) -> Iterator[Result]:
        """What came of it, a result for each job."""
        ds, place = place_of(dataset, "schedule a command")
        options = (array, cpus, mem, gpus, time, pool, dependency, name, env, log)
        paths = (outputs, _expanded(place, inputs or (), expand), extra_inputs)
        texts = {"message": message, "container": container, "overwrite": overwrite, "alt_dir": alt_dir, "stay": stay}
        like = _like(cmd, paths, options, **texts)
        how: dict[str, Any] = {"sweep": sweep or (), "ready": assume_ready in ("inputs", "both"), "dry": dry_run}
        how["checked"] = check_outputs is not False
        yield from guarded("schedule", ds, _scheduled(ds, place, like, lines=from_file, **how))


def _expanded(place: Dataset, inputs: Sequence[str], expand: str | None) -> Sequence[str]:
    """With the names of what is there now in place of patterns, if asked; a brace of a name is no placeholder."""
    if expand not in ("inputs", "both"):
        return inputs
    found = place.expanded(inputs)
    return tuple(name if name in inputs else name.replace("{", "{{").replace("}", "}}") for name in found)


def _like(
    cmd: str | Sequence[str] | None,
    paths: Sequence[Sequence[str] | None],
    options: Sequence[object],
    **texts: str | None,
) -> Wish:
    outputs, inputs, extra = (tuple(some or ()) for some in paths)
    away = texts["alt_dir"]
    return Wish(
        command=_command(cmd),
        outputs=outputs,
        inputs=inputs,
        extra_inputs=extra,
        message=texts["message"] or "",
        overwrite=texts["overwrite"] or "replace",
        alternative=os.path.abspath(away) if away else "",
        container=texts["container"] or "",
        stay=there(texts["stay"] or ""),
        options={name: value for name, value in zip(_OPTIONS, options, strict=True) if value is not None},
    )


def _command(cmd: str | Sequence[str] | None) -> str:
    """One word is a line of the shell, as with `datalad run`; several are quoted."""
    if cmd is None or isinstance(cmd, str):
        return cmd or ""
    words = list(cmd)[1:] if list(cmd[:1]) == ["--"] else list(cmd)
    return joined(words)


def _scheduled(
    ds: Any,
    place: Dataset,
    like: Wish,
    *,
    sweep: Sequence[str],
    lines: str | None,
    ready: bool,
    dry: str | None,
    checked: bool,
) -> Iterator[Result]:
    if not checked:
        raise UsageError(
            "outputs are always checked, for of two jobs that write the same file one would be recorded with what the "
            "other made; leave --check-outputs no out"
        )
    queue, wishes = Queue(), [one for wish in _read(like, lines) for one in swept(wish, sweep)]
    jobs, remarks = prepared(place, wishes, queue.reach, ready=ready, dry=dry is not None)
    for remark in remarks:
        yield result("schedule", ds, "notneeded", remark)
    if dry is not None:
        for job in jobs:
            writes = job["provenance"]["writes"]
            yield result("schedule [dry-run]", ds, "ok", shown(job), command=shown(job), outputs=writes)
        return
    for job, answer in zip(jobs, queue.submit(place, jobs), strict=True):
        said = "; ".join([f"scheduled as job {answer['id']}", *answer.get("notes", ())])
        yield result("schedule", ds, "ok", said, job=str(answer["id"]), outputs=job["provenance"]["writes"])


def _read(like: Wish, lines: str | None) -> Iterator[Wish]:
    if lines is None:
        if not like.command:
            raise UsageError("there is no command; write: datalad schedule -o PATH COMMAND")
        yield like
        return
    try:
        with open(lines, encoding="utf-8", errors="surrogateescape") as file:
            yield from from_lines(iter(file), like)
    except OSError as error:
        raise UsageError(f"cannot read '{lines}': {error.strerror}; check its name") from None
