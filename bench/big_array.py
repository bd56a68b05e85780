"""An array of a million: how long its submit takes, what it takes on disk, and how long `status` takes beside it."""

from __future__ import annotations

from pathlib import Path

from figures import Figure, Report
from yard import Yard, seconds

COUNT, QUICK = 1_000_000, 100_000
_RUNS = 5


def measure(*, quick: bool) -> Report:
    """Submit it held, ask for the status, go down, look at the files."""
    count = QUICK if quick else COUNT
    with Yard(2) as yard:
        submit = yard.command("submit", "-a", f"0-{count - 1}", "--hold", "true")
        before = _size(yard.queue)
        wall = seconds(submit, yard.work)
        grown = (_size(yard.queue) - before) / count
        status = min(seconds(yard.command("status"), yard.work) for _ in range(_RUNS))
        yard.down()
        bytes_each = (_size(yard.queue) - before) / count
    return Report(
        "array",
        [
            Figure(f"submit -a 0-{count - 1}", wall, "s", most=4.0 * count / COUNT),
            Figure("store a task, after down", bytes_each, "bytes", most=150, beside=f"{grown:.0f} while it is up"),
            Figure("status beside it", status, "s", most=0.3),
        ],
    )


def _size(queue: Path) -> int:
    """Bytes of the store with its write-ahead log."""
    return sum(path.stat().st_size for path in queue.glob("burro.db*"))
