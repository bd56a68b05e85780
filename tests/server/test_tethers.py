"""Pools that are reached by ssh: real servers, links and workers; the machines are homes (tests/server/machines.py)."""

from __future__ import annotations

import getpass
import os
import signal

import pytest

import burro
from burro.base.errors import Failed, NotFound, Unreachable, UsageError
from tests.conftest import BURRO
from tests.crew import is_alive, kill
from tests.waiting import until


def started(machines, *names, **values):
    machines.world.well("up", "-c", "1")
    for name in names:
        home = machines.add(name)
        if "root" in values:
            (home / values["root"].removeprefix("~/")).mkdir()
        answer = machines.pool("add", name, values={"ssh": name, "cpus": 2, **values})
        assert answer["state"] == "up", answer


def host_of(machines, job):
    return machines.world.show(job)["tasks"][0]["attempts"][-1]["pool"]


def test_a_pool_that_is_added_is_up_when_the_answer_comes_and_takes_work(machines):
    machines.world.well("up", "-c", "1")
    machines.add("gpu1")
    answer = machines.pool("add", "gpu1", values={"ssh": "gpu1", "cpus": 3})
    assert answer["state"] == "up"
    assert answer["text"].startswith("gpu1: added, gpu1 by ssh; up: 3 cpus, ")
    job = machines.world.done("-p", "gpu1", "true")
    assert host_of(machines, job) == "gpu1"
    stands = machines.stands("gpu1")
    assert (stands["workers"], stands["cpus"], stands["shared"]) == (1, 3, False)
    assert stands["home"] == str(machines.root / "gpu1/home")
    assert stands["error"] is None


def test_a_task_that_names_no_pool_goes_where_most_is_free(machines):
    started(machines, "a", "b", cpus=4)
    jobs = [machines.world.submit("sleep", "600") for _ in range(9)]
    for job in jobs:
        machines.world.runs(job)
    places = [host_of(machines, job) for job in jobs]
    assert sorted(places) == ["a"] * 4 + ["b"] * 4 + ["local"]


def test_a_machine_that_cannot_be_reached_says_why_and_is_tried_again(machines):
    machines.world.well("up", "-c", "1")
    answer = machines.pool("add", "gpu1", values={"ssh": "gpu1"})
    assert (answer["state"], answer["trouble"]) == (
        "down",
        "there is no host gpu1; is the name right in ~/.ssh/config?",
    )
    job = machines.world.submit("-p", "gpu1", "true")
    machines.add("gpu1")
    machines.world.well("wait", job)
    assert machines.stands("gpu1")["error"] is None


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "ann@x: Permission denied (publickey,password).",
            "does not let us in .it takes publickey,password.; try: ssh-copy",
        ),
        (
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
            "host key of x has changed",
        ),
        ("Host key verification failed.", "host key of x is not known here"),
        ("ssh: connect to host x port 22: Connection refused", "nothing answers at x: connection refused"),
        ("ssh: connect to host x port 22: Connection timed out", "x is not there: Connection timed out"),
        ("something new", "ended before it was of use .exit code 255.: something new"),
    ],
)
def test_what_ssh_says_becomes_a_sentence(machines, said, sentence):
    machines.world.well("up", "-c", "1")
    machines.add("x")
    machines.refuse("x", said)
    with_text = machines.pool("add", "x", values={"ssh": "x"})
    assert with_text["state"] == "down"
    assert pytest.importorskip("re").search(sentence, with_text["trouble"]), with_text


def test_a_banner_and_a_noisy_bashrc_do_no_harm(machines):
    machines.world.well("up", "-c", "1")
    machines.add("x")
    (machines.root / "x/banner").write_text("Welcome!\n\x01 not ours\n" * 100)
    assert machines.pool("add", "x", values={"ssh": "x"})["state"] == "up"


def test_a_cut_connection_is_made_again_and_nothing_is_started_twice(machines):
    started(machines, "a")
    script = "echo . >> count; while ! test -e go; do sleep 0.02; done"
    job = machines.world.submit("-p", "a", "--shell", script)
    machines.world.runs(job)
    worker = machines.crew("a")["worker"]
    machines.cut("a")
    until(lambda: machines.stands("a")["state"] != "up" or machines.links("a"), within=10)
    machines.is_up("a")
    assert machines.crew("a")["worker"] == worker
    (machines.root / "a/home/go").touch()
    machines.world.well("wait", job)
    assert (machines.root / "a/home/count").read_text() == ".\n"


