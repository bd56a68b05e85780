"""From open records of a queue to commits: which are over, what is known of each, and that it is written."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain

from ..base.errors import UsageError
from ..base.text import parse_indices
from ..model.footprint import ROOT
from ..model.states import DONE, FINAL
from .changed import changed_inputs
from .dataset import Dataset
from .ended import Ended, Result, Settings, Tried
from .finish import finish
from .git import Git
from .open_records import OPEN, Ask, Row, given_up, not_back, outputs_of, rows_of, tell_ends, texts_of
from .placeholders import paths_of
from .restoring import restored
from .snapshots import snapshots
from .titles import title_of
from .undeclared import undeclared

_TOGETHER = 200  # records that the queue is told of at once


def finished(ask: Ask, root: str, rows: Sequence[Row], settings: Settings) -> Iterator[Result]:
    """Write the records of what is over, tell the queue, and say what became of each.

    Raises UsageError where a record belongs to another repository.
    """
    by_name: dict[str, Row] = {}
    for row in rows:
        if row["dataset"] != root:
            raise UsageError(f"job {row['id']} was scheduled in {row['dataset']}; finish it there")
        if row["record"] != OPEN:
            how = f"is recorded in {row['made'][:10]}" if row["made"] else "is not to be recorded any more"
            yield Result(row["id"], "notneeded", f"{row['id']} {how}", row["made"])
        elif row["state"] not in FINAL and not given_up(row, settings):
            said = row.get("says") or f"{row['state']}; finish it later"
            yield Result(row["id"], "impossible", f"{row['id']} is {said}", closed=False)
        elif why := not_back(row, settings, root=root):
            yield Result(row["id"], "error", f"{row['id']}: {why}", closed=False)
        else:
            by_name[row["id"]] = row
    over = list(by_name.values())
    tell_ends(ask, over)
    git = Git.at(root)
    remarks = restored(git, over, settings, partial(outputs_of, git.root))
    changed = changed_inputs(Dataset(git, ROOT), over)
    ended = [ended_of(row, root, changed.get(row["id"], ())) for row in over]
    results = _told(ask, _noted(finish(root, ended, settings), changed, remarks), by_name)
    claims = chain((path for row in rows for path in outputs_of(root, row)), (log for one in ended for log in one.logs))
    done = [row for row in over if row["state"] == DONE]
    yield from _ending(results, lambda: undeclared(git, done, claims, partial(_declared, ask, root)))


def _declared(ask: Ask, root: str) -> Iterator[str]:
    """What all open records of the repository declare."""
    for row in rows_of(ask, dataset=root, brief=True):
        yield from outputs_of(root, row)


def _ending(results: Iterator[Result], remark: Callable[[], list[str]]) -> Iterator[Result]:
    """The results, the last with a remark on all of them where something was committed."""
    last, committed = None, False
    for result in results:
        if last is not None:
            yield last
        last, committed = result, committed or result.commit is not None
    if last is not None:
        yield replace(last, notes=(*last.notes, *(remark() if committed else ())))


def _noted(
    results: Iterator[Result], changed: Mapping[str, Sequence[str]], remarks: Mapping[str, Sequence[str]]
) -> Iterator[Result]:
    for result in results:
        others = changed.get(result.job, ())
        told = f"{', '.join(others)} was edited or committed anew meanwhile; nobody can tell which it read"
        note = [told] if others else []
        yield replace(result, notes=(*result.notes, *remarks.get(result.job, ()), *note))


def _told(ask: Ask, results: Iterator[Result], rows: Mapping[str, Row]) -> Iterator[Result]:
    """The queue hears of what is closed after it is in the repository, and before anybody else does."""
    waiting: list[Result] = []
    try:
        for result in results:
            waiting.append(result)
            if len(waiting) >= _TOGETHER:
                _tell(ask, waiting, rows)
                yield from waiting
                waiting = []
    finally:
        _tell(ask, waiting, rows)
    yield from waiting


def _tell(ask: Ask, results: Sequence[Result], rows: Mapping[str, Row]) -> None:
    closed = [
        {
            "job": rows[result.job]["job"],
            "task": rows[result.job]["task"],
            "finished": result.commit is not None or rows[result.job]["state"] == DONE,
            "made": result.commit,
        }
        for result in results
        if result.closed and result.job in rows
    ]
    if closed:
        ask("recorded", records=closed)


def ended_of(row: Row, root: str, changed: Sequence[str] = ()) -> Ended:
    """What the queue knows of a part of a job, as its record tells it."""
    told, attempts = texts_of(row), sorted(row.get("attempts") or [], key=_went_wrong)
    named = dict.fromkeys(path for one in attempts for path in (one["stdout"], one["stderr"]) if path)
    logs = row.get("logs") or named  # of very many patterns
    return Ended(
        job=str(row["job"]),
        task=row["task"],
        command=_repeatable(row, told),
        message=told["message"] or title_of(row, told, root),
        inputs=tuple(told["inputs"]),
        extra_inputs=tuple(told["extra_inputs"]),
        outputs=tuple(told["outputs"]),
        places=_places(told, root),
        logs=(*told.get("logs", ()), *(_from_root(path, root) for path in logs)),
        pwd=told["pwd"],
        dataset=told["dsid"],
        exit=_exit(row, attempts),
        state=row["state"],
        attempts=tuple(map(_tried, attempts)),
        pool=next((one["pool"] for one in reversed(attempts) if one["pool"]), row.get("pool") or ""),
        scheduler_id=next((one["scheduler_id"] for one in reversed(attempts) if one["scheduler_id"]), ""),
        submitted=told.get("submitted") or row.get("submitted") or "",
        submit_command=told.get("submit_command") or "",
        base=told["base"],
        chain=tuple(told["chain"]),
        alternative=told.get("alternative") or "",
        stays=row.get("stays") or {},
        stays_in=row.get("stays_in") or "",
        said=snapshots(attempts, root),
        more={**_more(row), **({"changed_inputs": list(changed)} if changed else {})},
    )


def _places(told: Row, root: str) -> tuple[str, ...]:
    """Its outputs with their placeholders filled in, where they have any."""
    if not any("{" in path or "}" in path for path in told["outputs"]):
        return ()
    return tuple(paths_of(told["outputs"], root=root, pwd=told["pwd"]))


def _went_wrong(attempt: Row) -> bool:
    """Of several tasks those that failed come last, for the last is what the job is said to have ended by."""
    return bool(attempt["task"] is not None and _outcome(attempt) != DONE)


def _more(row: Row) -> dict[str, object]:
    """The queue; and the options, so that a repetition asks for the same. A task has no array of its own."""
    options = dict(row["asked"].get("options") or {})
    if row["task"] is not None:
        options.pop("array", None)
    more = {"queue": row["queue"], **({"options": options} if options else {})}
    more |= {name: row["asked"][name] for name in ("alternative", "stay", "overwrite") if row["asked"].get(name)}
    return {**more, "command": row["asked"]["cmd"]} if "array" in options else more


def _repeatable(row: Row, told: Row) -> str:
    """A command that does all of it where no queue is: of an array with common outputs one task after another."""
    array = (told.get("options") or {}).get("array")
    if row["task"] is not None or array is None:
        return str(told["cmd"])
    indices = parse_indices(str(array).partition("%")[0])
    listed = (
        f"$(seq {indices[0]} {indices.step} {indices[-1]})"
        if isinstance(indices, range)
        else " ".join(map(str, indices))
    )
    command = shlex.quote(str(told["cmd"]).replace("{i}", "{{i}}"))
    filled = f'"$(printf %s {command} | sed "s/{{{{i}}}}/$i/g")"'
    return f"for i in {listed}; do BURRO_TASK_ID=$i sh -c {filled} || exit; done"


def _from_root(path: str, root: str) -> str:
    """Relative where it lies in the repository."""
    real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    return os.path.relpath(real, root) if real.startswith(root.rstrip("/") + "/") else path


def _exit(row: Row, attempts: Sequence[Row]) -> int | None:
    """The exit code; of several tasks that of the last that failed, where one did."""
    if row["state"] == DONE:
        return 0
    codes = [one["exit_code"] for one in attempts if one["outcome"] and one["exit_code"] != 0]
    return codes[-1] if codes else None


def _tried(attempt: Row) -> Tried:
    started, ended = attempt["started"], attempt["ended"]
    seconds = None
    if started and ended:
        seconds = round((datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds(), 3)
    return Tried(
        number=attempt["number"],
        outcome=_outcome(attempt),
        host=attempt["host"] or "",
        start=started or "",
        seconds=seconds,
        memory=attempt["max_rss"],
        cpu=attempt["cpu_time"],
        cpus=attempt["cpus"],
        gpus=attempt["gpus"] or None,
        scheduler_id=attempt["scheduler_id"] or "",
        task=attempt["task"],
    )


def _outcome(attempt: Row) -> str:
    if attempt["outcome"] == "exited":
        return f"exit {attempt['exit_code']}" if attempt["exit_code"] else DONE
    if attempt["outcome"] == "signalled":
        return f"signal {attempt['signal']}"
    return str(attempt["outcome"])
