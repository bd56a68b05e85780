"""What a server may tell a worker about work that it has in hand."""

from __future__ import annotations

import os
import signal

from tests.crew import is_alive


def test_a_row_of_five_fields_and_one_of_six_are_both_taken(desk):
    grown = {"mem": 4096, "time": 7.0}
    rows = [(1, 0, 1, 1, None), (1, 1, 1, 1, None, None), (1, 2, 1, 1, None, grown), (1, 3, 1, 1, None, {"mem": 4096})]
    desk.give(*rows, kind="shell", command="true", mem=1024, time=60.0)
    assert [desk.end_of((1, idx, 1))[:2] for idx in range(4)] == [("exited", 0)] * 4
    begun = {line.split()[2]: line.split()[6:] for line in desk.journal() if line.startswith("s ")}
    assert begun["0"] == begun["1"] == ["1", "1024", "60.0", "-"]
    assert begun["2"] == ["1", "4096", "7.0", "-"]
    assert begun["3"] == ["1", "4096", "60.0", "-"]


def test_the_time_limit_of_one_attempt_may_be_its_own(desk):
    key = desk.run("sleep 600", extra={"time": 1.0})
    assert desk.end_of(key)[::2] == ("timeout", "its time limit of 1 s was over")


def test_a_signal_reaches_every_process_of_a_task_and_stops_nothing(desk):
    inner = 'trap "echo inner >> heard" USR1; echo $$ > inner; while :; do sleep 0.1; done'
    key = desk.run(f"trap 'echo outer >> heard' USR1; setsid sh -c '{inner}' & echo $$ > outer; wait; wait")
    desk.text("outer"), desk.text("inner")
    desk.say(op="signal", tasks=[list(key), [7, 7, 7]], signal=int(signal.SIGUSR1))
    desk.until(lambda: desk.text("heard").split() in (["inner", "outer"], ["outer", "inner"]))
    assert is_alive(int(desk.text("outer")))
    assert key not in desk.ends
    desk.say(op="cancel", tasks=[list(key)])
    assert desk.end_of(key)[0] == "cancelled"


def test_a_signal_that_ends_a_task_is_its_own_end(desk):
    key = desk.run("echo $$ > pid; exec sleep 600")
    desk.text("pid")
    desk.until(lambda: b"sleep" in _words(desk))
    desk.say(op="signal", tasks=[list(key)], signal=10)
    assert desk.end_of(key)[:2] == ("signalled", -10)


def test_the_limit_of_what_runs_is_shortened(desk):
    key = desk.run("echo > up; sleep 600", time=3600.0)
    desk.until((desk.work / "up").exists)
    desk.say(op="limit", tasks=[[*key, 1.0]])
    assert desk.end_of(key)[::2] == ("timeout", "its time limit of 1 s was over")
    assert "l 1 0 1 1.0" in desk.journal()


def test_the_limit_of_what_runs_is_lengthened_and_taken_away(desk):
    longer = desk.run("echo > a; until [ -e go ]; do sleep 0.05; done", job=1, time=1.0)
    without = desk.run("echo > b; until [ -e go ]; do sleep 0.05; done", job=2, time=1.0)
    desk.until(lambda: (desk.work / "a").exists() and (desk.work / "b").exists())
    desk.say(op="limit", tasks=[[*longer, 600.0], [*without, None]])
    assert desk.end_of(desk.run("sleep 600", job=3, time=1.0))[0] == "timeout"
    (desk.work / "go").touch()
    assert desk.end_of(longer)[:2] == desk.end_of(without)[:2] == ("exited", 0)


def test_a_changed_limit_outlives_the_worker(desk):
    key = desk.run("echo > up; sleep 600", time=3600.0)
    desk.until((desk.work / "up").exists)
    desk.say(op="limit", tasks=[[*key, 3.0]])
    desk.until(lambda: "l 1 0 1 3.0" in desk.journal())
    desk.kill_worker()
    assert desk.end_of(key)[0] == "timeout"


def test_the_limit_of_what_waits_is_changed_too(desk):
    desk.welcome["cpus"] = 1
    desk.say(**{**desk.welcome, "op": "room"})
    first = desk.run("echo > up; until [ -e go ]; do sleep 0.1; done", job=1)
    desk.until((desk.work / "up").exists)
    second = desk.run("sleep 600", job=2)
    desk.say(op="limit", tasks=[[*second, 0.5]])
    (desk.work / "go").touch()
    assert desk.end_of(first)[:2] == ("exited", 0)
    assert desk.end_of(second)[0] == "timeout"


def test_a_task_of_a_job_that_it_was_told_nothing_of_makes_it_say_hello_again(desk):
    desk.say(op="work", specs={}, envs={}, tasks=[[5, 0, 1, 1, None]])
    desk.until(lambda: len(desk.hellos) == 2)
    assert desk.hellos[1]["holds"] == []
    assert desk.hellos[1]["pid"] == desk.hellos[0]["pid"]


def test_a_paused_worker_begins_nothing_and_gives_back_what_it_was_handed(desk):
    desk.say(op="room", cpus=0)
    key = desk.run("true")
    desk.until(lambda: key in desk.released)
    assert key not in desk.starts
    desk.say(op="room", cpus=None)
    assert desk.end_of(desk.run("true", job=2))[:2] == ("exited", 0)


def test_a_spec_that_comes_again_is_the_new_one_and_what_waited_keeps_the_old(desk):
    desk.welcome["cpus"] = 1
    desk.say(**{**desk.welcome, "op": "room"})
    desk.run("echo > up; until [ -e go ]; do sleep 0.1; done", job=1)
    desk.until((desk.work / "up").exists)
    desk.give((2, 0, 1, 1, None), kind="shell", command="echo old >> said")
    desk.say(op="forget", jobs=[2], envs=[])
    desk.give((2, 1, 1, 1, None), kind="shell", command="echo new >> said")
    (desk.work / "go").touch()
    desk.end_of((2, 1, 1))
    assert desk.text("said").split() == ["old", "new"]


def _words(desk):
    try:
        with open(f"/proc/{desk.text('pid')}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return os.fsencode("")


def test_a_worker_that_dies_over_a_new_limit_has_it_written_down(desks):
    desk = desks()
    drill = {"BURRO_TESTING": "1", "BURRO_FAILPOINT": "limit.after_journal=kill9"}
    desk.open(**drill, BURRO_FAILPOINT_ONCE=str(desk.work / "spent"), BURRO_FAILPOINT_LOG=str(desk.work / "log"))
    key = desk.run("echo > up; sleep 600", time=3600.0)
    desk.until((desk.work / "up").exists)
    desk.say(op="limit", tasks=[[*key, 2.0]])
    assert desk.end_of(key)[0] == "timeout"
    assert desk.text("log").startswith("limit.after_journal")
    assert len(desk.hellos) == 2
