"""`burro pools` and `burro pool`, burro.toml, and work that needs gpus and counters, with a real server and worker."""

from __future__ import annotations

import json

import pytest

from tests.waiting import until


def pool(world):
    (found,) = json.loads(world.well("pools", "--json"))["pools"]
    return found


def reason(world, job):
    return json.loads(world.well("status", job, "--json"))["jobs"][0]["reason"]


def states(world, job):
    return json.loads(world.well("status", job, "--json"))["jobs"][0]["tasks"]


def test_cpus_are_set_live_with_old_and_new_in_the_answer(queue):
    queue.well("up", "-c", "1")
    running, waiting = queue.submit("sleep", "600"), queue.submit("sleep", "600")
    queue.runs(running)
    assert reason(queue, waiting) == "waits for 1 cpu: 0 of 1 is free"
    assert queue.well("pool", "set", "local", "--cpus", "2") == "local: cpus 1 -> 2\n"
    queue.runs(waiting)
    answer = json.loads(queue.well("pool", "set", "local", "-c", "3", "--policy", "mcf", "--json"))
    assert answer["changed"] == {"cpus": {"old": 2, "new": 3}, "policy": {"old": "fifo", "new": "mcf"}}
    found = pool(queue)
    assert (found["cpus"], found["cpus_used"], found["running"], found["policy"]) == (3, 2, 2, "mcf")
    assert found["sources"]["cpus"] == "set"


def test_a_paused_pool_lets_run_what_runs_and_starts_nothing(queue):
    queue.well("up", "-c", "2")
    running = queue.submit("sleep", "600")
    queue.runs(running)
    assert queue.well("pool", "pause", "local") == "local: paused\n"
    job = queue.submit("true")
    assert reason(queue, job) == "the pool local is paused; let it go on with: burro pool resume local"
    assert queue.state(running) == "running"
    assert pool(queue)["paused"]
    assert queue.well("pool", "resume", "local") == "local: it goes on\n"
    queue.well("wait", job)


def test_0_cpus_pause_too_and_resume_ends_that(queue):
    queue.well("up", "-c", "0")
    job = queue.submit("true")
    assert pool(queue)["paused"]
    queue.well("pool", "resume", "local")
    queue.well("wait", job)


def test_a_pause_outlives_the_server(queue):
    queue.well("up")
    queue.well("pool", "pause", "local")
    queue.well("down")
    job = queue.submit("true")
    until(lambda: reason(queue, job).startswith("the pool local is paused"), within=10)
    queue.well("up", "-c", "1")
    queue.well("wait", job)


def test_what_can_never_fit_is_refused_with_what_there_is(queue):
    queue.well("up", "-c", "2")
    queue.well("pool", "set", "local", "--gpus", "1", "--counter", "licence=2")
    for words, sentence in (
        (["-c", "3"], "it needs 3 cpus and the pool local has 2; ask for at most 2"),
        (["-g", "2"], "it needs 2 gpus and the pool local has 1; ask for at most 1, or declare more"),
        (["--need", "licence=3"], "it needs 3 licence and the pool local has 2; ask for at most 2, or declare more"),
        (["--need", "tape"], "it needs 1 tape and the pool local has none; declare what there is: burro pool set"),
        (["-m", "9000G"], "it needs 8.8T of memory and the pool local has"),
    ):
        ended = queue.burro("submit", *words, "true")
        assert (ended.code, ended.out) == (2, "")
        assert sentence in ended.err


def test_what_makes_no_sense_is_refused_with_one_sentence(queue):
    for words, code in (
        (["set", "far", "--cpus", "1"], 3),
        (["set", "local"], 2),
        (["set", "local", "--cpus", "many"], 2),
        (["set", "local", "--policy", "lifo"], 2),
        (["set", "local", "--counter", "licence"], 2),
        (["set", "local", "--counter", "cpus=3"], 2),
        (["pause", "local", "--cpus", "3"], 2),
        (["burn", "local"], 2),
    ):
        ended = queue.burro("pool", *words)
        assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1), (words, ended)


def test_a_counter_bounds_how_many_run(queue):
    queue.well("up", "-c", "4")
    queue.well("pool", "set", "local", "--counter", "licence=1")
    holder, waiting, other = (queue.submit(*need, "sleep", "600") for need in (["--need", "licence"],) * 2 + ([],))
    queue.runs(holder)
    queue.runs(other)
    assert reason(queue, waiting) == "waits for licence: 0 of 1 is free"
    assert pool(queue)["counters"] == {"licence": {"total": 1, "used": 1}}
    (place,) = queue.show(waiting)["places"]
    assert (place["pool"], place["fits"], place["text"]) == ("local", True, "waits for licence: 0 of 1 is free")
    queue.well("cancel", holder)
    queue.runs(waiting)