def test_what_ends_while_the_link_is_away_is_told_when_it_is_back(machines):
    started(machines, "a")
    job = machines.world.submit("-p", "a", "--shell", "while ! test -e go; do sleep 0.02; done; exit 3")
    machines.world.runs(job)
    machines.refuse("a", "ssh: connect to host a port 22: No route to host")
    machines.cut("a")
    until(lambda: machines.stands("a")["state"] == "down", within=10)
    (machines.root / "a/home/go").touch()
    assert machines.world.state(job) == "running"
    machines.refuse("a", None)
    machines.pool("check", "a")
    assert machines.world.burro("wait", job).code == 1
    [attempt] = machines.world.show(job)["tasks"][0]["attempts"]
    assert (attempt["outcome"], attempt["exit_code"]) == ("exited", 3)


def test_a_killed_server_leaves_them_running_and_the_next_one_finds_them(machines):
    started(machines, "a")
    job = machines.world.submit("-p", "a", "--shell", "echo . >> count; while ! test -e go; do sleep 0.02; done")
    machines.world.runs(job)
    worker = machines.crew("a")["worker"]
    server = machines.world.server()
    kill(server)
    until(lambda: not is_alive(server), within=10)
    machines.world.well("status")
    machines.is_up("a")
    assert machines.crew("a")["worker"] == worker
    (machines.root / "a/home/go").touch()
    machines.world.well("wait", job)
    assert (machines.root / "a/home/count").read_text() == ".\n"


def test_a_link_that_stalls_is_given_up(machines):
    machines.world.env["BURRO_LINK_TIMEOUT"] = "1"
    started(machines, "a")
    stalled = machines.stall("a")
    until(lambda: machines.links("a") and not set(stalled) & set(machines.links("a")), within=20)
    machines.is_up("a")
    machines.world.done("-p", "a", "true")
    for pid in stalled:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_machine_whose_worker_is_gone_with_its_directory_gives_its_tasks_back(machines):
    started(machines, "a")
    job = machines.world.submit("-p", "a", "--shell", "echo . >> count; test -e go || exec sleep 600")
    machines.world.runs(job)
    machines.refuse("a", "no")
    state = machines.state("a")
    machines.down("a")
    for name in list(state.iterdir()):
        if name.is_dir():
            __import__("shutil").rmtree(name)
    (machines.root / "a/home/go").touch()
    machines.refuse("a", None)
    machines.world.well("wait", job)
    first, second = machines.world.show(job)["tasks"][0]["attempts"]
    assert (first["outcome"], second["outcome"]) == ("lost", "exited")


def test_stop_is_refused_while_tasks_run_there_and_start_brings_it_back(machines):
    started(machines, "a")
    job = machines.world.submit("-p", "a", "sleep", "600")
    machines.world.runs(job)
    with pytest.raises(Failed, match="1 task runs at a; let it end: burro pool stop a --drain, or stop it: --now"):
        machines.pool("stop", "a")
    answer = machines.pool("stop", "a", mode="now")
    assert (answer["text"], answer["state"]) == ("a: stopped, 1 running stopped", "stopped")
    until(lambda: machines.crew("a") == {}, within=10)
    assert machines.world.state(job) == "ready"
    show = machines.world.show(job)
    assert show["reason"].startswith("the pool a is stopped; start it with: burro pool start a")
    assert machines.pool("start", "a")["state"] == "up"
    machines.world.runs(job)


def test_a_drained_pool_ends_what_runs_and_takes_nothing_more(machines):
    started(machines, "a")
    job = machines.world.submit("-p", "a", "--shell", "while ! test -e go; do sleep 0.02; done")
    machines.world.runs(job)
    from threading import Thread

    answers = []
    thread = Thread(target=lambda: answers.append(machines.pool("drain", "a")))
    thread.start()
    until(lambda: machines.stands("a")["state"] == "draining", within=10)
    more = machines.world.submit("-p", "a", "true")
    (machines.root / "a/home/go").touch()
    machines.world.well("wait", job)
    thread.join(timeout=30)
    assert [answer["state"] for answer in answers] == ["stopped"]
    assert machines.world.state(more) == "ready"


def test_a_pool_is_removed_and_what_it_had_is_given_out_again(machines):
    started(machines, "a")
    job = machines.world.submit("-p", "a", "--shell", "echo . >> count; test -e go || exec sleep 600")
    machines.world.runs(job)
    machines.refuse("a", "No route to host")
    machines.cut("a")
    until(lambda: machines.stands("a")["state"] == "down", within=10)
    with pytest.raises(Failed, match="cannot be told"):
        machines.pool("stop", "a", mode="now")
    assert machines.pool("remove", "a", mode="now")["state"] == "removed"
    with pytest.raises(NotFound):
        machines.pool("check", "a")
    assert machines.world.state(job) == "ready"
    machines.world.well("set", job, "--pool", "any")
    machines.world.runs(job)
    assert host_of(machines, job) == "local"


