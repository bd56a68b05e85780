"""Who has reserved what meets a path: looked up by the index, so that it costs the same however much is open.

A plain path stands in the store under itself, a pattern under its part that is none and its whole text. What meets
a path stands above it, below it, or is a pattern in a directory above it that begins as the path does there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..model.footprint import ROOT, ancestors, beginnings, below_like, from_store, meet, next_part, stem, stored
from .db import Database
from .scheduled import Part


class Holder(NamedTuple):
    """Who has reserved a path or pattern that meets another."""

    part: Part
    path: str


def is_near(db: Database, dataset: str, paths: Sequence[str], *, job: int) -> bool:
    """Whether anybody but `job` has reserved something above or below some of these: mostly nobody has."""
    if not paths:
        return False
    trunks = [stored(stem(path)) for path in paths]
    if ROOT in trunks:
        return True
    directories = {trunk.rpartition("/")[0] or ROOT for trunk in trunks}  # outputs of a job mostly share them
    above = {*trunks, *(one for directory in directories for one in ancestors(directory))}
    where = {"dataset": stored(dataset), "job": job, "paths": json.dumps(trunks), "above": json.dumps(list(above))}
    return bool(db.run("is_reserved_near", where))


def holders(db: Database, dataset: str, path: str, *, job: int) -> Iterator[Holder]:
    """Who but `job` has reserved what meets this path or pattern; nothing is written while they are read."""
    trunk, whole = stored(stem(path)), stored(path)
    above = ancestors(trunk)
    where = {"dataset": stored(dataset), "job": job}
    first, before = below_like(trunk, next_part(whole, trunk))
    asked = {**where, "paths": json.dumps(above), "first": first, "before": before}
    patterned = {one for (one,) in db.run("has_patterns", {"dataset": where["dataset"], "paths": asked["paths"]})}
    spans = json.dumps([span for one in above if one in patterned for span in _spans(one, whole, trunk)])
    for name, values in (("reservations_near", asked), ("patterns_near", {**where, "spans": spans})):
        for plain, pattern, number, idx in db.each(name, values):
            theirs = from_store(pattern or plain)
            if meet(path, theirs):
                yield Holder(Part(number, idx), theirs)


def _spans(above: str, whole: str, trunk: str) -> Iterator[tuple[str, str, str]]:
    """Where patterns of the directory `above` stand that begin as a path does there: it, from which text, to which."""
    if above == whole:
        yield above, "", "\U0010ffff"
        return
    part = next_part(whole, above)
    yield from ((above, *span) for span in beginnings(above, part))
    if above == trunk:
        yield above, *below_like(above, part)
