"""What Flux answers by its manual and its source (flux-core 0.78), and what is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from burro.base.errors import UsageError
from burro.pools import flux_answers as answers
from burro.pools.flux import Flux
from burro.pools.scheduler import Answer, Declined, NoWord, Request, Stage

PASTED = Path(__file__).parent / "flux"


@pytest.fixture
def sights():
    found = answers.queued(Answer(0, (PASTED / "jobs.txt").read_text()))
    return {sight.mark: sight for sight in found}


def test_one_answer_tells_of_all(sights):
    waits, runs = sights["burro-whole-1"], sights["burro-whole-2"]
    assert (waits.id, waits.stage, waits.starts_at, waits.ends_at) == ("49727668224", Stage.WAITING, None, None)
    assert (runs.stage, runs.cpus, runs.place, runs.ends_at) == (Stage.RUNNING, 16, "batch", 1664574763.614)
    assert sights["a|b"].nodes == ("node1", "node2")


def test_ends(sights):
    timeout, lost, done, cancelled = (sights[f"burro-whole-{number}"] for number in (3, 4, 5, 6))
    assert (timeout.reason, timeout.dead, timeout.exit) == ("its walltime was over", True, (142, 0))
    assert (lost.stage, lost.dead, lost.blames_node) == (Stage.ENDED, False, True)
    assert (done.reason, done.dead, done.exit, done.ends_at) == ("it ended by itself", True, (0, 0), 1664571226.0)
    assert (cancelled.dead, cancelled.exit) == (True, None)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("flux-batch: ERROR: [Errno 22] Invalid queue specified: nope", "Flux has no queue 'nope'"),
        ("flux-batch: ERROR: [Errno 22] requested duration (2h) exceeds policy limit of 1h", "Flux says: requested"),
        ("flux-batch: ERROR: [Errno 22] unsatisfiable request", "no node has what is asked for"),
        ("flux-batch: ERROR: [Errno 1] what nobody knows", "flux batch says: what nobody knows"),
    ],
)
def test_a_refusal_is_one_sentence(said, sentence):
    with pytest.raises(Declined) as no:
        answers.submitted(Answer(1, "", said))
    assert str(no.value).startswith(sentence)


def test_who_is_away_has_perhaps_heard_it():
    away = "ERROR: Unable to connect to Flux: broker socket /run/flux/local was not found\n"
    for read in (answers.submitted, answers.queued, answers.cancelled):
        with pytest.raises(NoWord, match="Flux cannot be reached"):
            read(Answer(1, "", away))
    answers.cancelled(Answer(1, "", "flux-cancel: ERROR: 12: job is inactive\n"))
    assert answers.remembered(Answer(1, "", "flux-jobs: ERROR: JobID 12 unknown\n")) == []
    assert answers.submitted(Answer(0, "54391734272\n")) == "54391734272"


def test_resources():
    [one] = answers.resources(Answer(0, "2|32|4\n1|8|0\n"))
    assert (one.nodes, one.cpus, one.gpus, one.whole) == (3, 8, 0, True)


def test_the_script_and_its_options():
    request = Request(mark="m", command=("x",), log="/q/%j.log", time=600.0, options=("--queue=batch",))
    lines = Flux().script(request).splitlines()
    assert {"# flux: --time-limit=600s", "# flux: --exclusive", "# flux: --queue=batch"} <= set(lines)
    assert "# flux: --output='/q/{{id.dec}}.log'" in lines
    for option in ("--job-name=x", "-t 5", "--output=x", "queue"):
        with pytest.raises(UsageError):
            Flux().check_options([option])
