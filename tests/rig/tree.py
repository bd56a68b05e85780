"""Who descends from a process."""

from __future__ import annotations

from collections import defaultdict

from tests.crew import parent_of, pids


def descendants(root: int) -> list[int]:
    """Children, their children and so on, nearest first."""
    children = defaultdict(list)
    for pid in pids():
        children[parent_of(pid)].append(pid)
    found = children[root]
    for pid in found:  # grows as it is walked
        found += children[pid]
    return found
