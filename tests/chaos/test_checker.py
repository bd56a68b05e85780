"""The checker by itself: each broken promise is found in ledgers made by hand, and nothing is found in sound ones."""

from __future__ import annotations

import dataclasses

import pytest

from tests.chaos.checker import Ledgers, blind_kills, check, report
from tests.chaos.ledgers import Attempt, Journalled, Kill, Line, Store, Task, Told, Victim

KEY = (1, 0)
TOLD = Told("k", 1, 0, 10.0, 1)
WELL = Attempt(1, 1, 11.0, 12.0, "exited", 0)
LOST = Attempt(1, 1, 11.0, 12.0, "lost", None)
AGAIN = Attempt(2, 2, 13.0, 14.0, "exited", 0)
TASK = Task(1, 0, "done", 1, (WELL,))
BOTH = Kill(12.0, (Victim("keeper", 5, 0), Victim("worker", 6, 5)))


def wrote(kind, attempt, at, code=None):
    return Line(kind, 1, 0, attempt, 99, "boot", at, code)


S1, E1, S2, E2 = wrote("S", 1, 11.0), wrote("E", 1, 12.0, 0), wrote("S", 2, 13.0), wrote("E", 2, 14.0, 0)


def ledgers(task=TASK, written=(S1, E1), *, told=(TOLD,), keys=None, wrong=(), **more):
    store = Store({"k": [1]} if keys is None else keys, {} if task is None else {task.key: task}, wrong)
    return Ledgers(told=told, written=written, store=store, **more)


TWICE = Task(1, 0, "done", 2, (LOST, AGAIN))

FAILED = Attempt(1, 1, 11.0, 12.0, "exited", 7)


def behind(kind, parent, child, *, early=False):
    """A job behind another one, which ended as `parent`; the child ended as `child`, too soon if `early`."""
    ends = {"done": WELL, "failed": FAILED}
    moment = 11.5 if early else 13.0
    ran = child == "done"
    tasks = {
        (1, 0): Task(1, 0, parent, 1, (ends[parent],)),
        (2, 0): Task(2, 0, child, 1, (Attempt(1, 1, moment, 14.0, "exited", 0),) if ran else ()),
    }
    code = ends[parent].code
    lines = [S1, dataclasses.replace(E1, code=code)]
    lines += [Line("S", 2, 0, 1, 98, "boot", moment, None), Line("E", 2, 0, 1, 98, "boot", 14.0, 0)] if ran else []
    told = [dataclasses.replace(TOLD, code=code), Told("c", 1, 0, 10.0, 2, after=(kind, "k"))]
    return Ledgers(told=told, written=lines, store=Store({"k": [1], "c": [2]}, tasks, ()))


SOUND = {
    "a task that ran once": ledgers(),
    "a lost attempt and a second one": ledgers(TWICE, (S1, S2, E2), kills=[BOTH]),
    "a lost attempt that had come to its end unseen": ledgers(TWICE, (S1, E1, S2, E2), kills=[BOTH]),
    "a submission that nobody was told of": ledgers(told=[dataclasses.replace(TOLD, job=None)]),
    "a cancelled task": ledgers(
        Task(1, 0, "cancelled", 0, ()), (), told=[dataclasses.replace(TOLD, cancel=True, cancelled=10.5)]
    ),
    "a failure that was tried again": ledgers(
        Task(1, 0, "done", 2, (FAILED, AGAIN)),
        (S1, dataclasses.replace(E1, code=7), S2, E2),
        told=[dataclasses.replace(TOLD, retries=1)],
    ),
    "what was skipped since its parent failed": behind("afterok", "failed", "skipped"),
    "what ran since its parent failed": behind("afternotok", "failed", "done"),
    "what was printed": ledgers(printed={KEY: "1.0 1\n"}),
    "an end in the journal": ledgers(journalled=[Journalled(1, 0, 1, "exited", 0)]),
}

