"""What a job is at a machine whose paths are not ours: directories, files and environment, found by rule."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

Spec = Mapping[str, Any]
STAYS = ".git/burro-stays.json"  # in a parcel: the keys of contents that stay in a clone there, by path


@dataclass(frozen=True)
class Ground:
    """Where a pool's work lies. `project`: a directory here; `root`: what it is there; `home`: of the account there.

    `queue_id`: names the directory there for files whose own place is not there; `queue_at`: the queue's address.
    """

    home: str
    root: str = "~"
    project: Optional[str] = None
    queue_id: str = ""
    queue_at: str = ""

    @property
    def top(self) -> str:
        """The directory there in which all work is."""
        if self.root == "~":
            return self.home
        return os.path.join(self.home, self.root[2:]) if self.root.startswith("~/") else self.root

    def path(self, here: str) -> str:
        """What a directory or file is there: below the project its counterpart, else the top itself."""
        return self.inside(here) or self.top

    def inside(self, here: str) -> Optional[str]:
        """The counterpart of something in the project; None for what lies elsewhere."""
        if self.project is None:
            return None
        rest = os.path.relpath(os.path.normpath(here), self.project)
        if rest == ".":
            return self.top
        return None if rest.startswith("..") else os.path.join(self.top, rest)

    def spec(self, spec: Spec) -> dict[str, Any]:
        """The spec of a job as the machine there must know it."""
        found = {
            **spec,
            "in": self._source(spec.get("in")),
            "limits": {},
            "env_base": "machine",
            "home": True,
            "queue_at": self.queue_at,
        }
        if spec.get("outputs"):
            return {**found, **self._scheduled(spec)}
        return {
            **found,
            "dir": self.path(spec["dir"]),
            "submit_dir": self.path(spec.get("submit_dir") or spec["dir"]),
            "out": self._file(spec, "out"),
            "err": self._file(spec, "err"),
        }

    def _scheduled(self, spec: Spec) -> dict[str, Any]:
        """Of a job whose outputs are recorded: it has a directory of its own there, which its worker makes."""
        outputs, away = dict(spec["outputs"]), spec["outputs"].get("away")
        outputs.pop("sees", None)
        if away:
            outputs["away"] = {**away, "parcels": os.path.join(self._state, "parcels")}
        else:
            outputs["refused"] = "its repository is not at this machine"
        files = {
            which: pattern if pattern in (None, os.devnull) else self._aside(which)
            for which, pattern in (("out", spec["out"]), ("err", spec["err"]))
        }
        return {"dir": self.home, "submit_dir": self.home, "outputs": outputs, **files}

    @property
    def _state(self) -> str:
        return os.path.join(self.home, ".local/state/burro-worker", self.queue_id)

    def _aside(self, which: str) -> str:
        return os.path.join(self._state, "outputs", f"%j-%a-%t.{which}")

    def _file(self, spec: Spec, which: str) -> Optional[str]:
        """The pattern of an output: as it is below the directory; one from the root is kept aside where it must be."""
        pattern = spec[which]
        if pattern is None or pattern == os.devnull or not os.path.isabs(pattern):
            return None if pattern is None else str(pattern)
        return self.inside(pattern) or self._aside(which)

    def _source(self, pattern: Optional[str]) -> Optional[str]:
        if pattern is None or pattern == os.devnull or not os.path.isabs(pattern):
            return pattern
        return self.inside(pattern) or pattern


def parcel_name(job: object, index: object, attempt: object) -> str:
    """What a file with all outputs of an attempt is called there, by the numbers of job, task and attempt."""
    return f"{job}-{index}-{attempt}.tar"


def named(env: Mapping[str, str], names: Optional[list[str]]) -> dict[str, str]:
    """What of the submitter's environment goes along: what was named, never all of it."""
    return {name: env[name] for name in names or () if name in env}
