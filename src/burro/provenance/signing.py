"""Commits with a signature, for users who want all of theirs signed: a stream cannot make any."""

from __future__ import annotations

import os
from collections.abc import Sequence

from .git import Git


def signed(git: Git, commits: Sequence[str]) -> list[str]:
    """The same commits, made anew one by one and signed; each has the new ones as its parents."""
    new: dict[str, str] = {}
    for commit in commits:
        head, _, message = git.run("cat-file", "commit", commit).partition(b"\n\n")
        fields = [line.split(" ", 1) for line in os.fsdecode(head).splitlines()]
        (tree,) = (value for name, value in fields if name == "tree")
        parents = [new.get(value, value) for name, value in fields if name == "parent"]
        env: dict[str, str] = {}
        for role in ("author", "committer"):
            (value,) = (value for name, value in fields if name == role)
            env |= _person(role.upper(), value)
        words = [word for parent in parents for word in ("-p", parent)]
        new[commit] = git.run("commit-tree", "-S", tree, *words, given=message, env=env).decode().strip()
    return [new[commit] for commit in commits]


def _person(role: str, value: str) -> dict[str, str]:
    name, _, rest = value.partition(" <")
    mail, _, when = rest.partition("> ")
    return {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": mail, f"GIT_{role}_DATE": f"@{when}"}
