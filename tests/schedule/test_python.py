"""Schedule, finish, reschedule and log from Python: `burro.Queue`."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import burro
from burro.base.errors import NotFound, UsageError
from burro.provenance.placeholders import expand, joined
from tests.schedule.lab import GIT, Lab


@pytest.fixture
def lab(queue):
    return Lab(queue)


@pytest.fixture
def book(lab, monkeypatch):
    """The queue as a script holds it, in the repository."""
    for name, value in (*GIT.items(), ("HOME", lab.env["HOME"]), ("PATH", lab.env["PATH"])):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(lab.path)
    with burro.Queue(lab.queue.queue) as held:
        yield held


def test_a_script_schedules_finishes_asks_who_made_it_and_makes_it_again(lab, book):
    lab.annexed("raw", "3\n1\n")
    job = book.schedule("sort {inputs} > {outputs}", inputs="raw", outputs="sorted", message="sort", cpus=1)
    assert [(one.id, one.command, one.outputs) for one in book.open_records()] == [
        ("1", "sort {inputs} > {outputs}", ("sorted",))
    ]
    (made,) = book.finish(job, wait=True, timeout=60)
    assert (made.id, made.status, made.ok, made.commit) == ("1", "ok", True, lab.git("rev-parse", "HEAD"))
    assert lab.read("sorted") == "1\n3\n"
    (origin,) = book.log("sorted")
    assert (origin.commit, origin.job, origin.message, origin.exit) == (made.commit, "1", "sort", 0)
    assert origin.attempts[0]["outcome"] == "done"

    (again,) = book.reschedule("sorted", message="again")
    assert again.result(timeout=60).ok
    (remade,) = book.finish()
    assert book.log("sorted", last=1)[0].commit == made.commit
    assert (book.log(last=1)[0].chain, book.log(last=1)[0].message) == ((made.commit,), "again")
    assert [job.id for job in book.reschedule(remade.commit)] == [3]
    assert book.finish([3], wait=True, branches=True)[0].ok
    assert book.log(branches=True, last=1)[0].branch == "burro/3"
    assert book.finish() == []


def test_many_are_scheduled_in_one_call_or_not_at_all(lab, book):
    jobs = book.schedule_many([{"command": ["touch", f"a b {k}"], "outputs": [f"a b {k}"]} for k in range(3)])
    assert [job.id for job in jobs] == [1, 2, 3]
    with pytest.raises(UsageError, match="job 2"):
        book.schedule_many([{"command": "true", "outputs": "new"}, {"command": "true", "outputs": "a b 1"}])
    reader = book.schedule("true", inputs="a b 0", outputs="read", hold=True)
    assert any("afterok:1" in note for note in reader.notes)
    book.wait(jobs, timeout=60)
    array = book.schedule("echo {i} > {outputs}", outputs="r/{i}", array=range(2), env={"A": 1}, log="%a.log")
    done = book.finish([*jobs, array], wait=True)
    assert [(one.id, one.ok) for one in done] == [("1", True), ("2", True), ("3", True), ("5.0", True), ("5.1", True)]
    assert "0.log" in lab.git("show", "--name-only", "HEAD~1")
    assert book.schedule_many([]) == []
    assert book.finish([]) == []
    (said,) = book.finish([], import_slurm_db=True)
    assert (said.status, said.text) == ("notneeded", "datalad-slurm has no open jobs in this repository")


def test_what_failed_is_open_and_is_no_exception(lab, book):
    book.schedule(["false"], outputs="x").wait(timeout=60)
    (kept,) = book.finish()
    assert (kept.status, kept.open, kept.ok, kept.commit) == ("impossible", True, False, None)
    assert "exit 1" in kept.text
    (again,) = book.reschedule(failed=True)
    again.wait(timeout=60)
    assert book.finish(failed="drop")[0].ok
    assert [job.id for job in book.reschedule(since="")] == []


def test_what_makes_no_sense_is_said_in_a_sentence(lab, book):
    for asked, why in (
        ({"outputs": "x", "output": "log"}, "log="),
        ({"outputs": "x", "shell": "true"}, "list of words"),
        ({}, "must say what it writes"),
        ({"outputs": "x", "overwrite": "perhaps"}, "replace, unlock"),
        ({"outputs": "x", "env": {"A": "1,2"}}, "comma"),
        ({"outputs": "x", "assume_ready": "yes"}, "assume_ready"),
        ({"outputs": "x", "nonsense": 1}, "nonsense"),
        ({"outputs": "/etc/x"}, "not in the repository"),
    ):
        with pytest.raises(UsageError, match=why):
            book.schedule("true", **asked)
    for wrong in ({"failed": "maybe"}, {"record_style": "own"}, {"verbose": True}):
        with pytest.raises(UsageError):
            book.finish(**wrong)
    with pytest.raises(UsageError, match="no git repository"):
        book.finish(dataset=lab.path.parent)
    with pytest.raises(NotFound):
        book.log("nothing")
    with burro.Queue("ssh://desk/q") as far, pytest.raises(UsageError, match="where the repository is"):
        far.finish()


def test_datalad_is_not_imported(lab, book):
    code = "import burro, sys; q = burro.Queue(); q.schedule('true', outputs='x', hold=True); print(q.open_records())"
    code += "; assert 'datalad' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **lab.env}, capture_output=True, text=True, check=False
    )
    assert "OpenRecord(id='1'" in done.stdout, done


def test_words_of_a_command_are_quoted_and_placeholders_in_them_work():
    values = {"inputs": ["a", "b c"], "outputs": ["o p"], "pwd": "$PWD"}
    for words, line in (
        (["cat", "{inputs}"], "cat a 'b c'"),
        (["x", "--to={outputs[0]}", "d e"], "x --to='o p' 'd e'"),
        (["x", "a b{outputs}", "{pwd}/f g"], "x 'a b''o p' \"$PWD\"'/f g'"),
        (["cat {inputs}; ls"], "cat a 'b c'; ls"),
    ):
        assert expand(joined(words), values, indexed=False) == line
