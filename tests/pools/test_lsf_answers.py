"""What LSF answers by its manual (10.1), with values that others have kept, and what is made of it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from burro.base.errors import UsageError
from burro.pools import lsf_answers as answers
from burro.pools.lsf import Lsf
from burro.pools.scheduler import Answer, Declined, NoWord, Request, Stage

PASTED = Path(__file__).parent / "lsf"


def moment(text):
    return datetime.datetime.fromisoformat(f"{text}+00:00").timestamp()


@pytest.fixture
def sights():
    found = answers.queued(Answer(0, (PASTED / "bjobs.txt").read_text()))
    return {sight.mark: sight for sight in found}


def test_one_answer_of_bjobs_tells_of_all(sights):
    runs, waits = sights["burro-whole-3"], sights["burro-whole-2"]
    assert (runs.id, runs.stage, runs.nodes, runs.cpus) == ("764254593", Stage.RUNNING, ("lxbsu2710",), 16)
    assert (runs.starts_at, runs.ends_at) == (moment("2026-02-02T07:39:00"), moment("2026-02-02T07:40:00"))
    assert (waits.stage, waits.reason) == (Stage.WAITING, "New job is waiting for scheduling;")
    assert waits.asked_at == moment("2026-02-02T01:46:10")
    assert len(sights) == 6


def test_ends(sights):
    limit, done, forced = (sights[f"burro-whole-{number}"] for number in (1, 4, 6))
    assert (limit.stage, limit.reason, limit.exit, limit.dead) == (Stage.ENDED, "its walltime was over", (140, 0), True)
    assert (done.reason, done.dead, done.nodes) == ("it ended by itself", True, ("p05496706j68144",))
    assert (forced.stage, forced.dead) == (Stage.ENDED, False)
    assert sights["burro-whole-5"].stage is Stage.UNKNOWN


def test_nobody_is_no_error():
    assert answers.queued(Answer(255, "", "No unfinished job found\n")) == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("nope: No such queue. Job not submitted.", "LSF has no queue 'nope'; see: bqueues"),
        ("User cannot use the queue. Job not submitted.", "you may not use that queue"),
        ("Too many processors requested. Job not submitted.", "the queue does not give so many slots"),
        ('Error near "select" : duplicate section. Job not submitted.', 'bsub says: Error near "select"'),
    ],
)
def test_a_refusal_is_one_sentence(said, sentence):
    with pytest.raises(Declined) as no:
        answers.submitted(Answer(255, "", said))
    assert (str(no.value).startswith(sentence), no.value.passing) == (True, False)


def test_who_is_away_has_perhaps_heard_it():
    away = "batch daemon not responding ... still trying\n"
    for read in (answers.submitted, answers.queued, answers.cancelled):
        with pytest.raises(NoWord, match="the master of LSF cannot be reached"):
            read(Answer(255, "", away))
    answers.cancelled(Answer(255, "Job <1> is being terminated\n", "Job <2>: Job has already finished\n"))
    assert answers.submitted(Answer(0, "Job <764254593> is submitted to queue <test>.\n")) == "764254593"


def test_hosts():
    [one] = answers.hosts(Answer(0, (PASTED / "bhosts.txt").read_text()))
    assert (one.nodes, one.cpus, one.is_up) == (2, 16, True)


def test_the_script_and_its_options():
    request = Request(mark="m", command=("x",), log="/q/%j.log", time=600.0, options=("-n 16", "-q long"))
    lines = Lsf().script(request).splitlines()
    assert {'#BSUB -o "/q/%J.log"', "#BSUB -W 10", "#BSUB -wt 3", "#BSUB -n 16", "#BSUB -q long"} <= set(lines)
    for option in ("-J x", "-W 10", "-o x", "-K", "n 3"):
        with pytest.raises(UsageError):
            Lsf().check_options([option])