BROKEN = {
    "submission lost": ledgers(None, (), keys={}),
    "submitted twice": ledgers(keys={"k": [1, 2]}),
    "tasks lost": ledgers(told=[dataclasses.replace(TOLD, tasks=2)]),
    "submitted by nobody": ledgers(keys={"k": [1], "other": [2]}),
    "never ended": ledgers(Task(1, 0, "running", 1, (WELL,))),
    "wrong end": ledgers(Task(1, 0, "failed", 1, (WELL,))),
    "ran though cancelled": ledgers(told=[dataclasses.replace(TOLD, cancel=True, cancelled=10.5)]),
    "recorded twice": ledgers(Task(1, 0, "done", 2, (WELL, AGAIN)), (S1, E1, S2, E2)),
    "recorded wrongly": ledgers(Task(1, 0, "done", 2, (WELL,))),
    "started too early": behind("afterok", "done", "done", early=True),
    "gave up early": ledgers(
        Task(1, 0, "failed", 1, (FAILED,)),
        (S1, dataclasses.replace(E1, code=7)),
        told=[dataclasses.replace(TOLD, retries=1, code=7)],
    ),
    "left open": ledgers(Task(1, 0, "done", 1, (Attempt(1, 1, 11.0, None, None, None),))),
    "ran again": ledgers(Task(1, 0, "done", 2, (WELL, AGAIN)), (S1, E1, S2, E2)),
    "started twice": ledgers(written=(S1, E1, S1, E1)),
    "side by side": ledgers(Task(1, 0, "done", 2, (LOST, AGAIN)), (S1, S2, E1, E2), kills=[BOTH]),
    "unrecorded": ledgers(written=(S1, E1, S2, E2)),
    "invented end": ledgers(written=(S1,)),
    "ran unasked": ledgers(written=(S1, E1, Line("S", 7, 0, 1, 9, "boot", 1.0, None))),
    "forgotten end": ledgers(journalled=[Journalled(1, 0, 1, "exited", 7)]),
    "lost too many": ledgers(TWICE, (S1, S2, E2)),
    "unsound store": ledgers(wrong=("check_counts: (1,)",)),
    "left over": ledgers(left=["17: sleep 300"]),
    "output lost": ledgers(printed={KEY: None}),
    "shown otherwise": ledgers(shown={KEY: "running"}),
}


@pytest.mark.parametrize("story", SOUND)
def test_nothing_is_found_in(story):
    assert check(SOUND[story]) == []


@pytest.mark.parametrize("rule", BROKEN)
def test_it_finds(rule):
    assert rule in {violation.rule for violation in check(BROKEN[rule])}


@pytest.mark.parametrize(
    ("written", "attempts"),
    [
        ((S1, wrote("S", 2, 11.5), E2), (LOST, AGAIN)),  # the second began before the first was known to be over
        ((S1, S2, wrote("O", 2, 13.0, 1), E2), (LOST, AGAIN)),  # the second met the first
        ((S1, S2, E2), (dataclasses.replace(LOST, ended=None, outcome=None), AGAIN)),  # nobody knows of its end
    ],
)
def test_two_attempts_side_by_side_are_found_however_it_shows(written, attempts):
    found = check(ledgers(Task(1, 0, "done", 2, attempts), written, kills=[BOTH]))
    assert "side by side" in {violation.rule for violation in found}


SERVER = Victim("server", 3, 0)
KEEPER, HEIR = Victim("keeper", 5, 0), Victim("keeper", 6, 0, heir=True)
WORKER, NEXT = Victim("worker", 6, 5), Victim("worker", 7, 5)


@pytest.mark.parametrize(
    ("kills", "blind"),
    [
        ([(SERVER,)], 0),
        ([(WORKER,)], 0),
        ([(KEEPER,)], 0),
        ([(SERVER, WORKER)], 0),
        ([(KEEPER, WORKER)], 1),
        ([(WORKER,), (KEEPER,)], 1),  # the keeper had adopted
        ([(HEIR,)], 1),  # it had tasks of its own
        ([(KEEPER,), (WORKER,)], 1),  # before it could take its keeper's place
        ([(Victim("worker", 6, 0),)], 1),
        ([(WORKER,), (NEXT,)], 0),
    ],
)
def test_a_kill_is_blind_if_nobody_is_left_who_sees_the_ends(kills, blind):
    assert len(blind_kills([Kill(float(at), victims) for at, victims in enumerate(kills)])) == blind


def test_the_report_says_what_happened_to_the_task_and_how_to_see_it_again():
    told = ledgers(TWICE, (S1, S2, E2))
    text = report(told, check(told), seed=17)
    assert "make chaos SEEDS=1 FIRST=17" in text
    assert text.index("submitted as k") < text.index("attempt 1 started") < text.index("attempt 2 started")
    assert "lost too many" in text
