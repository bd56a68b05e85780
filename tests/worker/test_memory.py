"""Memory: what takes more than it asked for is stopped, and says so, whatever stands around it."""

from __future__ import annotations

import os
import re

import pytest

from burro.worker.groups import Groups, find_base, oom_kills
from burro.worker.memory import OomKills
from tests.crew import is_alive
from tests.interpreters import interpreters

MB = 2**20
PROGRAM = """
import mmap, os, signal, sys
if sys.argv[1] == "read":
    a = mmap.mmap(os.open("large", os.O_RDONLY), 0, access=mmap.ACCESS_READ)
    sum(a[::4096])
else:
    a = b"x" * (int(sys.argv[1]) * 2**20)
open("has." + sys.argv[1], "w").close()
signal.pause()
"""
TAKE = "python3 -S $HOME/take.py {}"  # so many MB until somebody ends it


@pytest.fixture
def desk(desk):
    """A desk, with the program that takes memory."""
    (desk.work / "take.py").write_text(PROGRAM)
    return desk


def test_what_takes_more_than_it_asked_for_is_stopped(desk):
    outcome, _, reason = desk.end_of(desk.run("exec " + TAKE.format(300), mem=100 * MB))
    assert outcome == "memory"
    assert re.fullmatch(r"it used \d+(\.\d)?M of the 100M it asked for", reason)


def test_also_behind_a_shell_that_hides_it(desk):
    key = desk.run(f"echo $$ > pid; sh -c '(setsid {TAKE.format(300)}); exit 3'; exit 0", mem=100 * MB)
    assert desk.end_of(key)[0] == "memory"
    assert desk.ends[key][7] > 100 * MB  # the peak that is told, though its leader used little
    assert not is_alive(int(desk.text("pid")))


def test_several_processes_of_a_task_count_together(desk):
    key = desk.run(f"{TAKE.format(80)} & {TAKE.format(80)} & wait", mem=100 * MB)
    assert desk.end_of(key)[0] == "memory"


def test_what_keeps_to_it_or_may_take_more_goes_on_while_another_is_stopped(desk):
    """Also with a large file in its memory, and where it said nothing or has grown by a retry."""
    with open(desk.work / "large", "wb") as file:
        file.write(bytes(200 * MB))
    read = desk.run("exec " + TAKE.format("read"), job=1, mem=100 * MB)
    silent = desk.run("exec " + TAKE.format(301), job=2)
    grown = desk.run("exec " + TAKE.format(200), job=3, mem=100 * MB, extra={"mem": 400 * MB})
    desk.until(lambda: all((desk.work / f"has.{what}").exists() for what in ("read", 301, 200)))

    greedy = desk.run("exec " + TAKE.format(300), job=4, mem=100 * MB)

    assert desk.end_of(greedy)[0] == "memory"  # whoever looks at this one looks at the others too
    assert not {read, silent, grown} & set(desk.ends)


def test_an_adopted_task_is_watched_too(desk):
    key = desk.run(f"echo up > up; until [ -e go ]; do sleep 0.1; done; exec {TAKE.format(300)}", mem=100 * MB)
    desk.text("up")
    desk.kill_worker()
    (desk.work / "go").touch()
    assert desk.end_of(key)[0] == "memory"


def test_the_oldest_python_does_all_of_that(desks):
    versions = interpreters()
    desk = desks(gpus=["0"]).open(versions[min(versions)])
    (desk.work / "take.py").write_text(PROGRAM)
    key = desk.run("exec " + TAKE.format(300), mem=100 * MB, gpus=1, time=600.0, extra={"time": 300.0})
    desk.say(op="limit", tasks=[[*key, 400.0]])
    desk.say(op="signal", tasks=[list(key)], signal=18)
    desk.until(lambda: key in desk.starts)
    desk.kill_worker()
    assert desk.end_of(key)[0] == "memory"


