"""Commits beside the line of HEAD: a branch for each job, and jobs side by side under one merge."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from ..base import failpoint
from .ended import Result
from .git import NOTHING, Entry, Git, terminated
from .index import Index
from .planning import Plan, told
from .recorded import BRANCHES
from .signing import signed
from .stream import SCRATCH, Planned, Stream

_MOST = 100  # parents of a merge that git still shows in reasonable time


def branch_off(git: Git, commits: Sequence[Planned], plans: Sequence[Plan], *, stream: Stream) -> Iterator[Result]:
    """Each commit on a branch of its own from where HEAD is; its files then leave the worktree."""
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
    failpoint.hit("finish.after_branches")
    changes = together(commits)
    _unstage(git, head, changes)
    _clear(git, head, changes)
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


def clear_again(git: Git, commit: str) -> None:
    """What a finish had still to do for a commit on a branch when it was killed: its files leave the worktree."""
    if git.tried("merge-base", "--is-ancestor", commit, "HEAD").returncode == 0:
        return
    said = os.fsdecode(git.run("diff-tree", "-r", "-z", "--root", "--no-commit-id", "--no-renames", commit)).split("\0")
    facts = [fact.split() for fact in said[0:-1:2]]
    changes = {path: (fact[1], fact[3]) for fact, path in zip(facts, said[1::2], strict=False)}
    head = git.commit_of("HEAD")
    _unstage(git, head, changes)
    _clear(git, head, changes)


def _unstage(git: Git, head: str | None, changes: Mapping[str, Entry]) -> None:
    """Let the index be as HEAD is, where git-annex has put these files into it."""
    there, indexed = git.tree(head, list(changes)), git.indexed(changes)
    staged = [path for path, entry in indexed.items() if entry == changes[path] != there.get(path)]
    if staged:
        with Index(git) as index:
            index.put({path: there.get(path, NOTHING) for path in staged})


def _clear(git: Git, head: str | None, changes: Mapping[str, Entry]) -> None:
    """Let the worktree be as HEAD is, where it still has what the commit has."""
    there = git.tree(head, list(changes))
    same = [path for path, entry in changes.items() if _stands(git, path) in {entry[1], NOTHING[1]}]
    for path in same:
        full = os.path.join(git.root, path)
        if os.path.lexists(full):
            os.unlink(full)
        if path not in there:
            _prune(git.root, os.path.dirname(full))
    git.run("checkout-index", "--force", "-z", "--stdin", given=terminated(path for path in same if path in there))


def _stands(git: Git, path: str) -> str:
    """The hash of what is at a path in the worktree; that of nothing where there is none."""
    full = os.path.join(git.root, path)
    if os.path.islink(full):
        return git.name_of(os.fsencode(os.readlink(full)))
    if not os.path.isfile(full):
        return NOTHING[1]
    with open(full, "rb") as file:
        return git.name_of(file.read())


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
    names = ", ".join(plan.name for plan in plans)
    return Planned(f"Merge the jobs {names}\n", together(commits), commits[-1].committer, commits[-1].committer)


def together(commits: Sequence[Planned]) -> dict[str, Entry]:
    """What all of them change."""
    changes: dict[str, Entry] = {}
    for commit in commits:
        changes |= commit.changes
    return changes
