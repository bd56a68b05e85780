"""What becomes of one job: a commit with what changed, or a sentence why not."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from ..model.states import DONE
from .composing import compose
from .declared import Found, Tree, gone
from .ended import Ended, Result, Settings
from .git import FILE, NOTHING, Entry, Git
from .intake import Taken
from .stream import Stream

_TAIL = 8 * 1024  # bytes at the end of a log in which an error is looked for
_OURS = ("burro: the task was not started", "burro: outputs could not be")
_MANY = 3  # names in a sentence


@dataclass
class Plan:
    """One job on its way into a commit."""

    ended: Ended
    found: Found
    changes: dict[str, Entry] = field(default_factory=dict)
    message: str = ""
    notes: list[str] = field(default_factory=list)
    dataset: str | None = None  # DataLad's id of the repository that it was scheduled in, where that lies above
    since: str | None = None  # a commit of this repository from before the job, likewise
    modules: dict[str, Entry] = field(default_factory=dict)  # commits of subdatasets that have the rest of it
    recorded_below: bool = False  # some subdataset has a record of it already

    @property
    def is_part(self) -> bool:
        """The job was scheduled in a repository above, and has its commit there."""
        return self.dataset is not None

    @property
    def base(self) -> str:
        """A commit from before the job; empty where none is known."""
        return self.ended.base if self.since is None else self.since

    @property
    def places(self) -> list[str]:
        """Where the repository may have something of it."""
        return [*(claim.place for claim in self.found.claims), *self.found.below]

    @property
    def name(self) -> str:
        """The job's."""
        return self.ended.name

    def refusal(self, settings: Settings) -> Result | None:
        """Why it cannot be recorded as it is; a success without its outputs becomes a failure, where those count."""
        self.notes += self.found.notes
        why = [*self.found.refused, *self._not_aside(settings)]
        if self.ended.succeeded and self.found.missing:
            why.append(f"{_listed('output', self.found.missing)} {_are(self.found.missing)} not there")
            if settings.failed in {"commit", "inline", "logs"} and len(why) == 1:
                missing = {**self.ended.more, "missing": self.found.missing}
                self.ended = dataclasses.replace(self.ended, state="failed", more=missing)
                self.notes += why
                return None
            if settings.failed == "drop":
                return Result(self.name, "ok", f"{self.name}: {why[-1]}; closed, nothing was committed")
        if not why:
            return None
        next_step = "; make it, or finish with --failed=inline or --failed=drop" if self.found.missing else ""
        return Result(self.name, "impossible", f"{self.name}: {'; '.join(why)}{next_step}", closed=False)

    def _not_aside(self, settings: Settings) -> Iterator[str]:
        """Why it cannot be on a branch of its own, if it is to be: a branch has the files of its repository."""
        if not self.found.below:
            return
        failed = not self.ended.succeeded or bool(self.found.missing)
        step = "without --branches" if settings.branches and not settings.octopus else ""
        step = step or ("with --failed=inline" if settings.failed == "commit" and failed else "")
        if step:
            place = next(iter(self.found.below))
            yield f"some of it lies in the subdataset {place}, which no branch of this repository has; finish it {step}"


def verdict(ended: Ended, settings: Settings, *, root: str) -> Result | None:
    """What becomes of a job that failed and is not to be committed; None for all others."""
    if ended.succeeded or settings.failed in {"logs", "commit", "inline"}:
        return None
    how = f"{ended.name} {told(ended)}"
    if settings.failed == "drop":
        return Result(ended.name, "ok", f"{how}; closed, nothing was committed")
    return Result(
        ended.name,
        "impossible",
        f"{how}; nothing was committed. Schedule it again, or choose --failed=logs, commit, inline or drop",
        notes=(*_of_burro(ended, root), *_behind_a_link(ended, root)),
        closed=False,
    )


def told(ended: Ended) -> str:
    """`failed (exit 3)`, `was cancelled`."""
    outcome = ended.attempts[-1].outcome if ended.attempts else ""
    if ended.more.get("missing"):
        return "failed (without all of its outputs)"
    how = outcome or (f"exit {ended.exit}" if ended.exit else "")
    verb = ended.state if ended.state in {"failed", "done"} else f"was {ended.state}"
    if how and not ended.succeeded and (tasks := _failed_tasks(ended)):
        how = f"{tasks}: {how}"
    return f"{verb} ({how})" if how and how != ended.state else verb


