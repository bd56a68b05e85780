"""The checker: from three ledgers that know nothing of each other to a list of violations of what burro promises.

Nothing is derived from the store alone: what was promised stands in the submitters' ledgers, what ran in the tasks'.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.chaos.ledgers import Attempt, Journalled, Kill, Line, Store, Task, Told, Victim

FINAL = {"done", "failed", "cancelled", "skipped"}
BLUR = 0.03  # seconds: a task reads its clock in steps of 10 ms, and a moment after it was started

Key = tuple[int, int]


@dataclass(frozen=True)
class Violation:
    """One broken promise; `key`: the task it is about, if it is about one."""

    rule: str
    text: str
    key: Key | None = None

    def __str__(self) -> str:
        name = f"task {self.key[0]}.{self.key[1]}: " if self.key else ""
        return f"{self.rule}: {name}{self.text}"


@dataclass(frozen=True)
class Ledgers:
    """All that the checker looks at. `left`: processes that were there in the end; `shown`: what `burro show` said.

    `printed`: what is in the output of the last attempt of a task; None: there is no such file.
    """

    told: Sequence[Told]
    written: Sequence[Line]
    store: Store
    kills: Sequence[Kill] = ()
    journalled: Iterable[Journalled] = ()
    left: Sequence[str] = ()
    shown: dict[Key, str] | None = None
    printed: dict[Key, str | None] | None = None
    slots: int = 1
    blind: int = 0  # moments besides the kills in which nobody could see an end

    lines: dict[Key, list[Line]] = field(init=False)

    def __post_init__(self) -> None:
        by_task: dict[Key, list[Line]] = defaultdict(list)
        for line in self.written:
            by_task[line.job, line.idx].append(line)
        object.__setattr__(self, "lines", by_task)


def check(ledgers: Ledgers) -> list[Violation]:
    """Every broken promise, those about tasks first."""
    found: list[Violation] = []
    asked = {job: told for told in ledgers.told for job in ledgers.store.keys.get(told.key, ())}
    for key, task in ledgers.store.tasks.items():
        lines = ledgers.lines.get(key, [])
        found += _of_states(ledgers, task, asked.get(task.job))
        found += _of_dependencies(ledgers, task, asked.get(task.job), lines)
        found += _of_cancels(task, asked.get(task.job), lines)
        found += _of_recording(task, asked.get(task.job))
        found += _of_starts(task, asked.get(task.job), lines)
        found += _of_agreement(task, lines)
    found += [Violation("ran unasked", "it wrote, but the store does not know it", key) for key in _unknown(ledgers)]
    found += _of_submissions(ledgers)
    found += _of_journals(ledgers)
    found += _of_losses(ledgers)
    found += _of_outputs(ledgers)
    found += [Violation("unsound store", text) for text in ledgers.store.wrong]
    found += [Violation("left over", text) for text in ledgers.left]
    for key, state in (ledgers.shown or {}).items():
        if key not in ledgers.store.tasks or ledgers.store.tasks[key].state != state:
            found.append(Violation("shown otherwise", f"burro show said {state}", key))
    return found


def _of_submissions(ledgers: Ledgers) -> Iterator[Violation]:
    """What was acknowledged is there as it was asked, once; what was not, at most once."""
    counts: dict[int, int] = defaultdict(int)
    for job, _ in ledgers.store.tasks:
        counts[job] += 1
    for told in ledgers.told:
        jobs = ledgers.store.keys.get(told.key, [])
        if told.job is not None and jobs != [told.job]:
            yield Violation("submission lost", f"{told.key} was acknowledged as job {told.job}; the store has {jobs}")
        if len(jobs) > 1:
            yield Violation("submitted twice", f"{told.key} is jobs {jobs}")
        for job in jobs:
            if counts[job] != told.tasks:
                yield Violation("tasks lost", f"{told.key} asked for {told.tasks} tasks; job {job} has {counts[job]}")
    for key in set(ledgers.store.keys) - {told.key for told in ledgers.told}:
        yield Violation("submitted by nobody", f"the store has {key}")


def _of_states(ledgers: Ledgers, task: Task, told: Told | None) -> Iterator[Violation]:
    """Every task is final, failed where it says so itself, skipped where what it needs came out otherwise."""
    if task.state not in FINAL:
        yield Violation("never ended", f"it is {task.state}", task.key)
        return
    if told is None or (task.state == "cancelled" and told.cancel):
        return
    if told.cancel and told.retries and task.state == "failed":
        return  # it failed by itself after somebody asked for its end: then it is not tried again
    wanted = "skipped" if _is_broken(told, _parents(ledgers, told)) else "done" if told.code == 0 else "failed"
    if task.state != wanted:
        yield Violation("wrong end", f"it exits with {told.code} and is {task.state}", task.key)


def _parents(ledgers: Ledgers, told: Told) -> list[Task]:
    """The tasks that a submission depends on."""
    jobs = ledgers.store.keys.get(told.after[1], ()) if told.after else ()
    return [task for task in ledgers.store.tasks.values() if task.job in jobs]


def _is_broken(told: Told, parents: Sequence[Task]) -> bool:
    """Whether the dependency of a submission cannot be met any more, all being final."""
    all_done = all(parent.state == "done" for parent in parents)
    return told.after is not None and {"afterok": not all_done, "afternotok": all_done}.get(told.after[0], False)


def _of_dependencies(ledgers: Ledgers, task: Task, told: Told | None, lines: Sequence[Line]) -> Iterator[Violation]:
    """Nothing starts before what it depends on has ended."""
    starts = [line.at for line in lines if line.kind == "S"]
    if told is None or told.after is None or not starts:
        return
    for parent in _parents(ledgers, told):
        for attempt in parent.attempts:
            if attempt.ended is None or attempt.ended > min(starts) + BLUR:
                yield Violation("started too early", f"attempt {attempt.number} of {parent.key} was not over", task.key)


def _of_cancels(task: Task, told: Told | None, lines: Sequence[Line]) -> Iterator[Violation]:
    """What was acknowledged as cancelled starts no more."""
    if told is not None and told.cancelled is not None:
        for line in lines:
            if line.kind == "S" and line.at > told.cancelled + BLUR:
                yield Violation("ran though cancelled", f"attempt {line.attempt} started after the answer", task.key)


def _of_recording(task: Task, told: Told | None) -> Iterator[Violation]:
    """One attempt decided the task: the last one, with the present token; each before it was lost, or to be retried."""
    ends = [attempt for attempt in task.attempts if attempt.outcome == "exited"]
    retries = told.retries if told else 0
    if len(ends) > 1 + retries or any(attempt.code == 0 for attempt in ends[:-1]):
        yield Violation("recorded twice", f"attempts {[one.number for one in ends]} all ended it", task.key)
    if task.state == "failed" and len(ends) <= retries and not (told and told.cancel):
        yield Violation("gave up early", f"it failed {len(ends)} times and was to be retried {retries} times", task.key)
    if task.state in ("done", "failed"):
        last = task.attempts[-1] if task.attempts else None
        if last is None or last.token != task.token or last.ended is None:
            yield Violation("recorded wrongly", f"no end of token {task.token} made it {task.state}", task.key)
        elif (last.outcome, last.code == 0) != ("exited", task.state == "done"):
            yield Violation("recorded wrongly", f"{_how(last)} made it {task.state}", task.key)
    numbers = [attempt.number for attempt in task.attempts]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Violation("recorded wrongly", f"its attempts are numbered {numbers}", task.key)
    if any(one.ended is None for one in task.attempts):
        yield Violation("left open", "an attempt has no end", task.key)


def _of_starts(task: Task, told: Told | None, lines: Sequence[Line]) -> Iterator[Violation]:
    """No attempt starts twice, none beside another, none after the end that counts."""
    started: set[int] = set()
    running: Line | None = None
    ends = {attempt.number: attempt for attempt in task.attempts}
    for line in lines:
        if line.kind == "O":
            yield Violation("side by side", f"attempt {line.attempt} met attempt {line.code} alive", task.key)
        elif line.kind == "E":
            if running is None or running.attempt != line.attempt:
                yield Violation("side by side", f"attempt {line.attempt} ended after another had started", task.key)
            running = None
        else:
            if line.attempt in started:
                yield Violation("started twice", f"attempt {line.attempt} started again", task.key)
            if running is not None and not _is_over(ends.get(running.attempt), by=line.at):
                yield Violation(
                    "side by side", f"attempt {line.attempt} started and {running.attempt} was not over", task.key
                )
            for number, attempt in ends.items():
                may = told is not None and told.retries > 0 and attempt.code != 0
                if number < line.attempt and attempt.outcome == "exited" and not may:
                    yield Violation("ran again", f"attempt {number} had ended it, {line.attempt} started", task.key)
            started.add(line.attempt)
            running = line


def _is_over(attempt: Attempt | None, *, by: float) -> bool:
    """Whether an attempt that did not write its own end was over: by its recorded end, else nobody knows."""
    return attempt is not None and attempt.ended is not None and attempt.ended <= by + BLUR


def _of_agreement(task: Task, lines: Sequence[Line]) -> Iterator[Violation]:
    """What the tasks wrote is what the store recorded."""
    starts = {line.attempt: line for line in lines if line.kind == "S"}
    codes = {line.attempt: line.code for line in lines if line.kind == "E"}
    recorded = {attempt.number: attempt for attempt in task.attempts}
    for number in starts.keys() - recorded.keys():
        yield Violation("unrecorded", f"attempt {number} ran and is not in the store", task.key)
    for number, attempt in recorded.items():
        if attempt.outcome == "exited" and (number not in starts or codes.get(number) != attempt.code):
            wrote = f"exit {codes[number]}" if number in codes else "no end"
            yield Violation("invented end", f"attempt {number} wrote {wrote}, recorded is {_how(attempt)}", task.key)


def _unknown(ledgers: Ledgers) -> list[Key]:
    return sorted(ledgers.lines.keys() - ledgers.store.tasks.keys())


def _of_journals(ledgers: Ledgers) -> Iterator[Violation]:
    """An end that stood in a journal is the end, whatever was killed afterwards."""
    for one in set(ledgers.journalled):
        task = ledgers.store.tasks.get((one.job, one.idx))
        found = [attempt for attempt in task.attempts if attempt.token == one.token] if task else []
        if not any((attempt.outcome, attempt.code) == (one.outcome, one.code) for attempt in found):
            said = ", ".join(_how(attempt) for attempt in found) or "nothing"
            text = f"token {one.token} ended {one.outcome} {one.code} in the journal; the store has {said}"
            yield Violation("forgotten end", text, (one.job, one.idx))


def _of_losses(ledgers: Ledgers) -> Iterator[Violation]:
    """Attempts are lost only where nobody was left to see them end: at most one per slot and such a kill."""
    lost = [
        (task.key, attempt.number)
        for task in ledgers.store.tasks.values()
        for attempt in task.attempts
        if attempt.outcome == "lost"
    ]
    most = ledgers.slots * (len(blind_kills(ledgers.kills)) + ledgers.blind)
    if len(lost) > most:
        key = lost[-1][0]
        yield Violation("lost too many", f"{len(lost)} attempts are lost, at most {most} were unseen: {lost}", key)


def _of_outputs(ledgers: Ledgers) -> Iterator[Violation]:
    """What a task printed is there, once."""
    for key, text in (ledgers.printed or {}).items():
        task = ledgers.store.tasks.get(key)
        last = task.attempts[-1] if task and task.attempts else None
        wanted = f"{key[0]}.{key[1]} {last.number}\n" if last else ""
        if last and last.outcome == "exited" and text != wanted:
            yield Violation("output lost", f"attempt {last.number} printed {wanted!r}, there is {text!r}", key)


def blind_kills(kills: Iterable[Kill]) -> list[Kill]:
    """The kills after which nobody sees how running tasks end.

    Worker and keeper together; a keeper that has tasks itself, adopted or its own from when it was a worker; a worker
    whose keeper was dead already.
    """
    found: list[Kill] = []
    adopters: set[int] = set()
    dead: set[int] = set()
    for kill in kills:
        keepers = {victim.pid for victim in kill.victims if victim.role == "keeper"}
        workers = [victim for victim in kill.victims if victim.role == "worker"]
        if any(_is_blind(victim, keepers, adopters, dead) for victim in kill.victims):
            found.append(kill)
        dead |= keepers
        adopters |= {victim.parent for victim in workers}
    return found


def _is_blind(victim: Victim, keepers: set[int], adopters: set[int], dead: set[int]) -> bool:
    if victim.role == "keeper":
        return victim.heir or victim.pid in adopters
    if victim.role == "worker":
        return victim.parent in keepers or victim.parent in dead or victim.parent == 0
    return False


def _how(attempt: Attempt) -> str:
    return f"attempt {attempt.number} (token {attempt.token}): {attempt.outcome} {attempt.code}"


def timeline(ledgers: Ledgers, key: Key) -> str:
    """Everything the ledgers know of one task, in the order it happened."""
    facts = [
        (told.at, f"L  submitted as {told.key}, told job {told.job}")
        for told in ledgers.told
        if key[0] in ledgers.store.keys.get(told.key, ())
    ]
    for line in ledgers.lines.get(key, ()):
        word = {"S": "started", "E": f"about to exit {line.code}", "O": f"met attempt {line.code} alive"}[line.kind]
        facts.append((line.at, f"W  attempt {line.attempt} {word} (pid {line.pid})"))
    task = ledgers.store.tasks.get(key)
    for attempt in task.attempts if task else ():
        facts.append((attempt.started, f"H  {_how(attempt)} started"))
        if attempt.ended is not None:
            facts.append((attempt.ended, f"H  {_how(attempt)} ended"))
    facts += [
        (kill.at, "K  " + ", ".join(f"{victim.role} {victim.pid}" for victim in kill.victims)) for kill in ledgers.kills
    ]
    state = f"{task.state}, token {task.token}" if task else "unknown"
    shown = [f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%H:%M:%S.%f} {text}" for at, text in sorted(facts)]
    return "\n".join([f"task {key[0]}.{key[1]} is {state} in the store", *shown])


def report(ledgers: Ledgers, violations: Sequence[Violation], *, seed: int) -> str:
    """What a person wants to see: all violations in short, the first one's task in full, how to see it again."""
    first = next((violation for violation in violations if violation.key), None)
    told = timeline(ledgers, first.key) if first and first.key else ""
    shown = [str(violation) for violation in violations[:20]]
    return "\n".join([f"seed {seed}:", *shown, "", told, "", f"again: make chaos SEEDS=1 FIRST={seed}"])
