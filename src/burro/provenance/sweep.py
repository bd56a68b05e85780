"""A sweep: names with their values, and every combination of these. `k=1..100`, `rate=0.1,0.2`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from ..base.errors import UsageError

_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)(?:\.\.(\d+))?")
_RESERVED = frozenset({"i", "inputs", "outputs", "pwd", "dspath", "tmpdir"})
_MOST = 1_000_000


def combinations(sweeps: Sequence[str]) -> Iterator[dict[str, str]]:
    """One mapping for each combination, the last name changing first; one that is empty where nothing is swept.

    Raises UsageError for what is no sweep.
    """
    named = dict(_values(text) for text in sweeps)
    if len(named) < len(sweeps):
        raise UsageError("a name is swept twice; give each --sweep a name of its own")
    count = 1
    for values in named.values():
        count *= len(values)
    if count > _MOST:
        raise UsageError(
            f"that sweep has {count:,} combinations, and at most {_MOST:,} are scheduled at once; divide it"
        )
    for one in product(*named.values()):
        yield dict(zip(named, one, strict=True))


def _values(text: str) -> tuple[str, Sequence[str]]:
    name, equals, given = text.partition("=")
    if not equals or not name.isidentifier() or name in _RESERVED or not given:
        raise UsageError(f"'{text}' is no sweep; write --sweep k=1..100, or --sweep rate=0.1,0.2")
    found = _RANGE.fullmatch(given)
    if not found:
        return name, given.split(",")
    first, last, step = int(found[1]), int(found[2]), int(found[3] or 1)
    if step == 0 or last < first or (last - first) // step >= _MOST:
        raise UsageError(f"'{text}' is no sweep: it goes from the lower to the higher, and step by step")
    return name, [str(number) for number in range(first, last + 1, step)]