@pytest.mark.parametrize("name", ["stop.before_term", "stop.after_term"])
def test_the_worker_dies_over_stopping_it_and_it_is_memory_all_the_same(desks, name):
    desk = desks()
    drill = {"BURRO_TESTING": "1", "BURRO_FAILPOINT": f"{name}=kill9", "BURRO_FAILPOINT_ONCE": str(desk.work / "spent")}
    desk.open(**drill)
    (desk.work / "take.py").write_text(PROGRAM)
    outcome, _, reason = desk.end_of(desk.run("exec " + TAKE.format(300), mem=100 * MB))
    assert outcome == "memory", reason
    assert (desk.work / "spent").exists(), reason
    assert re.fullmatch(r"it used \d+(\.\d)?M of the 100M it asked for", reason)


def test_a_task_that_somebody_killed_was_killed_and_not_short_of_memory(desk):
    key = desk.run("kill -9 $$", mem=100 * MB)
    assert desk.end_of(key) == ("signalled", -9, None)
    key = desk.run("sh -c 'kill -9 $$'; exit $?", job=2)
    assert desk.end_of(key) == ("exited", 137, None)


def test_the_kernels_count_tells_whether_it_killed_for_want_of_memory_since(tmp_path):
    count = tmp_path / "vmstat"
    count.write_text("pgfree 7\noom_kill 3\nunevictable_pgs_culled 0\n")
    kills = OomKills(str(count))
    assert not kills.rose_since(0.0)
    count.write_text("pgfree 8\noom_kill 4\nunevictable_pgs_culled 0\n")
    assert kills.rose_since(0.0)
    assert not kills.rose_since(float("inf"))
    count.unlink()
    assert kills.rose_since(0.0)


# What follows plays the kernel with plain files: where tests run, control groups are seldom handed to us.


@pytest.fixture
def tree(tmp_path):
    """The control group of this process, as a user's systemd hands one on."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("3:cpu:/\n0::/user/ann/burro.scope\n")
    mounts = "31 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"
    (tmp_path / "proc/self/mountinfo").write_text(mounts)
    group = tmp_path / "sys/fs/cgroup/user/ann/burro.scope"
    group.mkdir(parents=True)
    (group / "cgroup.controllers").write_text("memory pids\n")
    (group / "cgroup.subtree_control").write_text("")
    (group / "cgroup.procs").write_text("")
    return group


def test_a_group_that_was_handed_to_us_is_divided(tree, tmp_path):
    assert find_base(str(tmp_path)) == str(tree)
    assert (tree / "cgroup.subtree_control").read_text() == "+memory"
    (tree / "cgroup.subtree_control").write_text("memory\n")
    (tmp_path / "proc/self/cgroup").write_text("0::/user/ann/burro.scope/burro-crew\n")
    assert find_base(str(tmp_path)) == str(tree)


def test_a_group_that_others_are_in_or_without_the_controller_is_left_alone(tree, tmp_path):
    (tree / "cgroup.procs").write_text(f"{os.getpid()}\n")
    assert find_base(str(tmp_path)) is None
    (tree / "cgroup.procs").write_text("")
    (tree / "cgroup.controllers").write_text("pids\n")
    assert find_base(str(tmp_path)) is None
    assert (tree / "cgroup.subtree_control").read_text() == ""
    (tmp_path / "proc/self/mountinfo").write_text("")
    assert find_base(str(tmp_path)) is None


def test_where_the_kernel_gives_no_limits_there_is_no_group(tmp_path):
    said = []
    log = type("Log", (), {"say": staticmethod(said.append)})()
    groups = Groups(str(tmp_path), "w", log)
    assert groups.make((1, 0, 1), 4096) is None  # nobody makes memory.max here
    assert said
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_worker_left_is_removed_and_what_runs_is_kept(tmp_path):
    for name in ("w.1.0.1", "w.2.0.1", "other.1.0.1"):
        (tmp_path / name).mkdir()
    groups = Groups(str(tmp_path), "w", None)
    kept = groups.of((2, 0, 1))
    groups.remove_strangers([kept, None])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.1.0.1", "w.2.0.1"]
    assert groups.of((1, 0, 1)) is None


def test_the_kills_of_a_group_are_counted(tmp_path):
    (tmp_path / "memory.events").write_text("low 0\nmax 7\noom 1\noom_kill 2\noom_group_kill 1\n")
    assert oom_kills(str(tmp_path)) == 2
    assert oom_kills(str(tmp_path / "gone")) == 0
