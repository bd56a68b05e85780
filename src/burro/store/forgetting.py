"""Final jobs are forgotten at once; their rows are swept up bit by bit, if need be by a later server."""

from __future__ import annotations

from ..base.failpoint import hit
from .db import Database
from .jobs import Columns

Mark = tuple[float, int]  # when a job ended, and its number: a place in the order of ends
START: Mark = (0.0, 0)
_MOST = 2000  # rows of one kind that are swept up together


def final(db: Database, *, behind: Mark, before: float, most: int) -> list[Columns]:
    """Final jobs that ended up to `before` (seconds since 1970), in the order of their ends, from behind a mark."""
    return db.dicts("final_jobs", {"ended": behind[0], "id": behind[1], "before": before, "most": most})


def needed_by(db: Database, job: int) -> int | None:
    """A live job that depends on this one; None where there is none."""
    for (child,) in db.run("needed_by", {"parent": job}):
        return int(child)
    return None


def forget(db: Database, job: int) -> bool:
    """Forget a final job: from now on there is none of that number. False where it is not final.

    Nobody may depend on it but final jobs: if they are asked for again they do not wait for it.
    """
    children = [child for (child,) in db.run("final_children", {"parent": job})]
    if not db.run("forget_job", {"id": job}):
        return False
    if children:
        db.run("drop_parent", {"parent": job})
    for child in children:
        db.run("count_dependencies", {"job": child})
    db.run("drop_far_outputs", {"job": job})
    db.run("add_leftover", {"job": job})
    return True


def sweep(db: Database) -> bool:
    """Remove some rows of a forgotten job; whether there was anything to do."""
    for (job,) in db.run("leftovers", {"most": 1}):
        hit("clean.in_slice")
        _sweep(db, job)
        return True
    return False


def _sweep(db: Database, job: int) -> None:
    """Tasks go before their attempts: a finished task without its attempt would look like a loss."""
    for (bound,) in db.run("leftover_bound", {"job": job, "most": _MOST}):
        db.run("sweep_tasks", {"job": job, "bound": bound})
        db.run("sweep_attempts", {"job": job, "bound": bound})
        db.run("sweep_lines", {"job": job, "bound": bound})
        db.run("sweep_handed", {"job": job, "bound": bound})
        return
    for name in ("sweep_tasks", "sweep_attempts", "sweep_lines", "sweep_handed"):
        db.run(name, {"job": job, "bound": 2**62})
    db.run("sweep_events", {"job": job, "most": _MOST})
    if db.changed() < _MOST:
        db.run("drop_leftover", {"job": job})


def sweep_events(db: Database, *, before: float) -> bool:
    """Remove some old events that belong to no job; whether there were any."""
    db.run("sweep_old_events", {"before": before, "most": _MOST})
    return db.changed() > 0


def is_known(db: Database, job: int) -> bool:
    """Whether there is a job of this number."""
    return bool(db.run("job_exists", {"id": job})[0][0])
