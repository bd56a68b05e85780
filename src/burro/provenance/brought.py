"""Where inputs lie at a machine that does not have the repository, and for how long: a month after they were needed.

A file's time of access tells when that was: each call that needs it touches it, before it is decided what has to be
copied. So what an open job needs is no older than its submission. Tasks make links to files, which stay to them.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import tempfile
from collections.abc import Iterable
from datetime import datetime

from ..base.clock import now
from ..base.paths import host
from ..pools import machine
from .dataset import Dataset
from .reach import Reach, Row

_ALL = "~/.cache/burro/inputs"  # there
_DAY = 86400.0
_KEPT = 30  # days that a file stays which nobody needs
_FORGOTTEN = 365  # days that those of other repositories and queues stay, of which we know nothing
_SLACK = 1  # days between the touching of a file and the submission that is behind it
_TOUCH = 'find "$@" -type f -exec touch -a -c {} +'


def place_of(dataset: Dataset, reach: Reach) -> str:
    """The directory there for inputs of this repository: the newest of each, as they were when a job was scheduled."""
    text = f"{host()}:{os.path.realpath(reach.queue)}:{dataset.root}"
    return f"{_ALL}/{hashlib.sha256(os.fsencode(text)).hexdigest()[:16]}"


def refresh(dataset: Dataset, paths: Iterable[str], row: Row, reach: Reach) -> None:
    """What is there of these is needed now; once a day what nobody needs any more goes. Raises Failed."""
    place = place_of(dataset, reach)
    stamp = _stamp(dataset, f"{row['host']}:{place}")
    script = f"cd {machine.quoted(place)} 2>/dev/null || exit 0; xargs -0 sh -c {shlex.quote(_TOUCH)} sh"
    is_due = not os.path.exists(stamp) or os.stat(stamp).st_mtime < now() - _DAY
    if is_due:
        script += f"; {_sweep(days_kept(reach))}"
    with tempfile.TemporaryFile() as given:
        given.write(b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths))
        given.seek(0)
        machine.run(row["host"], script, env=reach.environment(row), hear=_ignore, given=given)
    if is_due:
        os.makedirs(os.path.dirname(stamp), exist_ok=True)
        with open(stamp, "w", encoding="ascii"):
            os.utime(stamp)


def _ignore(_line: str) -> None:
    """What cannot be touched or removed there is no reason not to schedule."""


def _stamp(dataset: Dataset, place: str) -> str:
    """The file whose time tells when that was swept last."""
    name = hashlib.sha256(os.fsencode(place)).hexdigest()[:16]
    return os.path.join(dataset.git.directory, "burro", f"swept-{name}")


def days_kept(reach: Reach) -> int:
    """How old a file has to be that goes: older than all that any job needs which has not ended."""
    oldest = reach.ask("status", states="live", all=True, most=1)["jobs"]
    waits = max((now() - datetime.fromisoformat(row["submitted"]).timestamp() for row in oldest), default=0.0)
    return max(_KEPT, int(waits / _DAY) + 1 + _SLACK)


def _sweep(days: int) -> str:
    return (
        f"find . -type f -atime +{days} -delete; find .. -mindepth 2 -type f -atime +{max(_FORGOTTEN, days)} -delete; "
        f"find .. -mindepth 1 -type d -empty -mtime +{_SLACK} -delete"
    )
