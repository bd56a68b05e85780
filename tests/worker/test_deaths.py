"""Worker, keeper, or both are killed: what runs goes on or is stopped, and every end is what it was."""

from __future__ import annotations

import json
import subprocess

import pytest

from burro.base.paths import boot_id
from tests.crew import crew_of, is_alive, kill, left_of, marks_of, pids
from tests.waiting import until

WAITS = "until [ -e go ]; do sleep 0.05; done"


def member(queue, role):
    return next((one.pid for one in crew_of(queue.queue) if one.role == role), None)


def pids_of(queue, task):
    """The processes of one task, by their marks."""
    found = [(pid, marks_of(pid)) for pid in pids()]
    wanted = (str(queue.queue), task)
    return [pid for pid, marks in found if (marks.get("BURRO_QUEUE"), marks.get("BURRO_TASK")) == wanted]


def attempts(queue, task):
    return [
        (one["number"], one["outcome"], one["exit_code"], one["signal"]) for one in task_of(queue, task)["attempts"]
    ]


def task_of(queue, task):
    shown = queue.show(task)
    return shown["tasks"][0] if "tasks" in shown else shown


def journal(queue):
    """The lines of the worker here."""
    (found,) = queue.queue.glob("workers/*/journal")
    return found.read_text()


def started(queue, name):
    """Wait until a task has written its name."""
    until(lambda: (queue.work / name).exists() and (queue.work / name).read_text().endswith("\n"), within=20)


def test_a_killed_worker_leaves_its_tasks_to_the_keeper_and_their_exit_codes_are_right(queue):
    queue.well("up", "-c", "4")
    for code in (0, 3):
        queue.submit("-o", "none", "--shell", f"echo $BURRO_ATTEMPT >> ran{code}; {WAITS}; exit {code}")
    queue.submit("-o", "none", "--shell", f"echo $BURRO_ATTEMPT >> ransignal; {WAITS}; kill -9 $$")
    for name in ("ran0", "ran3", "ransignal"):
        started(queue, name)
    kill(member(queue, "worker"))
    (queue.work / "go").touch()
    queue.burro("wait", "all")
    assert attempts(queue, "1") == [(1, "exited", 0, None)]
    assert attempts(queue, "2") == [(1, "exited", 3, None)]
    assert attempts(queue, "3") == [(1, "signalled", None, 9)]
    assert [(queue.work / name).read_text() for name in ("ran0", "ran3", "ransignal")] == ["1\n"] * 3


def test_a_killed_keeper_is_replaced_by_its_worker_and_nothing_is_lost(queue):
    job = queue.submit("-o", "none", "--shell", f"echo $BURRO_ATTEMPT >> ran; {WAITS}; exit 4")
    started(queue, "ran")
    keeper, worker = member(queue, "keeper"), member(queue, "worker")
    kill(keeper)
    until(lambda: member(queue, "keeper") == worker, within=20)
    (queue.work / "go").touch()
    queue.burro("wait", job)
    assert attempts(queue, job) == [(1, "exited", 4, None)]
    assert (queue.work / "ran").read_text() == "1\n"
    assert queue.done("-o", "none", "true")


def test_a_worker_killed_again_and_again_still_loses_nothing(queue):
    job = queue.submit("-o", "none", "--shell", f"echo $BURRO_ATTEMPT >> ran; {WAITS}; exit 4")
    started(queue, "ran")
    for _ in range(3):
        worker = member(queue, "worker")
        kill(worker)
        until(lambda old=worker: member(queue, "worker") not in (None, old), within=20)
    (queue.work / "go").touch()
    queue.burro("wait", job)
    assert attempts(queue, job) == [(1, "exited", 4, None)]


@pytest.mark.parametrize("command", ["sleep 600 & setsid sleep 600 & sleep 600", "exec env -i /bin/sleep 600"])
def test_when_both_are_killed_the_whole_tree_is_stopped_before_the_task_runs_again(queue, command):
    """Also where the task hides its environment: the journal knows its number and its birth."""
    once = f"echo $BURRO_ATTEMPT $$ >> ran; [ $BURRO_ATTEMPT = 2 ] || {{ {command}; }}"
    job = queue.submit("-o", "none", "--shell", once)
    started(queue, "ran")
    first = int((queue.work / "ran").read_text().split()[1])
    until(lambda: f" {first} " in journal(queue), within=20)  # a moment before, its environment alone tells who it is
    for one in crew_of(queue.queue):
        kill(one.pid)
    assert queue.burro("wait", job).code == 0
    assert not is_alive(first)
    assert pids_of(queue, job) == []
    assert [one[:2] for one in attempts(queue, job)] == [(1, "lost"), (2, "exited")]
    assert "worker and keeper were killed" in queue.show(job)["tasks"][0]["attempts"][0]["reason"]