def _failed_tasks(ended: Ended) -> str:
    """`task 3`, or `tasks 3, 7`, whose last attempt went wrong; empty where the job has no tasks."""
    tried_last = sorted(ended.attempts, key=lambda tried: tried.number)
    last = {tried.task: tried.outcome for tried in tried_last if tried.task is not None}
    bad = [str(task) for task, outcome in sorted(last.items()) if outcome != DONE]
    more = f" and {len(bad) - _MANY} more" if len(bad) > _MANY else ""
    return f"task{'s' if len(bad) > 1 else ''} {', '.join(bad[:_MANY])}{more}" if bad else ""


def planned(
    plan: Plan, settings: Settings, *, git: Git, tree: Tree, taken: Taken, ignored: set[str], stream: Stream
) -> Result | None:
    """Fill in what the commit has; a Result where there will be none."""
    refused = [path for path in plan.found.files if path in taken.refused]
    if refused:
        why = f"{refused[0]}: {taken.refused[refused[0]]}"
        return Result(plan.name, "error", f"{plan.name}: {why}; finish again when that is mended", closed=False)
    left = [path for path in plan.found.files if path in ignored]
    if left:
        plan.notes.append(
            f"{_listed('file', left)} {_are(left)} ignored by git and not committed; see git check-ignore -v {left[0]}"
        )
    plan.changes = _changes(plan, tree, taken, root=git.root)
    told_of = plan.recorded_below or settings.unchanged or not plan.ended.succeeded
    if not plan.changes and (plan.is_part or not told_of):
        return Result(plan.name, "notneeded", f"{plan.name} changed nothing", notes=tuple(plan.notes))
    composed = compose(plan.ended, settings, dataset=dataset_of(git) if plan.dataset is None else plan.dataset)
    plan.message = composed.message
    if composed.sidecar:
        path, content = composed.sidecar
        stream.blob(content)
        plan.changes[path] = (FILE, git.name_of(content))
        _put(git.root, path, content)
    return None


def _changes(plan: Plan, tree: Tree, taken: Taken, *, root: str) -> dict[str, Entry]:
    """Against what the repository will have when the jobs before this one are in."""
    changes = dict.fromkeys(gone(plan.found, tree, root), NOTHING)
    for path, entry in chain(((path, taken.entries.get(path)) for path in plan.found.files), plan.modules.items()):
        if entry and tree.entries.get(path) != entry:
            changes[path] = entry
    for path, entry in changes.items():
        if entry == NOTHING:
            del tree.entries[path]
        else:
            tree.entries[path] = entry
    return changes


def _put(root: str, path: str, content: bytes) -> None:
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(content)


def dataset_of(git: Git) -> str:
    """DataLad's id of the repository; empty where it is no dataset of DataLad."""
    if "dataset" not in git.__dict__:
        done = git.tried("config", "--file", ".datalad/config", "datalad.dataset.id")
        git.__dict__["dataset"] = done.stdout.decode().strip()
    return str(git.__dict__["dataset"])


def _of_burro(ended: Ended, root: str) -> Iterator[str]:
    """What burro itself wrote into the log: that the command was not started, or its outputs not brought back."""
    for log in ended.logs:
        for line in _tail(os.path.join(root, log)).splitlines():
            if line.startswith(_OURS):
                yield line.removeprefix("burro: ")


def _behind_a_link(ended: Ended, root: str) -> Iterator[str]:
    """Whether it failed because an output is a file that git-annex keeps from being written to."""
    links = [path for path in ended.paths if os.path.islink(os.path.join(root, ended.pwd, path))]
    lines = [line for log in ended.logs if links for line in _tail(os.path.join(root, log)).splitlines()]
    denied = [line for line in lines if "Permission denied" in line]
    named = [path for path in links if any(os.path.basename(path) in line for line in denied)]
    if named:
        yield f"{named[0]} is a locked file of git-annex, which the command may not write to; unlock it, or replace it"


def _tail(path: str) -> str:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _listed(noun: str, names: list[str]) -> str:
    """`the output a`, `the outputs a, b, c and 3 more`."""
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return f"the {noun}{'s' if len(names) > 1 else ''} {', '.join(names[:_MANY])}{more}"


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
