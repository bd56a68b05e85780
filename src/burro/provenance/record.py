"""The record in a commit's message that tells how its files were made, in every form that is found in histories."""

from __future__ import annotations

import json
import lzma
import posixpath
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..base.errors import Failed

KEY = "burro"  # our one entry among those of DataLad
PART = "subdataset"  # in that: where the repository of this commit lies in the one that the record is of
BELOW = "=== Do not change lines below ==="
ABOVE = "^^^ Do not change lines above ^^^"
SIDECARS = ".datalad/runinfo"

# How the first line begins -> what it is. The pairs are what datalad-slurm wrote before it had a version.
TAGS = {
    "[DATALAD RUNCMD] ": "run",
    "[DATALAD SLURM RUN] ": "slurm",
    "[DATALAD SCHEDULE] ": "schedule",
    "[DATALAD RESCHEDULE] ": "reschedule",
    "[DATALAD FINISH] ": "finish",
}

_RECORD = re.compile(rf"(.*){re.escape(BELOW)}\n(.*)\n{re.escape(ABOVE)}", re.DOTALL)
_TITLE = re.compile(r"^ ?(?:Slurm|Submitted batch|Processed batch) job (\d+): ([^\n]*)\n?", re.MULTILINE)
_OF_SLURM = ("slurm", "schedule", "reschedule", "finish")


@dataclass(frozen=True)
class Record:
    """What a commit's message says of the command that made its files. `fields`: all that stands there, as it is."""

    kind: str  # run, slurm, schedule, reschedule or finish
    message: str
    fields: Mapping[str, Any]
    state: str = ""  # `Completed`, where the title of datalad-slurm has it

    @property
    def command(self) -> str:
        """A command line of the shell; one that is recorded as words is quoted."""
        given = self.fields["cmd"]
        return given if isinstance(given, str) else _quoted(given)

    @property
    def ours(self) -> Mapping[str, Any]:
        """The entries that burro added; empty for others' records."""
        found = self.fields.get(KEY)
        return found if isinstance(found, dict) else {}

    @property
    def name(self) -> str:
        """The job: `17.3`, or the id that Slurm gave it; empty where the record knows none."""
        known = self.ours.get("job") or self.fields.get("slurm_job_id") or self.fields.get("incomplete_job_number")
        return str(known) if known else ""

    @property
    def is_announcement(self) -> bool:
        """It tells that a job was scheduled; what that has made is in another commit, if anywhere."""
        return self.kind in ("schedule", "reschedule")

    @property
    def succeeded(self) -> bool:
        """The command did what it should, as far as the record tells."""
        if self.kind in _OF_SLURM and self.state:
            return self.state in {"Completed", "Pending"}
        return not self.fields.get("exit") and self.ours.get("state", "done") == "done"

    @property
    def directory(self) -> str:
        """Where the command runs, relative to the root."""
        return str(self.fields.get("pwd") or ".")

    @property
    def dataset(self) -> str:
        """DataLad's id of the dataset it was made in."""
        return str(self.fields.get("dsid") or "")

    @property
    def chain(self) -> tuple[str, ...]:
        """The commits that it repeats, oldest first."""
        return self._texts("chain")

    @property
    def inputs(self) -> tuple[str, ...]:
        """As declared, relative to `directory`."""
        return self._texts("inputs")

    @property
    def outputs(self) -> tuple[str, ...]:
        """As declared, relative to `directory`, without the logs; datalad-slurm has them relative to the root."""
        if self.kind not in _OF_SLURM:
            return self._texts("outputs")
        logs = set(self.logs)
        kept = (posixpath.normpath(path) for path in self._texts("outputs"))
        return tuple(posixpath.relpath(path, self.directory) for path in kept if path not in logs)

    @property
    def logs(self) -> tuple[str, ...]:
        """Relative to the root; datalad-slurm has them relative to where it was started."""
        if self.kind not in _OF_SLURM:
            return tuple(map(str, self.ours.get("logs", [])))
        named = (*self._texts("slurm_outputs"), *self._texts("slurm_run_outputs"))
        outputs = set(self._texts("outputs"))
        return tuple(
            path if path in outputs else posixpath.normpath(posixpath.join(self.directory, path)) for path in named
        )

    def _texts(self, name: str) -> tuple[str, ...]:
        found = self.fields.get(name)
        return tuple(map(str, found)) if isinstance(found, list) else ()


def read(message: str, *, sidecar: Callable[[str], bytes | None] | None = None) -> Record | None:
    """The record that a commit's message holds; None where it holds none.

    `sidecar` gives the content of a file of the commit, for the records that lie in one. Raises Failed where a record
    was begun and cannot be read.
    """
    tag = next((tag for tag in TAGS if message.startswith(tag)), None)
    found = _RECORD.match(message, len(tag)) if tag else None
    if not tag or not found:
        return None
    fields = _fields(found[2], sidecar)
    if "cmd" not in fields:
        raise Failed("the record has no command (`cmd`); was its commit message edited?")
    text, state = found[1], ""
    title = _TITLE.search(text) if TAGS[tag] != "run" else None
    if title:
        text, state = text[: title.start()] + text[title.end() :], title[2].strip()
        fields.setdefault("slurm_job_id", int(title[1]))
    return Record(TAGS[tag], text.strip(), fields, state)


def _fields(text: str, sidecar: Callable[[str], bytes | None] | None) -> dict[str, Any]:
    try:
        fields = json.loads(text)
        if isinstance(fields, str):
            fields = _unpacked(fields, sidecar)
    except (ValueError, lzma.LZMAError):
        raise Failed("the record is no JSON; was its commit message edited?") from None
    if not isinstance(fields, dict):
        raise Failed("the record holds no entries; was its commit message edited?")
    return fields


def _unpacked(name: str, sidecar: Callable[[str], bytes | None] | None) -> Any:  # noqa: ANN401 - as json.loads
    packed = sidecar(f"{SIDECARS}/{name}") if sidecar else None
    if packed is None:
        raise Failed(f"the record lies in {SIDECARS}/{name}, which is not here; get it first: datalad get {SIDECARS}")
    return json.loads(lzma.decompress(packed).decode(errors="surrogateescape").split("\n", 1)[0])


def _quoted(words: object) -> str:
    return shlex.join(map(str, words)) if isinstance(words, list) else str(words)
