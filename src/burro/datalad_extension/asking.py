"""What the commands share: the queue, the repository, and burro's sentences as DataLad's results."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from datalad.distribution.dataset import Dataset as DataladDataset
from datalad.distribution.dataset import require_dataset
from datalad.interface.results import get_status_dict
from datalad.support.param import Parameter

from ..api.caller import Caller
from ..api.context import context
from ..base.errors import BurroError, NotFound, UsageError
from ..base.paths import queue_dir
from ..model.footprint import ROOT
from ..provenance.dataset import Dataset
from ..provenance.git import Git
from ..provenance.reach import Reach
from ..provenance.scheduling import in_slurm, submit_all

Result = dict[str, Any]


def old(*names: str, action: str = "store_true", doc: str = "taken for the sake of old scripts") -> Parameter:
    """An option of datalad-slurm that says nothing here."""
    return Parameter(args=names, action=action, doc=doc)


class Queue:
    """The user's queue, as `burro` finds it: $BURRO_QUEUE, or their own one."""

    def __init__(self) -> None:
        self._caller = Caller(queue_dir())

    def ask(self, verb: str, **fields: object) -> dict[str, Any]:
        """The server's answer; it is started where none runs."""
        return self._caller.ask({"op": verb, **{name: value for name, value in fields.items() if value is not None}})

    @property
    def reach(self) -> Reach:
        """How its pools are known and reached."""
        return Reach(self.ask, self._caller.queue)

    def submit(self, place: Dataset, jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """All of them or none."""
        in_slurm(self.ask, jobs)
        return submit_all(self.ask, place, jobs, request=os.urandom(16).hex(), context=self.context)

    @property
    def context(self) -> dict[str, Any]:
        """Who submits, and with which environment."""
        return context()

    def wait(self, ids: Iterable[str]) -> None:
        """Until all of them have ended."""
        listed = list(ids)
        for _ in self._caller.lines({"op": "wait", "ids": listed}, timeout=None) if listed else ():
            continue


def place_of(dataset: Any, purpose: str) -> tuple[Any, Dataset]:
    """DataLad's dataset and ours. A Dataset from Python runs commands at its root, all else in the current directory."""
    ours = require_dataset(dataset, check_installed=True, purpose=purpose)
    if isinstance(dataset, DataladDataset):
        return ours, Dataset(Git.at(ours.path), ROOT)
    return ours, Dataset.at(ours.path)


def guarded(action: str, ds: Any, steps: Iterator[Result]) -> Iterator[Result]:
    """The results, and burro's trouble as one more: what makes no sense is impossible, all else an error."""
    try:
        yield from steps
    except BurroError as error:
        status = "impossible" if isinstance(error, (UsageError, NotFound)) else "error"
        yield result(action, ds, status, str(error))


def result(action: str, ds: Any, status: str, message: str, **more: object) -> Result:
    """One of DataLad's result records."""
    found: Result = get_status_dict(
        action=action, ds=ds, path=ds.path, type="dataset", status=status, message=message, **more
    )
    return found
