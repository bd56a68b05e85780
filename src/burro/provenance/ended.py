"""What is known of a job that has ended, and what became of its record: between the queue and the repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

STYLES = ("run", "slurm", "pair")  # of records
FAILED = ("keep", "logs", "commit", "inline", "drop")  # what becomes of jobs that failed


@dataclass(frozen=True)
class Tried:
    """One attempt at the job, as its record tells of it."""

    number: int
    outcome: str  # done, exit 3, timeout, memory, lost, ...
    host: str = ""
    start: str = ""  # ISO 8601
    seconds: float | None = None
    memory: int | None = None  # most that it used, bytes
    cpu: float | None = None  # seconds
    cpus: int | None = None
    gpus: int | None = None
    scheduler_id: str = ""
    task: int | None = None  # the index, where several tasks share one record


@dataclass(frozen=True)
class Ended:
    """A job, or a task of an array, that will not run again, with what it declared when it was scheduled.

    `command`, `inputs`, `extra_inputs` and `outputs` are as DataLad's run record has them: placeholders and patterns
    are kept, paths are relative to `pwd`, and `pwd` to the root of the repository. `logs` are relative to the root,
    or absolute; those outside are named in the record and not committed.
    """

    job: str  # "17"
    command: str
    outputs: tuple[str, ...]
    task: int | None = None  # the index, where the task has outputs of its own
    message: str = ""
    inputs: tuple[str, ...] = ()
    extra_inputs: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    pwd: str = "."  # noqa: S105 - a directory, as the run record calls it
    dataset: str = ""  # DataLad's id; empty: taken from the repository, which may have none
    exit: int | None = 0  # None: it has none, for a signal or a lost node ended it
    state: str = "done"  # done, failed, cancelled or skipped
    attempts: tuple[Tried, ...] = ()
    pool: str = ""
    scheduler_id: str = ""  # "4711_3" of a task that was a job of the scheduler's own
    submitted: str = ""  # ISO 8601
    submit_command: str = ""  # as typed, where it is not `command`: `sbatch --array=1-5 job.sh`
    base: str = ""  # the commit that HEAD was at when it was scheduled
    chain: tuple[str, ...] = ()  # commits that it repeats, oldest first
    alternative: str = ""  # the directory it ran in instead (`--alt-dir`)
    places: tuple[str, ...] = ()  # where `outputs` are, relative to `pwd`, where these have placeholders
    stays: Mapping[str, str] = field(default_factory=dict)  # path from the root -> key of a content that is not here
    stays_in: str = ""  # git-annex's uuid of the repository that has those contents
    said: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # file -> words of a scheduler
    more: Mapping[str, object] = field(default_factory=dict)  # further entries for the record's key `burro`

    @property
    def name(self) -> str:
        """`17`, or `17.3` of a task: what the record calls it and what finds it again."""
        return self.job if self.task is None else f"{self.job}.{self.task}"

    @property
    def paths(self) -> tuple[str, ...]:
        """Its outputs as files are called, relative to `pwd` or absolute."""
        return self.places or self.outputs

    @property
    def succeeded(self) -> bool:
        """Its outputs are what they should be."""
        return self.state == "done"


@dataclass(frozen=True)
class Settings:
    """How records are written. The defaults are what `burro finish` does without options."""

    style: str = "run"  # run: [DATALAD RUNCMD]; slurm: as datalad-slurm writes; pair: two commits, SCHEDULE and FINISH
    failed: str = "keep"  # keep: nothing is committed; logs; commit: to a branch of its own; inline: in line; drop
    branches: bool = False  # a branch for each job, from where HEAD is
    octopus: bool = False  # ... and one merge of them all, where their outputs do not collide
    ingest: str = "auto"  # auto: by burro where the layout is proven; annex: always by git-annex itself
    sidecar_above: int = 64 * 1024  # bytes of record from which it goes into a file of its own
    unchanged: bool = False  # a job that changed nothing gets a commit too
    message: str = ""  # of the finish, told before that of the job


@dataclass(frozen=True)
class Result:
    """What became of one record. `notes`: what is worth knowing besides, a sentence each."""

    job: str  # the name of the Ended: `17.3`
    status: str  # ok, notneeded, impossible or error, as DataLad has them
    message: str
    commit: str | None = None
    branch: str | None = None  # where the commit is not on the branch of HEAD
    notes: tuple[str, ...] = ()
    closed: bool = True  # nothing is left to do: what it had reserved is free
