"""The store against a model of it: whatever is done in whatever order, both say the same of every task."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from burro.base.errors import UsageError
from burro.model.select import parse_selector
from burro.model.spec import parse_submission
from burro.model.states import STATES
from burro.store import claims, dependencies, jobs, ripening, tasks, workers
from burro.store.claims import End
from burro.store.counts import Moves
from burro.store.db import Database
from burro.store.jobs import Span

FINAL = {"done", "failed", "cancelled", "skipped"}
CRASHES = 5  # losses that make a task fail


@dataclass
class Try:
    """An attempt, as the model has it."""

    token: int
    number: int
    worker: int
    outcome: str | None = None
    code: int | None = None


@dataclass
class Element:
    """A task, as the model has it."""

    state: str
    token: int = 0
    worker: int | None = None
    crashes: int = 0
    cancel: bool = False
    fails: int = 0
    after: float | None = None
    attempts: list[Try] = field(default_factory=list)

    def is_of(self, state, token, worker):
        return (self.state, self.token, self.worker) == (state, token, worker)

    def leave(self, state):
        self.state, self.worker = state, None


@dataclass
class Condition:
    """What a job waits for in another, as the model has it."""

    kind: str
    parent: int
    first: int = 0
    last: int = 99
    state: str = "open"


@dataclass
class Model:
    """All jobs: number -> index -> task. Written from docs/states.md, not from the code."""

    jobs: dict[int, dict[int, Element]] = field(default_factory=dict)
    requeue: dict[int, bool] = field(default_factory=dict)
    priority: dict[int, int] = field(default_factory=dict)
    conditions: dict[int, list[Condition]] = field(default_factory=dict)
    retries: dict[int, int] = field(default_factory=dict)
    begin: dict[int, float] = field(default_factory=dict)
    now: float = 0.0

    def claim(self, job, worker, count):
        given = [idx for idx, task in sorted(self.jobs[job].items()) if task.state == "ready"][:count]
        for idx in given:
            task = self.jobs[job][idx]
            task.state, task.worker, task.token = "claimed", worker, task.token + 1
        return [(idx, self.jobs[job][idx].token, len(self.jobs[job][idx].attempts) + 1) for idx in given]

    def start(self, key, worker):
        task = self.jobs[key[0]][key[1]]
        if not task.is_of("claimed", key[2], worker):
            return False
        task.state = "running"
        task.attempts.append(Try(key[2], len(task.attempts) + 1, worker))
        return True

    def finish(self, key, worker, outcome, code):
        self.start(key, worker)  # an end tells also of a start that was not reported
        task = self.jobs[key[0]][key[1]]
        if not task.is_of("running", key[2], worker):
            return False
        task.attempts[-1].outcome, task.attempts[-1].code = outcome, code
        task.crashes += outcome == "lost"
        task.leave(self._next(key[0], task, outcome, code))
        return True

    def _next(self, job, task, outcome, code):
        if outcome == "exited" and code == 0:
            return "done"
        if outcome in ("exited", "signalled", "timeout", "memory") and not task.cancel:
            task.fails += 1
            if task.fails <= self.retries.get(job, 0):
                task.after = self.now + 2.0 ** (task.fails - 1)
                return "waiting"
        if outcome == "exited":
            return "failed"
        if outcome == "cancelled" or (outcome in ("lost", "released", "signalled") and task.cancel):
            return "cancelled"
        again = outcome in ("lost", "released") and self.requeue[job] and task.crashes < CRASHES
        return "ready" if again else "failed"

    def give_back(self, key, worker):
        task = self.jobs[key[0]][key[1]]
        if not task.is_of("claimed", key[2], worker):
            return False
        task.leave("cancelled" if task.cancel else "ready")
        return True

    def within(self, span):
        return [task for idx, task in self.jobs[span.job].items() if span.first <= idx <= span.last]

    def cancel(self, span):
        final = sum(task.state in FINAL for task in self.within(span))
        waiting = [task for task in self.within(span) if task.state in ("held", "ready", "waiting")]
        asked = [task for task in self.within(span) if task.state in ("claimed", "running") and not task.cancel]
        for task in waiting:
            task.state = "cancelled"
        for task in asked:
            task.cancel = True
        return len(waiting), len(asked), final

    def hold(self, span):
        moved = [task for task in self.within(span) if task.state in ("ready", "waiting")]
        for task in moved:
            task.state, task.after = "held", None
        return len(moved)

    def release(self, span):
        moved = [task for task in self.within(span) if task.state == "held"]
        for task in moved:
            task.state = "waiting"
        return len(moved)

    def retry(self, span, states):
        moved = [task for task in self.within(span) if task.state in states]
        for task in moved:
            task.state, task.after, task.fails, task.crashes, task.cancel = "waiting", None, 0, 0, False
        if moved:
            for one in self.conditions.get(span.job, []):
                one.state = "open"
        return len(moved)

    def follow(self):
        """Whatever must come of the states there are: until nothing changes any more."""
        while sum(self._follow_in(job) for job in self.jobs):
            pass

    def _follow_in(self, job):
        conditions = self.conditions.get(job, [])
        for one in conditions:
            one.state = self._decide(one) if one.state == "open" else one.state
        whole = [one.state for one in conditions if one.kind != "aftercorr"]
        changed = False
        for idx, task in self.jobs[job].items():
            others = [self.jobs[one.parent][idx].state for one in conditions if one.kind == "aftercorr"]
            lost = "broken" in whole or any(other in FINAL - {"done"} for other in others)
            if task.state in ("held", "waiting") and lost:
                task.state, task.after, changed = "skipped", None, True
            ripe = set(whole) <= {"met"} and set(others) <= {"done"} and self.begin.get(job, 0.0) <= self.now
            if task.state == "waiting" and ripe and (task.after is None or task.after <= self.now):
                task.state, task.after, changed = "ready", None, True
        return changed

    def _decide(self, one):
        states = [task.state for task in self.within(Span(one.parent, one.first, one.last))]
        bad, left = any(s in FINAL - {"done"} for s in states), any(s not in FINAL for s in states)
        if one.kind == "afterok" and bad:
            return "broken"
        if left or one.kind == "aftercorr":
            return "open"
        return "broken" if one.kind == "afternotok" and not bad else "met"

    def line(self):
        """Jobs with ready tasks: priority first, then first come first served."""
        waiting = [job for job, found in self.jobs.items() if any(task.state == "ready" for task in found.values())]
        return sorted(waiting, key=lambda job: (-self.priority[job], job))


INDICES = st.one_of(st.none(), st.just("0-4"), st.just("2-8:3"), st.just("1,3,7"), st.just("0"))
ENDS = st.one_of(
    st.tuples(st.just("exited"), st.sampled_from([0, 1, 7])),
    st.tuples(st.just("signalled"), st.just(-9)),
    st.tuples(st.sampled_from(["timeout", "memory", "not-started", "lost", "cancelled", "released"]), st.none()),
)


class Store(RuleBasedStateMachine):
    """The real store, the model, and two workers. `given` are all claims there ever were: late reports come of them."""

    given = Bundle("given")
    keys = Bundle("keys")

    def __init__(self):
        super().__init__()
        self.db, self.moves, self.model = Database(":memory:"), Moves(), Model()
        self.now = 0.0
        facts = {"pool": "local", "host": "h", "boot": "b", "pid": 1, "cpus": 4, "mem": 2**30}
        with self.db.write():
            self.workers = [workers.sign_in(self.db, {"worker": name, **facts}, now=0.0) for name in ("one", "two")]

    def teardown(self):
        self.db.close()

    def turn(self, step):
        """One unit of work, with its counts."""
        self.now += 1.0
        with self.db.write():
            found = step()
            ripening.ripen_due(self.db, self.moves, now=self.now)
            self.moves.write(self.db, now=self.now)
            while ending := self.moves.take_ending():
                for job in ending:
                    dependencies.settle(self.db, self.moves, job, [], now=self.now)
                self.moves.write(self.db, now=self.now)
        self.model.now = self.now
        return found

    def in_model(self, step):
        """The same in the model: what follows from it comes at once."""
        found = step()
        self.model.follow()
        return found

    def add(self, options, request=None, **said):
        raw = {"argv": ["true"], "options": {**options, **said}}
        new = parse_submission(raw, {"cwd": "/", "env": {}}, queue="/q", now=self.now)
        return new, self.turn(lambda: jobs.add(self.db, new, env="e", request=request, now=self.now))

    @initialize()
    def begin(self):
        self.submit("0-2", hold=False, no_requeue=False, priority=0)

    @rule(array=INDICES, hold=st.booleans(), no_requeue=st.booleans(), priority=st.integers(-1, 1))
    def submit(self, array, hold, no_requeue, priority):
        options = {"array": array, "hold": hold, "no_requeue": no_requeue, "priority": priority}
        request = f"r{len(self.model.jobs)}"
        new, added = self.add(options, request)
        assert (added.id, added.existed) == (len(self.model.jobs) + 1, False)
        state = "held" if hold else "ready"
        self.model.jobs[added.id] = {idx: Element(state) for idx in new.indices}
        self.model.requeue[added.id], self.model.priority[added.id] = not no_requeue, priority
        assert self.add(options, request)[1].id == added.id

    @rule(
        choice=st.data(),
        kind=st.sampled_from(["afterok", "afterany", "afternotok", "aftercorr"]),
        hold=st.booleans(),
        lone_later=st.tuples(st.booleans(), st.booleans()),
    )
    def submit_behind(self, choice, kind, hold, lone_later):
        """A job of one task or two that waits for another one, or for a part of it; told so at once or by an edit."""
        lone, later = lone_later
        parent = choice.draw(st.sampled_from(sorted(self.model.jobs)))
        indices = sorted(self.model.jobs[parent])
        bounds = choice.draw(st.sampled_from([None, (indices[0], indices[-1]), (indices[-1], indices[-1])]))
        part = "" if bounds is None or kind == "aftercorr" or len(indices) == 1 else f".{bounds[0]}-{bounds[1]}"
        array = ",".join(map(str, indices)) if kind == "aftercorr" else None if lone else "0-1"
        new = parse_submission(
            {"argv": ["true"], "options": {"array": array, "hold": hold, "dependency": f"{kind}:{parent}{part}"}},
            {"cwd": "/", "env": {}},
            queue="/q",
            now=self.now,
        )

        def both():
            edges = dependencies.resolve(self.db, new.depends)
            decided = [] if later else dependencies.decide(self.db, edges)
            waits = dependencies.waits(decided)
            added = jobs.add(self.db, new, env="e", request=None, now=self.now, waits=waits)
            if later:
                dependencies.add(self.db, self.moves, added.id, edges, now=self.now)
            else:
                dependencies.begin(self.db, self.moves, added.id, decided, now=self.now)
            return added

        added = self.turn(both)
        self.model.jobs[added.id] = {idx: Element("held" if hold else "waiting") for idx in new.indices}
        self.model.requeue[added.id], self.model.priority[added.id] = True, 0
        first, last = bounds if part else (0, 99)
        self.model.conditions[added.id] = [Condition(kind, parent, first, last)]
        self.model.follow()

    @rule(retries=st.integers(0, 2), begin=st.sampled_from([None, "+1s", "+4s"]))
    def submit_patient(self, retries, begin):
        """A job whose tasks are tried again, or that starts later."""
        _, added = self.add({"array": "0-1", "retries": retries, "begin": begin})
        self.model.jobs[added.id] = {idx: Element("ready" if begin is None else "waiting") for idx in (0, 1)}
        self.model.requeue[added.id], self.model.priority[added.id] = True, 0
        self.model.retries[added.id] = retries
        self.model.begin[added.id] = 0.0 if begin is None else self.now - 1 + float(begin[1:-1])
        self.model.follow()

    @rule()
    def time_passes(self):
        self.now += 3.0
        self.turn(lambda: None)
        self.model.follow()

    @rule(
        choice=st.data(),
        states=st.sampled_from([("failed",), ("cancelled", "skipped"), ("failed", "cancelled", "skipped")]),
    )
    def retry(self, choice, states):
        span = self.span(choice)
        acted = self.turn(lambda: tasks.retry(self.db, self.moves, span, states=states, now=self.now))
        assert acted.changed == self.in_model(lambda: self.model.retry(span, states))

    @rule(target=keys, key=st.sampled_from("ab"))
    def submit_with_a_key(self, key):
        known = self.db.run("find_key", {"key": key})
        _, added = self.add({}, key=key)
        assert added.existed == bool(known)
        if not known:
            self.model.jobs[added.id] = {0: Element("ready")}
            self.model.requeue[added.id], self.model.priority[added.id] = True, 0
        return key

    @rule(key=keys)
    def submit_another_job_with_that_key(self, key):
        with pytest.raises(UsageError):
            self.add({"cpus": 2}, key=key)

    @rule(target=given, choice=st.data(), worker=st.sampled_from([0, 1]), count=st.integers(1, 4))
    def claim(self, choice, worker, count):
        job, number = choice.draw(st.sampled_from(sorted(self.model.jobs))), self.workers[worker]
        rows = self.turn(lambda: claims.claim(self.db, self.moves, job=job, worker=number, count=count))
        assert rows == self.model.claim(job, number, count)
        return multiple(*(((job, idx, token), number) for idx, token, _ in rows))

    @rule(target=given, choice=st.data(), worker=st.sampled_from([0, 1]))
    def claim_single_jobs(self, choice, worker):
        """Many jobs of one task each are claimed together, some of which have nothing ready."""
        single = [job for job, tasks in sorted(self.model.jobs.items()) if list(tasks) == [0]]
        wanted, number = (
            choice.draw(st.lists(st.sampled_from(single), unique=True)) if single else [],
            self.workers[worker],
        )
        rows = self.turn(lambda: claims.claim_each(self.db, self.moves, jobs=wanted, worker=number))
        expected = [(job, *row) for job in wanted for row in self.model.claim(job, number, 1)]
        assert rows == expected
        return multiple(*(((job, idx, token), number) for job, idx, token, _ in rows))

    @rule(claim=given)
    def start(self, claim):
        self.start_by(claim, claim[1])

    @rule(claim=given, worker=st.sampled_from([0, 1]))
    def start_as_somebody(self, claim, worker):
        self.start_by(claim, self.workers[worker])

    def start_by(self, claim, worker):
        key = claim[0]
        begun = self.turn(lambda: claims.start(self.db, self.moves, [(*key, self.now, None, None)] * 2, worker=worker))
        assert begun == ({key} if self.in_model(lambda: self.model.start(key, worker)) else set())

    @rule(claim=given, end=ENDS, believed=st.booleans())
    def finish(self, claim, end, believed):
        self.finish_by(claim, end, claim[1], believed=believed)

    @rule(said=st.lists(st.tuples(given, ENDS, st.booleans()), max_size=8), worker=st.sampled_from([0, 1]))
    def report(self, said, worker):
        """A worker says many ends at once, some of them twice, some of them not its own, in any order."""
        number = self.workers[worker]
        ends = [End(*key, outcome, code, 0.0, self.now) for (key, _), (outcome, code), _ in said]
        running = {key for (key, _), _, believed in said if believed}
        accepted = self.turn(
            lambda: claims.finish(self.db, self.moves, ends, worker=number, now=self.now, running=running)
        )
        first = {end.key: end for end in reversed(ends)}
        assert accepted == self.in_model(
            lambda: {key for key, end in first.items() if self.model.finish(key, number, end.outcome, end.code)}
        )

    @rule(claim=consumes(given), end=ENDS, worker=st.sampled_from([0, 1]))
    def start_and_finish(self, claim, end, worker):
        self.start_by(claim, claim[1])
        self.finish_by(claim, end, self.workers[worker])
        self.finish_by(claim, end, claim[1])

    def finish_by(self, claim, end, worker, *, believed=True):
        """`believed`: the server takes the task for one whose start it has recorded."""
        key, (outcome, code) = claim[0], end
        ends = [End(*key, outcome, code, 0.0, self.now)] * 2  # every message may come twice
        running = {key} if believed else set()
        accepted = self.turn(
            lambda: claims.finish(self.db, self.moves, ends, worker=worker, now=self.now, running=running)
        )
        done = self.in_model(lambda: self.model.finish(key, worker, outcome, code))
        assert accepted == ({key} if done else set())

    @precondition(lambda self: self.model.line())
    @rule(worker=st.sampled_from([0, 1]))
    def work(self, worker):
        """A worker takes all there is and starts it."""
        number = self.workers[worker]
        for job in self.model.line():
            rows = self.turn(lambda job=job: claims.claim(self.db, self.moves, job=job, worker=number, count=99))
            assert rows == self.model.claim(job, number, 99)
            for idx, token, _ in rows:
                self.start_by(((job, idx, token), number), number)

    @precondition(lambda self: self.running(0) or self.running(1))
    @rule(worker=st.sampled_from([0, 1]), outcome=st.sampled_from(["lost", "released"]))
    def be_stopped(self, worker, outcome):
        """What a worker runs ends for no fault of its own."""
        for key in self.running(worker):
            self.finish_by((key, self.workers[worker]), (outcome, None), self.workers[worker])

    @precondition(lambda self: self.running(0) or self.running(1))
    @rule(worker=st.sampled_from([0, 1]), end=ENDS)
    def report_late(self, worker, end):
        """The ends of attempts that were given up, after the same worker began the next ones."""
        for job, idx, token in self.running(worker):
            self.finish_by(((job, idx, token - 1), self.workers[worker]), end, self.workers[worker])

    def running(self, worker):
        return [
            (job, idx, task.token)
            for job, found in self.model.jobs.items()
            for idx, task in found.items()
            if task.is_of("running", task.token, self.workers[worker])
        ]

    @rule(claim=given)
    def give_back(self, claim):
        key, worker = claim
        released = self.turn(lambda: claims.release(self.db, self.moves, [key, key], worker=worker))
        assert released == ({key} if self.in_model(lambda: self.model.give_back(key, worker)) else set())

    @rule(choice=st.data(), worker=st.sampled_from([0, 1]))
    def worker_comes_back(self, choice, worker):
        """It holds some of what the store says it has; the rest is ready again, or lost."""
        number = self.workers[worker]
        held = [
            ((job, idx, task.token), task)
            for job, found in self.model.jobs.items()
            for idx, task in found.items()
            if task.worker == number
        ]
        holds = {key for key, _ in held if choice.draw(st.booleans())} | {(99, 0, 1)}
        stays, lost = self.turn(lambda: claims.settle(self.db, self.moves, worker=number, holds=holds))
        assert {row[:3] for row in stays} == {key for key, _ in held if key in holds}
        assert {row[:3] for row in lost} == {key for key, task in held if key not in holds and task.state == "running"}
        for key, task in held:
            if key not in holds and task.state == "claimed":
                assert self.in_model(lambda key=key: self.model.give_back(key, number))
        for row in lost:
            self.finish_by((row[:3], number), ("lost", None), number)

    def span(self, choice):
        job = choice.draw(st.sampled_from(sorted(self.model.jobs)))
        first = choice.draw(st.one_of(st.none(), st.integers(0, 8)))
        if first is None:
            return Span(job)
        return Span(job, first, choice.draw(st.integers(first, 9)), whole=False)

    @rule(choice=st.data())
    def cancel(self, choice):
        span = self.span(choice)
        acted = self.turn(lambda: tasks.cancel(self.db, self.moves, span))
        assert (acted.changed, acted.asked, acted.final) == self.in_model(lambda: self.model.cancel(span))

    @rule(choice=st.data())
    def hold(self, choice):
        span = self.span(choice)
        acted = self.turn(lambda: tasks.hold(self.db, self.moves, span))
        assert acted.changed == self.in_model(lambda: self.model.hold(span))

    @rule(choice=st.data())
    def release(self, choice):
        span = self.span(choice)
        acted = self.turn(lambda: tasks.release(self.db, self.moves, span, now=self.now))
        assert acted.changed == self.in_model(lambda: self.model.release(span))

    @invariant()
    def both_say_the_same(self):
        self.model.follow()
        for job, wanted in self.model.jobs.items():
            found, attempts = tasks.read(self.db, Span(job))
            said = {row["idx"]: (row["state"], row["token"], row["worker"], bool(row["cancel"])) for row in found}
            assert said == {idx: (one.state, one.token, one.worker, one.cancel) for idx, one in wanted.items()}
            for idx, one in wanted.items():
                shown = [(row["number"], row["outcome"], row["code"]) for row in attempts.get(idx, [])]
                assert shown == [(each.number, each.outcome, each.code) for each in one.attempts]
            counts = tasks.count(self.db, Span(job))
            assert counts == {state: sum(one.state == state for one in wanted.values()) for state in STATES}
            ended = all(one.state in FINAL for one in wanted.values())
            row = jobs.row(self.db, job)
            assert (row["ended"] is not None) == ended
            assert (row["started"] is not None) == any(one.attempts for one in wanted.values())

    @invariant()
    def the_line_is_in_order(self):
        assert [row[0] for row in self.db.run("jobs_in_line", {"most": 100})] == self.model.line()

    @invariant()
    def the_store_is_sound(self):
        assert tasks.unsound(self.db) == []


Store.TestCase.settings = settings(
    max_examples=70, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestTheStoreIsItsModel = Store.TestCase


def test_tasks_named_by_range_are_found_as_they_lie():
    db = Database(":memory:")
    new = parse_submission(
        {"argv": ["true"], "options": {"array": "0-9:3"}}, {"cwd": "/", "env": {}}, queue="/q", now=0.0
    )
    with db.write():
        jobs.add(db, new, env="e", request=None, now=0.0)
    assert jobs.find(db, [parse_selector("1.2-7")]) == [Span(1, 2, 7, whole=False)]
    assert [row["idx"] for row in tasks.read(db, Span(1, 2, 7, whole=False))[0]] == [3, 6]
