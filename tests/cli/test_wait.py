"""`burro wait`: exit 0 only if all are done."""

from __future__ import annotations

import json
import os
import signal

from tests.waiting import until


def test_it_waits_until_all_are_done(shared):
    jobs = [shared.submit("-o", "none", "sleep", "0.2") for _ in range(3)]
    ended = shared.burro("wait", *jobs)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert [shared.state(job) for job in jobs] == ["done"] * 3


def test_it_names_what_did_not_succeed(shared):
    job = shared.submit("-a", "0-9", "-o", "none", "--shell", "test $BURRO_TASK_ID -gt 6")
    ended = shared.burro("wait", job)
    assert ended.code == 1
    assert "7 of 10 did not succeed (7 failed)" in ended.err
    assert f"{job}.0, " in ended.err
    assert ", ..." in ended.err


def test_without_ids_it_waits_for_all_that_live(queue):
    assert queue.burro("wait").code == 0
    queue.ended("-o", "none", "false")
    queue.submit("-o", "none", "sleep", "0.2")
    assert queue.burro("wait").code == 0


def test_json_has_the_same_counts_when_there_is_nothing_to_wait_for(queue):
    nothing = json.loads(queue.well("wait", "--json"))
    something = json.loads(queue.well("wait", "--json", queue.submit("true")))
    assert set(nothing) == set(something)
    assert nothing["counts"] == dict.fromkeys(something["counts"], 0)


def test_it_gives_up_in_time(shared):
    job = shared.submit("-o", "none", "sleep", "600")
    ended = shared.burro("wait", job, "--timeout", "0.3s")
    assert ended.code == 1
    assert "the work goes on" in ended.err
    assert shared.state(job) in ("claimed", "running")
    shared.well("cancel", job)


def test_ctrl_c_leaves_the_work_alone(shared):
    job = shared.submit("-o", "none", "sleep", "600")
    shared.runs(job)
    client = shared.start("wait", job)
    until(lambda: _asleep(client.pid), within=20)
    client.send_signal(signal.SIGINT)
    _, err = client.communicate(timeout=10)
    assert client.returncode == 130
    assert b"the work goes on" in err
    assert shared.state(job) == "running"
    shared.well("cancel", job)


def test_json_counts_and_names(shared):
    job = shared.submit("-a", "0-3", "-o", "none", "--shell", "exit $BURRO_TASK_ID")
    ended = shared.burro("wait", job, "--json")
    answer = json.loads(ended.out)
    assert ended.code == 1
    assert (answer["counts"]["done"], answer["counts"]["failed"]) == (1, 3)
    assert answer["not_done"] == [f"{job}.{index}" for index in (1, 2, 3)]


def test_it_goes_on_when_the_server_is_killed(queue):
    go = queue.work / "go"
    job = queue.submit("-o", "none", "--shell", f"until test -e '{go}'; do sleep 0.02; done")
    queue.runs(job)
    client = queue.start("wait", job)
    until(lambda: _asleep(client.pid), within=20)
    os.kill(queue.server(), signal.SIGKILL)
    go.write_text("")
    _, err = client.communicate(timeout=60)
    assert client.returncode == 0, err


def _asleep(pid):
    """Whether a client is connected and waits: in poll."""
    with open(f"/proc/{pid}/wchan") as file:
        waits = file.read()
    return "poll" in waits or (waits == "0" and any(_is_socket(pid)))


def _is_socket(pid):
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            yield os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:")
        except FileNotFoundError:  # it was closed since it was listed
            continue
