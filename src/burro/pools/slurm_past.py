"""What Slurm says of jobs that burro did not submit: asked at once, by their ids, for somebody who waits for it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence

from . import slurm_answers
from .scheduler import Answer, Declined, NoWord, Question, Sight, Stage
from .slurm import Slurm

_TOGETHER = 1000  # ids in one question
_FEW = 20  # that are asked for one by one
_NOT_FOUND = 127  # exit code of env(1) for a command that is not there


def looked_up(ids: Sequence[str]) -> dict[str, list[Sight]]:
    """By the ids of jobs what is known of each, of an array of every task; ids that nobody knows are left out.

    The queue is asked, for what it does not say lives the accounting, and for what neither knows the controller. Raises
    NoWord if the queue cannot be had: that proves nothing.
    """
    found: dict[str, list[Sight]] = {}
    slurm = Slurm()
    for some in _parts(ids):
        _add(found, _ask(_queue(some)))
    over = [one for one in ids if not any(sight.stage is not Stage.ENDED for sight in found.get(one, ()))]
    for some in _parts(over):
        _merge(found, _tried(slurm.past(ids=some, marks=(), since=0.0)[0]))
    unknown = [one for one in ids if one not in found]
    for way in slurm.past(ids=unknown, marks=(), since=0.0)[1:] if len(unknown) <= _FEW else ():
        _add(found, _tried(way))
    return {job: _each_once(sights) for job, sights in found.items()}


def _each_once(sights: Sequence[Sight]) -> list[Sight]:
    """Tasks of an array may stand there once more, as the array that is left of those that were not begun."""
    tasks = [sight for sight in sights if sight.id.partition("_")[2].isdecimal()]
    return [sight for sight in sights if not tasks or sight in tasks or sight.stage is not Stage.ENDED]


def _queue(ids: Sequence[str]) -> Question[list[Sight]]:
    """Of these jobs, whosever they are. Only of a single one Slurm complains that it does not know it."""
    columns = "|".join(slurm_answers.QUEUE.values())
    argv = (
        "squeue",
        "--all",
        "--array",
        "--noheader",
        "--states=all",
        f"--format={columns}",
        f"--jobs={','.join(ids)}",
    )
    return Question(("env", "SLURM_TIME_FORMAT=%s", *argv), _queued)


def _queued(answer: Answer) -> list[Sight]:
    return [] if "Invalid job id specified" in answer.err else slurm_answers.queued(answer)


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(ids), _TOGETHER):
        yield ids[first : first + _TOGETHER]


def job_of(sight: Sight) -> str:
    """`13` of a task `13_2`."""
    return sight.id.partition("_")[0]


def _add(found: dict[str, list[Sight]], sights: Sequence[Sight]) -> None:
    for sight in sights:
        found.setdefault(job_of(sight), []).append(sight)


def _merge(found: dict[str, list[Sight]], sights: Sequence[Sight]) -> None:
    """The accounting knows tasks that the controller has forgotten, and exit codes; but it lags."""
    past: dict[str, list[Sight]] = {}
    _add(past, sights)
    for job, several in past.items():
        by_id = {sight.id: sight for sight in found.get(job, ())}
        by_id |= {one.id: one for one in several if one.stage is Stage.ENDED or not by_id}
        found[job] = list(by_id.values())


def _tried(question: Question[list[Sight]]) -> list[Sight]:
    """No answer is as good as an empty one: both prove nothing."""
    try:
        return _ask(question)
    except (NoWord, Declined):
        return []


def _ask(question: Question[list[Sight]]) -> list[Sight]:
    env = Slurm.variables.without(os.environ)
    command = next(word for word in question.argv if word != "env" and "=" not in word)
    try:
        done = subprocess.run(
            question.argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=question.within, check=False
        )
    except subprocess.TimeoutExpired:
        raise NoWord(f"{command} did not end within {question.within:g} s") from None
    if done.returncode == _NOT_FOUND:
        raise NoWord(f"Slurm cannot be asked, for there is no {command} on the PATH; do it where it is")
    out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    return question.read(Answer(done.returncode, out, err))
