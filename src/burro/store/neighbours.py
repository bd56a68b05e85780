"""Who has reserved what meets a path: looked up by the index, so that it costs the same however much is open.

A plain path stands in the store under itself, a pattern under its part that is none and its whole text. What meets
a path stands above it, below it, or is a pattern in a directory above it that begins as the path does there. Where that
is said of many that do not meet it all the same, those are looked at that end as the path does.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

from ..model.footprint import ROOT, ancestors, from_store, meet, next_part, stem, stored
from ..model.spans import beginnings, below_like, deeper, ending, endings
from .db import Database
from .scheduled import Part

Found = Generator["Holder", None, bool]  # and at the end whether that was all

_ALL = ("", "\U0010ffff")  # from which text to before which one everything sorts
_IN_VAIN = 16  # rows by which a look is found to be the wrong one


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
    above = {one for trunk in trunks for one in ancestors(trunk)}
    where = {"dataset": stored(dataset), "job": job, "paths": json.dumps(trunks), "above": json.dumps(list(above))}
    return bool(db.run("is_reserved_near", where))


def holders(db: Database, dataset: str, path: str, *, job: int) -> Iterator[Holder]:
    """Who but `job` has reserved what meets this path or pattern, some maybe twice.

    Nothing is written while they are read.
    """
    look = _Look(db, {"dataset": stored(dataset), "job": job}, path)
    yield from look.above()
    if not (yield from look.below()):
        yield from look.below_by_tail()
    places = look.patterned()
    if not (yield from look.patterns(places)):
        yield from look.patterns_by_tail(places)


class _Look:
    """One path, and the questions to the store; those that can be in vain tell whether they were answered whole."""

    def __init__(self, db: Database, where: dict[str, object], path: str) -> None:
        self._db, self._where, self._path = db, where, path
        self._whole, self._trunk = stored(path), stored(stem(path))
        self._paths = ancestors(self._trunk)

    def above(self) -> Iterator[Holder]:
        yield from self._read("reservations_above", paths=json.dumps(self._paths))

    def below(self) -> Found:
        first, before = below_like(self._trunk, self._part(self._trunk))
        return (yield from self._read("reservations_near", most=_IN_VAIN, first=first, before=before))

    def below_by_tail(self) -> Iterator[Holder]:
        part = self._part(self._trunk)
        spans = [(self._trunk, *span) for span in endings(part)]
        yield from self._read("reserved_with_tail", spans=json.dumps(spans))
        yield from self._read("reserved_deeper", spans=json.dumps(deeper(self._trunk)), ending=f"{ending(part)}/")

    def patterned(self) -> list[str]:
        """The directories above that have patterns in them."""
        asked = {"dataset": self._where["dataset"], "paths": json.dumps(self._paths)}
        found = {one for (one,) in self._db.run("has_patterns", asked)}
        return [one for one in self._paths if one in found]

    def patterns(self, places: Sequence[str]) -> Found:
        spans = json.dumps([span for one in places for span in self._heads(one)])
        return (yield from self._read("patterns_near", most=_IN_VAIN, spans=spans))

    def patterns_by_tail(self, places: Sequence[str]) -> Iterator[Holder]:
        spans = json.dumps([span for one in places for span in self._tails(one)])
        yield from self._read("reserved_with_tail", spans=spans)

    def _part(self, above: str) -> str:
        return next_part(self._whole, above)

    def _heads(self, above: str) -> Iterator[tuple[str, str, str]]:
        """Where patterns of a directory stand that begin as this does there: it, from which text, to which."""
        if above == self._whole:
            yield above, *_ALL
            return
        yield from ((above, *span) for span in beginnings(above, self._part(above)))
        if above == self._trunk:
            yield above, *below_like(above, self._part(above))

    def _tails(self, above: str) -> Iterator[tuple[str, str, str]]:
        """Likewise those that end as this does there."""
        if above == self._whole:
            yield above, *_ALL
            return
        yield from ((above, *span) for span in endings(self._part(above)))

    def _read(self, name: str, *, most: int | None = None, **values: object) -> Found:
        """What meets the path; False where that was given up since so many did not."""
        for plain, pattern, number, idx in self._db.each(name, {**self._where, **values}):
            theirs = from_store(pattern or plain)
            if meet(self._path, theirs):
                yield Holder(Part(number, idx), theirs)
            elif most is not None:
                most -= 1
                if most < 0:
                    return False
        return True
