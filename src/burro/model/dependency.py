"""What a job waits for: `afterok:12,afterany:13.0-9` (sbatch(1), --dependency)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..base.errors import UsageError

AFTEROK, AFTERANY, AFTERNOTOK, AFTERCORR = "afterok", "afterany", "afternotok", "aftercorr"
KINDS = (AFTEROK, AFTERANY, AFTERNOTOK, AFTERCORR)
OPEN, MET, BROKEN = "open", "met", "broken"


@dataclass(frozen=True)
class Dependency:
    """One condition: the job or the tasks that `on` names (as people type them), and what has to become of them.

    afterok: all done. afterany: all final. afternotok: all final and not all done. aftercorr: task by task, each waits
    for the one of the same index to be done.
    """

    kind: str
    on: str


def parse_dependencies(value: object) -> tuple[Dependency, ...]:
    """The conditions of `-d`: kinds with ids, ranges, tasks or names behind them; ids alone mean afterok.

    Raises UsageError for a kind that does not exist, and for Slurm's `?` (any of them) and `singleton`.
    """
    texts = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(one for text in texts for one in _parse(str(text))))


def _parse(text: str) -> Iterable[Dependency]:
    if "?" in text:
        raise UsageError(f"'{text}': all dependencies must be met, `?` for any of them is not known; write commas")
    kind = AFTEROK
    for part in text.split(","):
        words = part.strip().split(":")
        if words[0] in KINDS:
            kind, words = words[0], words[1:]
        elif words[0] == "singleton" or (len(words) > 1 and words[0].startswith("after")):
            raise UsageError(f"there is no dependency '{words[0]}'; there are: {', '.join(KINDS)}")
        if not words or not all(word.strip() for word in words):
            raise UsageError(f"the dependency '{text}' names no job; write afterok:12, or afterany:13.0-9,afterok:name")
        for word in words:
            yield Dependency(kind, word.strip())


def verdict(kind: str, *, left: int, bad: int) -> str:
    """Whether a condition on a group of tasks is open, met or broken: `left` of them are not final, `bad` not done."""
    if kind == AFTEROK and bad:
        return BROKEN
    if left:
        return OPEN
    if kind == AFTERNOTOK:
        return MET if bad else BROKEN
    return MET