def test_a_server_that_dies_right_after_a_machine_was_reached_finds_it_again(machines, tmp_path):
    machines.world.env |= {"BURRO_FAILPOINT": "tether.linked=kill9", "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent")}
    machines.add("a")
    machines.world.queue.mkdir(mode=0o700)
    (machines.world.queue / "burro.toml").write_text('[pools.a]\nssh = "a"\ncpus = 2\n')
    machines.world.burro("up", "-c", "1")
    until((tmp_path / "spent").exists, within=20)
    machines.world.done("-p", "a", "true")
    assert len(machines.crew("a")) == 2


def test_a_server_that_dies_before_a_pool_is_closed_closes_it_again(machines, tmp_path):
    machines.world.env |= {
        "BURRO_FAILPOINT": "pool.before_closed=kill9",
        "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent"),
    }
    started(machines, "a")
    with pytest.raises(Unreachable):
        machines.pool("stop", "a")
    assert (tmp_path / "spent").exists()
    machines.world.well("up")
    until(lambda: machines.stands("a")["state"] == "stopped", within=20)
    until(lambda: machines.crew("a") == {}, within=10)


def test_the_pool_local_is_neither_stopped_nor_removed(machines):
    machines.world.well("up", "-c", "1")
    for what in ("stop", "remove", "start", "drain"):
        with pytest.raises(UsageError):
            machines.pool(what, "local")
    assert machines.pool("check", "local")["state"] == "up"


def test_down_sends_the_workers_away(machines):
    started(machines, "a")
    machines.world.done("-p", "a", "true")
    machines.world.well("down")
    until(lambda: machines.crew("a") == {}, within=10)


def test_an_idle_server_leaves_and_so_do_the_workers(machines):
    machines.world.env["BURRO_IDLE"] = "0.5"
    machines.add("a")
    machines.world.queue.mkdir(mode=0o700)
    (machines.world.queue / "burro.toml").write_text('[pools.a]\nssh = "a"\ncpus = 2\n')
    machines.world.done("-p", "a", "true")
    until(lambda: not (machines.world.queue / "server.json").exists(), within=15)
    until(lambda: machines.crew("a") == {}, within=10)


def test_a_worker_that_was_told_its_lease_is_believed_to_keep_it(machines):
    started(machines, "a", lease="40m")
    until(lambda: machines.stands("a")["lease"] == 2400, within=5)
    machines.pool("set", "a", values={"lease": "2h"})
    machines.is_up("a")
    machines.world.done("-p", "a", "true")


def test_a_machine_may_say_only_what_workers_say(machines):
    started(machines, "a")
    worker = machines.root / "a/home/.local/state/burro-worker"
    assert worker.is_dir()
    [link] = machines.links("a")
    with open(f"/proc/{link}/fd/1", "wb", buffering=0) as stdout:
        stdout.write(b'{"op":"submit","argv":["touch","%b"]}\n' % bytes(machines.world.work / "stolen"))
    until(lambda: link not in machines.links("a"), within=10)
    assert "said what it may not say: submit" in (machines.world.queue / "server.log").read_text()
    assert not (machines.world.work / "stolen").exists()
    assert machines.ask("status", all=True)["jobs"] == []
    machines.is_up("a")


def pools_of(machines, job):
    return [task["attempts"][-1]["pool"] for task in machines.world.show(job)["tasks"]]


def test_a_machine_without_the_root_gets_nothing_until_it_is_there(machines):
    machines.world.well("up", "-c", "1")
    home = machines.add("n2")
    answer = machines.pool("add", "n2", values={"ssh": "n2", "cpus": 8, "root": "~/proj"})
    sentence = "root ~/proj is not there; bring it with: burro pool sync n2, or burro pool deploy n2"
    assert (answer["state"], answer["trouble"]) == ("down", sentence)
    assert (machines.stands("n2")["state"], machines.stands("n2")["error"]["text"]) == ("down", sentence)
    assert machines.links("n2")
    job = machines.world.done("-a", "0-19", "true")
    assert set(pools_of(machines, job)) == {"local"}
    named = machines.world.submit("-p", "n2", "true")
    assert f"the pool n2 is down: {sentence}" in machines.world.well("status", named)
    (home / "proj").mkdir()
    answer = machines.pool("check", "n2")
    assert (answer["state"], answer["trouble"]) == ("up", None)
    machines.world.well("wait", named)


