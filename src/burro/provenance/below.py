"""Outputs in subdatasets: a commit in each of them, from the innermost up, and then its place in the one above.

As `datalad run` does it, each has the whole record. Killed between two repositories, the next finish finds the commits
that are there by the names of their jobs.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from ..base.errors import Failed, UsageError
from .alone import alone
from .ended import Result, Settings
from .gathering import gathered
from .git import MODULE, Git
from .planning import Plan, dataset_of
from .record import PART
from .recorded import oldest, records
from .stream import Stream
from .underway import refuse_lent_head
from .writing import on_head, planned_commits

_ADJUSTED = "refs/heads/adjusted/"
Became = dict[str, "str | Result"]  # by job: its commit, or why there is none


def commit_below(git: Git, plans: Sequence[Plan], settings: Settings) -> dict[str, Result]:
    """Have what jobs left in subdatasets committed there, and tell their plans; why that could not be, of some."""
    troubles: dict[str, Result] = {}
    by_place: dict[str, list[Plan]] = {}
    for plan in plans:
        for place in plan.found.below:
            by_place.setdefault(place, []).append(plan)
    base = oldest(git, {plan.base for plan in plans}) if by_place else ""
    for place, several in sorted(by_place.items()):
        some = [plan for plan in several if plan.name not in troubles]
        try:
            became = _recorded_in(git, place, some, settings, base=base) if some else {}
        except (Failed, UsageError) as error:
            became = {plan.name: _trouble(plan, error) for plan in some}
        for plan in some:
            what = became.get(plan.name)
            if isinstance(what, Result):
                troubles[plan.name] = what
            elif what:
                plan.modules[place] = (MODULE, what)
    return troubles


def _trouble(plan: Plan, error: Exception) -> Result:
    return Result(plan.name, "error", f"{plan.name}: {error}", closed=False)


def _recorded_in(above: Git, place: str, plans: Sequence[Plan], settings: Settings, *, base: str) -> Became:
    git = Git.at(os.path.join(above.root, place))
    with alone(git):
        refuse_lent_head(git)
        _refuse_adjusted(git, place)
        since = _commit_at(above, place, base)
        there = _known(git, plans, since)
        parts = {plan.name: _part(above, place, plan, since) for plan in plans if plan.name not in there}
        became: Became = {**there, **(_written(git, list(parts.values()), settings) if parts else {})}
    for plan in plans:
        part = parts.get(plan.name)
        plan.recorded_below = plan.recorded_below or part is None or part.recorded_below
    return _forward(git, plans, became, start=_commit_at(above, place, "HEAD")) if there else became


def _refuse_adjusted(git: Git, place: str) -> None:
    branch = git.branch() or ""
    if branch.startswith(_ADJUSTED):
        raise Failed(
            f"the subdataset {place} is on the branch {branch.removeprefix('refs/heads/')}, whose commits nobody else "
            "has; finish when another is checked out there"
        )


def _commit_at(above: Git, place: str, commit: str) -> str:
    """What a commit says that a subdataset is at; empty where it has none there."""
    if not commit:
        return ""
    return above.tried("rev-parse", "--verify", "--quiet", f"{commit}:{place}").stdout.decode().strip()


def _known(git: Git, plans: Sequence[Plan], since: str) -> dict[str, str]:
    """The commits of jobs whose finish came no further the last time, and that did not run again since."""
    if git.commit_of("HEAD") is None:
        return {}
    wanted = {(plan.name, plan.ended.submitted, len(plan.ended.attempts)) for plan in plans}
    found: dict[str, str] = {}
    span = ["HEAD", *([f"^{since}"] if since and git.commit_of(since) else [])]
    for commit, record in records(git, span):
        ours = record.ours
        mark = (str(ours.get("job", "")), str(ours.get("submitted", "")), len(ours.get("attempts", ())))
        if PART in ours and mark in wanted:
            found.setdefault(mark[0], commit)
    return found


def _forward(git: Git, plans: Sequence[Plan], became: Became, *, start: str) -> Became:
    """Without commits that lie before the one that the repository above has already, or will have by then."""
    found: Became = {}
    for plan in plans:
        what = became.get(plan.name)
        if isinstance(what, str):
            if start and git.tried("merge-base", "--is-ancestor", what, start).returncode == 0:
                continue
            start = what
        if what:
            found[plan.name] = what
    return found


def _part(above: Git, place: str, plan: Plan, since: str) -> Plan:
    """The job, as far as it lies in a subdataset."""
    whole = os.path.join(str(plan.ended.more.get(PART, "")), place)
    ended = replace(plan.ended, more={**plan.ended.more, PART: whole})
    dataset = plan.dataset if plan.dataset is not None else dataset_of(above)
    return Plan(ended, plan.found.below[place], notes=plan.notes, dataset=dataset, since=since)


def _written(git: Git, parts: list[Plan], settings: Settings) -> Became:
    """The commits in one subdataset."""
    became: Became = {}
    stream = Stream(git)
    try:
        there = gathered(git, parts, settings, stream=stream)
        became |= commit_below(git, [part for part in parts if not there.refuses(part)], settings)
        commits = []
        for part in parts:
            result = became.get(part.name) or there.planned(part, settings, git=git)
            if result is None:
                commits.append(part)
            elif isinstance(result, Result) and result.status == "error":
                became[part.name] = result
        shas = on_head(git, planned_commits(git, commits), stream=stream)
    finally:
        stream.close()
    if shas and not git.branch():
        whole = str(commits[-1].ended.more[PART])
        commits[-1].notes.append(
            f"HEAD of the subdataset {whole} is on no branch; to keep what was recorded there: "
            f"git -C {whole} branch NAME {shas[-1][:10]}"
        )
    return became | {part.name: sha for part, sha in zip(commits, shas, strict=True)}
