"""What a real Grid Engine has answered (8.1.9), and what is made of it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from burro.base.errors import UsageError
from burro.pools import gridengine_answers as answers
from burro.pools.gridengine import GridEngine
from burro.pools.gridengine_states import meaning
from burro.pools.scheduler import Answer, Declined, NoWord, Request, Stage

PASTED = Path(__file__).parent / "gridengine"
AWAY = """error: commlib error: got select error (Connection refused)
Unable to run job: unable to send message to qmaster using port 26444 on host "vm": got send error
Exiting.
"""


def pasted(name):
    return Answer(0, (PASTED / name).read_text())


def moment(text):
    return datetime.datetime.fromisoformat(f"{text}+00:00").timestamp()


def test_one_answer_of_qstat_tells_of_all():
    runs, waits = answers.queued(pasted("qstat.xml"))
    start = moment("2026-11-25T22:20:57")
    assert (runs.id, runs.mark, runs.stage, runs.nodes, runs.place) == (
        "1",
        "burro-whole-1",
        Stage.RUNNING,
        ("vm",),
        "all.q",
    )
    assert (runs.cpus, runs.starts_at, runs.ends_at) == (8, start, start + 100)
    assert (waits.stage, waits.nodes, waits.starts_at, waits.ends_at) == (Stage.WAITING, (), None, None)
    assert waits.asked_at == moment("2026-11-25T22:21:00")


def test_of_what_was_put_back_the_last_record_counts():
    [ended] = answers.remembered(pasted("qacct.txt"))
    assert (ended.id, ended.mark, ended.stage, ended.exit) == ("13", "burro-whole-1", Stage.ENDED, (137, 0))
    assert (ended.dead, ended.ends_at) == (True, moment("2026-11-25T22:26:50"))


@pytest.mark.parametrize("text", ["error: job id 8 not found", "cell/common/accounting: No such file or directory"])
def test_what_the_accounting_does_not_know_proves_nothing(text):
    assert answers.remembered(Answer(1, "", text)) == []


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("qw", Stage.WAITING),
        ("hqw", Stage.WAITING),
        ("Eqw", Stage.WAITING),
        ("Rq", Stage.WAITING),
        ("t", Stage.STARTING),
        ("r", Stage.RUNNING),
        ("Rr", Stage.RUNNING),
        ("hr", Stage.RUNNING),
        ("s", Stage.STOPPED),
        ("tS", Stage.STOPPED),
        ("T", Stage.STOPPED),
        ("dr", Stage.ENDING),
        ("dRs", Stage.ENDING),
        ("", Stage.UNKNOWN),
        ("?", Stage.UNKNOWN),
    ],
)
def test_letters(word, stage):
    assert (meaning(word).stage, meaning(word).dead) == (stage, False)


def test_who_is_away_has_perhaps_heard_it():
    for read in (answers.submitted, answers.queued, answers.cancelled):
        with pytest.raises(NoWord, match="the master of Grid Engine cannot be reached"):
            read(Answer(1, "", AWAY))
    with pytest.raises(NoWord, match="printed no XML"):
        answers.queued(Answer(0, "Welcome\n"))


def test_the_id_stands_behind_what_a_site_says():
    assert answers.submitted(Answer(0, "Welcome to the cluster\n42\n")) == "42"


@pytest.mark.parametrize(
    ("said", "passing"),
    [
        ("Unable to run job: job rejected: Only 5 jobs are allowed per user (current job count: 5)\nExiting.", True),
        ("Unable to run job: denied: host is no submit host\nExiting.", False),
    ],
)
def test_a_refusal_is_certain(said, passing):
    with pytest.raises(Declined) as no:
        answers.submitted(Answer(1, "", said))
    assert no.value.passing is passing


def test_what_has_ended_already_is_no_trouble_to_cancel():
    answers.cancelled(Answer(1, 'root has registered the job 1 for deletion\ndenied: job "77" does not exist\n'))


@pytest.mark.parametrize("option", ["-N x", "-t 1-3", "-l h_rt=60", "-l mem=1G,h_rt=60", "-o x", "pe smp 2", "-sync y"])
def test_options_that_burro_sets_are_refused(option):
    with pytest.raises(UsageError):
        GridEngine().check_options([option])


def test_the_script_has_its_limits_and_the_options():
    request = Request(mark="burro-a-1", command=("x",), log="/q/%j.log", time=600.0, options=("-pe smp 4",))
    lines = GridEngine().script(request).splitlines()
    assert {"#$ -l h_rt=600", "#$ -l s_rt=420", "#$ -pe smp 4", "#$ -o /q/$JOB_ID.log", "#$ -notify"} <= set(lines)
    with pytest.raises(UsageError, match="set nodes = 1"):
        GridEngine().script(Request(mark="m", command=("x",), log="/q/%j.log", nodes=2))