def test_a_root_that_is_moved_or_goes_is_seen_when_somebody_looks(machines):
    machines.world.well("up", "-c", "1")
    home = machines.add("n2")
    (home / "proj").mkdir()
    machines.pool("add", "n2", values={"ssh": "n2", "cpus": 8, "root": "~/proj"})
    job = machines.world.submit("-p", "n2", "--shell", "while ! test -e go; do sleep 0.02; done; pwd")
    machines.world.runs(job)
    (home / "proj").rename(home / "other")
    assert machines.pool("check", "n2")["state"] == "down"
    (home / "other/go").touch()
    machines.world.well("wait", job)
    later = machines.world.submit("-p", "n2", "pwd")
    machines.pool("set", "n2", values={"root": "~/other"})
    machines.world.well("wait", later)
    assert machines.world.well("logs", later) == f"{home}/other\n"
    assert machines.stands("n2")["error"] is None


def test_a_machine_where_nothing_can_be_started_is_passed_over_by_what_may_go_elsewhere(machines):
    started(machines, "n2")
    tool = machines.world.work / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    busy = machines.world.submit("-p", "local", "--shell", "while ! test -e go; do sleep 0.02; done")
    machines.world.runs(busy)
    with burro.Queue(machines.world.queue) as held:
        jobs = held.submit_many([{"argv": ["./tool"], "chdir": str(machines.world.work)}] * 40)
        (machines.world.work / "go").touch()
        held.wait(jobs)
        ended = [job.show() for job in jobs]
    assert 10 <= [job.state for job in ended].count("failed") < 40
    assert {job.records[0].attempts[-1].pool for job in ended if job.state == "done"} == {"local"}
    error = machines.stands("n2")["error"]["text"]
    assert error.startswith("no task could be started there, 10 jobs in a row: command not found: ./tool")
    blocked = machines.world.submit("-c", "2", "true")
    assert f"n2 is passed over, {error}"[:60] in machines.world.well("show", blocked)
    machines.world.done("-p", "n2", "true")
    machines.world.well("wait", blocked)
    assert (host_of(machines, blocked), machines.stands("n2")["error"]) == ("n2", None)


def test_a_task_elsewhere_is_told_of_its_queue_and_opens_no_other_one_by_mistake(machines):
    started(machines, "a")
    at = f"ssh://{getpass.getuser()}@{os.uname().nodename}{machines.world.queue}"
    script = 'echo "${BURRO_QUEUE-none} $BURRO_QUEUE_AT"'
    for words in ("submit true", "status", "--queue q submit true", "--queue q down --now"):
        script += f"; {BURRO} {words}"
    job = machines.world.submit("-p", "a", "--env", "BURRO_QUEUE_AT=x", "--shell", script)
    machines.world.burro("wait", job)
    first, *refused, submitted, _ = machines.world.well("logs", job).splitlines()
    assert first == f"none {at}"
    assert len(refused) == 2
    sentence = f"burro: this runs in a task of the queue {at}, which is not here; "
    assert all(line.startswith(sentence) for line in refused)
    assert submitted == "Submitted job 1"
    assert not (machines.root / "a/home/.local/state/burro").exists()


def test_why_a_task_was_not_started_is_told_where_its_output_is_asked_for(machines):
    started(machines, "a")
    for pool in ("a", "local"):
        job = machines.world.submit("-p", pool, "./missing")
        machines.world.burro("wait", job)
        for words in (["logs", job], ["logs", "-f", job]):
            ended = machines.world.burro(*words)
            assert (ended.code, ended.out) == (0, "")
            assert ended.err.startswith(
                f"burro: {job} (failed) could not be started: command not found: ./missing, seen"
            )
        [attempt] = machines.world.show(job)["tasks"][0]["attempts"]
        assert (attempt["outcome"], attempt["stdout"], attempt["stderr"]) == ("not-started", None, None)


def test_what_is_handed_ahead_keeps_to_the_memory_of_the_pool(machines):
    started(machines, "a", mem="100M")
    job = machines.world.done("-p", "a", "-m", "60M", "-a", "0-9", "--shell", "mkdir lock && sleep 0.05 && rmdir lock")
    machines.pool("set", "a", values={"mem": "200M"})
    script = "touch $BURRO_TASK_ID; while ! [ -e 0 -a -e 1 ]; do sleep 0.02; done"
    assert machines.world.done("-p", "a", "-m", "60M", "-a", "0-1", "--shell", script) > job