def test_without_requeue_a_lost_task_has_failed(queue):
    job = queue.submit("-o", "none", "--no-requeue", "--shell", "echo > ran; sleep 600")
    started(queue, "ran")
    for one in crew_of(queue.queue):
        kill(one.pid)
    assert queue.burro("wait", job).code == 1
    assert [one[:2] for one in attempts(queue, job)] == [(1, "lost")]


def test_a_task_that_kills_worker_and_keeper_each_time_fails_at_the_crash_limit_and_others_do_not(queue):
    queue.well("up", "-c", "2")
    poison = queue.submit(
        "-o",
        "none",
        "--shell",
        "k=$(sed -n 's/^PPid:.//p' /proc/$PPID/status); echo >> ran; kill -9 $k $PPID; sleep 600",
    )
    assert queue.burro("wait", poison).code == 1
    assert [one[1] for one in attempts(queue, poison)] == ["lost"] * 5
    assert (queue.work / "ran").read_text().count("\n") == 5
    assert queue.done("-o", "none", "true")


def test_a_task_that_kills_its_worker_harms_nobody_since_the_keeper_adopts_it(queue):
    queue.well("up", "-c", "2")
    other = queue.submit("-o", "none", "--shell", f"echo > other; {WAITS}; exit 5")
    started(queue, "other")
    job = queue.submit("-o", "none", "--shell", f"kill -9 $PPID; echo > killed; {WAITS}; exit 6")
    started(queue, "killed")
    (queue.work / "go").touch()
    queue.burro("wait", "all")
    assert attempts(queue, job) == [(1, "exited", 6, None)]
    assert attempts(queue, other) == [(1, "exited", 5, None)]


def test_a_server_killed_while_tasks_run_is_started_by_the_worker(queue):
    job = queue.submit("-o", "none", "--shell", f"echo $BURRO_ATTEMPT >> ran; {WAITS}")
    started(queue, "ran")
    old = queue.server()
    kill(old)
    until(lambda: (queue.queue / "server.json").exists() and queue.server() != old, within=20)
    (queue.work / "go").touch()
    assert queue.burro("wait", job).code == 0
    assert attempts(queue, job) == [(1, "exited", 0, None)]


@pytest.fixture
def innocent():
    """A process that has nothing to do with any of this."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("boot", ["this", "another"])
def test_a_journal_that_names_an_innocent_process_does_it_no_harm(queue, innocent, boot):
    """Its number was given to somebody else since, or the machine was restarted: the attempt is lost."""
    job = queue.submit("-o", "none", "--shell", "echo $BURRO_ATTEMPT >> ran; [ $BURRO_ATTEMPT = 2 ] || sleep 600")
    started(queue, "ran")
    for one in crew_of(queue.queue):
        kill(one.pid)
    kill(queue.server())
    for pid in pids_of(queue, job):
        kill(pid)
    (journal,) = queue.queue.glob("workers/*/journal")
    birth = int(journal.read_text().split("\ns ")[1].split()[4])  # microseconds
    stated = boot_id() if boot == "this" else "00000000-0000-0000-0000-000000000000"
    journal.write_text(
        f"b {stated}\ns {job} 0 1 1 {birth - 50_000_000} 1 0 -\n"
        f"p {job} 0 1 {innocent.pid} {birth - 49_000_000} 1700000000000000\n"
    )
    assert queue.burro("wait", job).code == 0
    assert innocent.poll() is None
    assert [one[:2] for one in attempts(queue, job)] == [(1, "lost"), (2, "exited")]
    if boot == "another":
        assert "restarted" in queue.show(job)["tasks"][0]["attempts"][0]["reason"]


def test_everything_killed_at_once_comes_back_with_the_next_command(queue):
    done = queue.done("-o", "none", "true")
    held = queue.submit("-o", "none", "--hold", "true")
    job = queue.submit("-o", "none", "--shell", "echo $BURRO_ATTEMPT >> ran; [ $BURRO_ATTEMPT = 2 ] || sleep 600")
    started(queue, "ran")
    kill(queue.server())
    for one in crew_of(queue.queue):
        kill(one.pid)
    assert queue.state(done) == "done"
    assert queue.state(held) == "held"
    assert queue.burro("wait", job).code == 0
    assert attempts(queue, done) == [(1, "exited", 0, None)]
    queue.well("down", "--now")
    until(lambda: not left_of(queue.queue), within=10)


def test_the_worker_that_answers_is_the_one_that_lives(queue):
    queue.well("up")
    kill(member(queue, "worker"))
    until(lambda: member(queue, "worker"), within=20)

    def answering():
        rows = json.loads(queue.well("workers", "--json"))["workers"]
        return [row["pid"] for row in rows if row["state"] == "up"] == [member(queue, "worker")]

    until(answering, within=20)