def test_an_array_runs_at_most_so_many_tasks_at_a_time(queue):
    queue.well("up", "-c", "4")
    job = queue.submit("-a", "0-9%2", "-o", "none", "sleep", "600")
    queue.runs(f"{job}.1")
    assert states(queue, job) == {"ready": 8, "running": 2}
    assert reason(queue, job) == "at most 2 of its tasks run at a time"
    queue.well("cancel", f"{job}.0")
    queue.runs(f"{job}.2")
    assert states(queue, job) == {"ready": 7, "running": 2, "cancelled": 1}


def test_each_task_gets_gpus_of_its_own(queue):
    queue.well("up", "-c", "4")
    queue.well("pool", "set", "local", "--gpus", "a7,b9")
    job = queue.submit("-a", "0-2", "-g", "1", "-o", "%a.txt", "--shell", "echo $CUDA_VISIBLE_DEVICES; sleep 600")
    queue.runs(f"{job}.0")
    queue.runs(f"{job}.1")
    assert reason(queue, job) == "waits for 1 gpu: 0 of 2 is free"
    until(
        lambda: all(
            (queue.work / f"{task}.txt").exists() and (queue.work / f"{task}.txt").read_text() for task in (0, 1)
        ),
        within=10,
    )
    assert sorted((queue.work / f"{task}.txt").read_text() for task in (0, 1)) == ["a7\n", "b9\n"]


def test_the_file_is_read_when_it_changes_and_a_wrong_one_changes_nothing(queue):
    queue.well("up")
    file = queue.queue / "burro.toml"
    file.write_text("[pools.local]\ncpus = 3\nlicence = 2\n")
    found = pool(queue)
    assert (found["cpus"], found["counters"]) == (3, {"licence": {"total": 2, "used": 0}})
    assert found["sources"]["licence"] == str(file)
    queue.well("pool", "set", "local", "--cpus", "1")
    file.write_text("[pools.local]\ncpus = 3\nlicence = 5\n")
    found = pool(queue)
    assert (found["cpus"], found["sources"]["cpus"], found["counters"]["licence"]["total"]) == (1, "set", 5)
    file.write_text("[pools.local]\ncpus = 4\nlicence = many\n")
    assert "it is no TOML" in queue.burro("pools").err
    file.write_text("[pools.local]\ncpus = 4\nlicence = -1\n")
    ended = queue.burro("pools")
    assert "licence takes a whole number from 0, not '-1'; what was known before stays in force" in ended.err
    assert queue.burro("doctor").code == 1
    assert "licence takes a whole number" in (queue.queue / "server.log").read_text()
    assert (pool(queue)["cpus"], pool(queue)["counters"]["licence"]["total"]) == (1, 5)
    file.write_text("[pools.local]\ncpus = 4\n")
    found = pool(queue)
    assert (found["cpus"], found["counters"]) == (4, {})


def test_the_file_is_noticed_without_being_asked_about(queue):
    queue.well("up", "-c", "2")
    queue.well("pool", "set", "local", "--cpus", "auto")
    (queue.queue / "burro.toml").write_text("[pools.local]\ncpus = 1\n")
    until(lambda: json.loads(queue.well("workers", "--json"))["workers"][0]["cpus"] == 1, within=10)


def test_the_users_own_file_counts_where_the_queues_says_nothing(queue):
    settings = queue.home / ".config" / "burro"
    settings.mkdir(parents=True)
    (settings / "burro.toml").write_text("[pools.local]\ncpus = 3\ndisk = 7\n")
    queue.queue.mkdir(mode=0o700)
    (queue.queue / "burro.toml").write_text("[pools.local]\ncpus = 2\n")
    queue.well("up")
    found = pool(queue)
    assert (found["cpus"], found["counters"]["disk"]["total"]) == (2, 7)
    assert found["sources"]["disk"] == str(settings / "burro.toml")


@pytest.mark.parametrize("policy", ["fifo", "mcf"])
def test_the_order_of_the_line_is_what_the_pool_says(queue, policy):
    queue.well("up", "-c", "2")
    queue.well("pool", "set", "local", "--policy", policy)
    queue.well("pool", "pause", "local")
    for cpus in ("1", "2", "2", "1"):
        queue.submit("-c", cpus, "-o", "none", "--shell", "echo $BURRO_JOB_ID >> order")
    queue.well("pool", "resume", "local")
    queue.well("wait")
    order = (queue.work / "order").read_text().split()
    assert order.index("2") < order.index("3")
    assert (order[:2] == ["2", "3"]) == (policy == "mcf")


def test_the_table_says_what_there_is_and_what_sets_it(queue):
    queue.well("up", "-c", "2")
    queue.well("pool", "set", "local", "--counter", "licence=2")
    head, line = queue.well("pools").splitlines()
    assert head.split("  ")[0] == "POOL"
    assert "0/2" in line
    assert "licence 0/2" in line
    assert line.endswith("cpus, licence: live")


def test_the_very_first_submission_is_refused_too_where_there_are_no_such_gpus(queue):
    ended = queue.burro("submit", "-g", "99", "true")
    assert (ended.code, ended.out) == (2, "")
    assert "it needs 99 gpus and the pool local has" in ended.err
