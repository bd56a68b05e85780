"""Commits beside the line of HEAD: a branch for each job, and jobs side by side under one merge."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from .ended import Result
from .git import Entry, Git, terminated
from .index import Index
from .planning import Plan, told
from .recorded import BRANCHES
from .signing import signed
from .stream import SCRATCH, Planned, Stream

_MOST = 100  # parents of a merge that git still shows in reasonable time


def branch_off(
    git: Git, commits: Sequence[Planned], plans: Sequence[Plan], *, stream: Stream, away: bool
) -> Iterator[Result]:
    """Each commit on a branch of its own from where HEAD is. `away`: its files then leave the worktree."""
    if not commits:
        stream.end()
        return
    head = git.commit_of("HEAD")
    for commit in commits:
        stream.reset(SCRATCH)
        stream.commit(commit, parents=[head] if head else [])
    shas = stream.end()
    if git.is_set("commit.gpgsign"):
        shas = signed(git, shas)
    names = _free(git, [f"{BRANCHES}/{'' if plan.ended.succeeded else 'failed/'}{plan.name}" for plan in plans])
    orders = "".join(f"create {name} {sha}\n" for name, sha in zip(names, shas, strict=True))
    git.run("update-ref", "--stdin", given=orders.encode())
    git.tried("update-ref", "-d", SCRATCH)
    _restore(git, head, [path for commit in commits for path in commit.changes], away=away)
    for plan, name, sha in zip(plans, names, shas, strict=True):
        branch = name.removeprefix("refs/heads/")
        said = f"{plan.name} {told(plan.ended)}; it is on the branch {branch}"
        yield Result(plan.name, "ok", said, sha, branch, notes=tuple(plan.notes))


def _free(git: Git, wanted: Sequence[str]) -> list[str]:
    """Names that no branch has: `burro/17-2` where an earlier job 17 has `burro/17`."""
    taken = set(git.run("for-each-ref", "--format=%(refname)", BRANCHES).decode().split())
    names = []
    for name in wanted:
        free, count = name, 1
        while free in taken:
            count += 1
            free = f"{name}-{count}"
        taken.add(free)
        names.append(free)
    return names


def _restore(git: Git, head: str | None, paths: Sequence[str], *, away: bool) -> None:
    """Let index and, if the files go away, worktree be as HEAD has them at these paths."""
    there = git.tree(head, paths)
    indexed = git.indexed(paths)
    staged: dict[str, Entry] = {path: there.get(path, ("0", "0" * 40)) for path in indexed}
    with Index(git) as index:
        index.put({path: entry for path, entry in staged.items() if entry != indexed[path]})
    if not away:
        return
    for path in paths:
        full = os.path.join(git.root, path)
        if os.path.lexists(full):
            os.unlink(full)
        if path not in there:
            _prune(git.root, os.path.dirname(full))
    git.run("checkout-index", "--force", "-z", "--stdin", given=terminated(path for path in paths if path in there))


def _prune(root: str, directory: str) -> None:
    """Remove directories that have become empty, as git does."""
    while directory != root:
        try:
            os.rmdir(directory)
        except OSError:
            return
        directory = os.path.dirname(directory)


def why_in_line(git: Git, plans: Sequence[Plan]) -> str:
    """Why these jobs cannot lie side by side under one merge; empty where they can."""
    if git.commit_of("HEAD") is None:
        return "there is no commit yet to branch from"
    if len(plans) > _MOST:
        return f"a merge of more than {_MOST} is more than git shows in reasonable time"
    owners: dict[str, str] = {}
    for plan in plans:
        for path in plan.changes:
            other = owners.setdefault(path, plan.name)
            if other != plan.name:
                return f"{other} and {plan.name} both changed {path}"
    return ""


def merged(plans: Sequence[Plan], commits: Sequence[Planned]) -> Planned:
    """The merge of all these commits, which change different files."""
    changes: dict[str, Entry] = {}
    for commit in commits:
        changes |= commit.changes
    names = ", ".join(plan.name for plan in plans)
    return Planned(f"Merge the jobs {names}\n", changes, commits[-1].committer, commits[-1].committer)
