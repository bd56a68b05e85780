"""What PBS has answered (OpenPBS 12 and Torque 6, as others have kept it), and what is made of it."""

from __future__ import annotations

import datetime
import os
import subprocess
from pathlib import Path

import pytest

from burro.base.errors import UsageError
from burro.pools import pbs_answers as answers
from burro.pools.pbs import Pbs
from burro.pools.pbs_states import LETTERS, exit_meaning, meaning
from burro.pools.scheduler import Answer, Declined, NoWord, Request, Stage

PASTED = Path(__file__).parent / "pbs"


def pasted(name, code=0, err=""):
    return Answer(code, (PASTED / name).read_text(), err)


def moment(text):
    return datetime.datetime.fromisoformat(f"{text}+00:00").timestamp()


def test_one_answer_of_qstat_tells_of_all():
    waits, runs = answers.queued(pasted("qstat-f.txt"))
    assert (waits.id, waits.mark, waits.stage, waits.place) == (
        "68350.mycluster",
        "burro-whole-1",
        Stage.WAITING,
        "Q_express",
    )
    assert (waits.reason, waits.nodes, waits.ends_at) == ("Node is in an ineligible state: offline", (), None)
    assert (runs.stage, runs.nodes, runs.cpus) == (Stage.RUNNING, ("b141", "b142", "b143", "b144"), 64)
    start = moment("2013-04-20T01:36:59")
    assert (runs.starts_at, runs.ends_at, runs.reason) == (start, start + 72 * 3600, "")


def test_one_that_ended_between_two_questions_does_not_hide_the_others():
    gone = "qstat: Unknown Job Id 10000.mycluster\n"
    assert len(answers.queued(pasted("qstat-f.txt", 153, gone))) == 2
    with pytest.raises(NoWord):
        answers.queued(pasted("qstat-f.txt", 1, "qstat: something else\n"))


def test_a_job_of_torque_that_was_killed():
    [ended] = answers.remembered(pasted("torque-completed.txt"))
    assert (ended.stage, ended.dead, ended.exit, ended.nodes) == (Stage.ENDED, True, (0, 15), ("brncl-31",))
    assert (ended.reason, ended.ends_at) == ("it was killed by signal 15", moment("2017-10-20T04:30:55"))


@pytest.mark.parametrize(
    ("code", "began", "dead", "blames"),
    [
        (0, True, True, False),
        (3, True, True, False),
        (271, True, True, False),
        (-29, True, True, False),
        (-3, True, True, True),
        (-4, True, False, True),
        (-20, True, False, True),
        (None, False, True, False),
        (None, True, False, False),
    ],
)
def test_exit_codes(code, began, dead, blames):
    means = exit_meaning(code, began=began)
    assert (means.stage, means.dead, means.blames_node) == (Stage.ENDED, dead, blames)
    assert means.sentence


def test_letters():
    assert {word for word in LETTERS if meaning(word).stage.has_nodes} == {"B", "R", "S", "U", "E"}
    assert meaning("?").stage is Stage.UNKNOWN


@pytest.mark.parametrize(
    ("said", "sentence", "passing"),
    [
        ("qsub: Unknown queue", "PBS has no such queue", False),
        ("qsub: would exceed queue generic's per-user limit of jobs in 'Q' state", "PBS says: would exceed", True),
        ("qsub: Job violates queue and/or server resource limits", "the queue does not give so much", False),
        ("qsub: Job exceeds queue resource limits MSG=cannot satisfy queue max walltime", "the queue does not", False),
        ("qsub: Maximum number of jobs already in queue MSG=total", "the queue has as many jobs", True),
        ("qsub: Unauthorized Request ", "you may not use that", False),
        ("qsub: Something that nobody knows", "qsub says: Something that nobody knows", False),
    ],
)
def test_a_refusal_is_one_sentence(said, sentence, passing):
    with pytest.raises(Declined) as no:
        answers.submitted(Answer(1, "", said))
    assert (str(no.value).startswith(sentence), no.value.passing) == (True, passing)


def test_who_is_away_has_perhaps_heard_it():
    away = "Connection refused\nqsub: cannot connect to server mycluster (errno=15010)\n"
    for read in (answers.submitted, answers.queued, answers.cancelled):
        with pytest.raises(NoWord, match="the server of PBS cannot be reached"):
            read(Answer(1, "", away))
    assert answers.remembered(Answer(1, "<Data><Job/></Data>", away)) == []
    answers.cancelled(Answer(35, "", "qdel: Job has finished 12.mycluster\n"))
    assert answers.submitted(Answer(0, "Welcome\n1234.mycluster\n")) == "1234.mycluster"


def test_nodes():
    [one] = answers.nodes(pasted("pbsnodes.txt"))
    assert (one.nodes, one.cpus, one.is_up) == (2, 16, True)


@pytest.mark.parametrize("option", ["-N x", "-J 1-3", "-l walltime=60", "-l select=1,walltime=60", "-o x", "select=1"])
def test_options_that_burro_sets_are_refused(option):
    with pytest.raises(UsageError):
        Pbs().check_options([option])


def test_the_script():
    request = Request(mark="m", command=("x",), log="/q/%j.log", time=600.0, options=("-l select=1:ncpus=4",))
    text = Pbs().script(request)
    assert {"#PBS -l walltime=600", "#PBS -l select=1:ncpus=4", "#PBS -r n"} <= set(text.splitlines())
    assert 'exec >>/q/"$PBS_JOBID".log' in text


def test_the_script_says_what_the_command_needs_to_know_and_keeps_what_it_prints(tmp_path):
    said = 'echo "$BURRO_ALLOCATION $BURRO_CPUS $((BURRO_WALLTIME_END - $(date +%s))) $K"; exit 3'
    request = Request(mark="m", command=("sh", "-c", said), log=f"{tmp_path}/%j.log", time=600.0, env={"K": "it's"})
    done = subprocess.run(
        ["sh"],
        input=Pbs().script(request),
        env={"PATH": os.environ["PATH"], "PBS_JOBID": "7.server", "NCPUS": "4"},
        text=True,
        check=False,
    )
    words = (tmp_path / "7.server.log").read_text().split()
    assert (done.returncode, words[:2], int(words[2]) in range(590, 601), words[3]) == (
        3,
        ["7.server", "4"],
        True,
        "it's",
    )
