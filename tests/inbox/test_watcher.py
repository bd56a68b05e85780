"""The watcher: its lock, its heartbeat, a full disk, a file system that hangs."""

from __future__ import annotations

import json
import os
import pty
import re
import resource
import signal

import pytest

from burro.base.errors import Failed
from burro.inbox.root import Lock, make
from tests.waiting import until


def test_a_server_with_an_inbox_stays_and_does_not_wait_for_a_watcher_that_hangs(drop):
    drop.world.env["BURRO_IDLE"] = "0.3"
    drop.add("--quiet", "0.1s")
    until(lambda: drop.rows()[0]["at"], within=20)
    server, watcher = drop.world.server(), drop.rows()[0]["pid"]
    os.kill(watcher, signal.SIGSTOP)
    drop.put("a")
    assert drop.world.done("true") == "1"
    assert drop.names("inbox") == ["a"]
    os.kill(watcher, signal.SIGCONT)
    assert drop.result("a")["state"] == "done"
    assert drop.world.server() == server
    os.kill(watcher, signal.SIGKILL)
    until(lambda: drop.rows()[0]["pid"] not in (None, watcher), within=20)


def test_a_full_disk_is_waited_for(drop):
    drop.add("--quiet", "0.1s", "--period", "0.5")
    go = drop.world.work / "go"
    drop.put("a", f"until test -e {go}; do sleep 0.02; done")
    until(lambda: drop.runs == ["a"], within=20)
    watcher = drop.rows()[0]["pid"]
    resource.prlimit(watcher, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    drop.put("b")
    go.write_text("")
    until(lambda: "File too large" in (drop.rows()[0]["trouble"] or str(drop.rows()[0]["not_ready"])), within=20)
    assert (drop.names("pending"), drop.names("inbox")) == (["a"], ["b"])
    resource.prlimit(watcher, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for name in ("a", "b"):
        assert drop.result(name)["state"] == "done"
    assert drop.runs == ["a", "b"]


def test_the_output_of_the_last_attempt_is_job_output(drop):
    drop.add("--quiet", "0.1s")
    drop.put("a", "echo $BURRO_ATTEMPT; exit 1", job__toml='retries = 2\nretry_delay = "0.1s"\n')
    found = drop.result("a")
    folder = drop.complete("a")
    assert (found["output"], len(found["attempts"])) == ("job_output.txt", 3)
    assert [(folder / f"job_output.txt{end}").read_text() for end in ("", ".1", ".2")] == ["3\n", "1\n", "2\n"]


def test_a_dot_for_each_look_in_rows_of_twenty(another):
    another.prepare()
    ours, theirs = pty.openpty()
    watcher = another.world.start(
        "inbox", "run", str(another.root), "--period", "0.1", env=another.world.env, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    text = b""
    while not re.search(rb"\n\.{20}\r\n\.", text):
        text += os.read(ours, 4096)
    watcher.send_signal(signal.SIGINT)
    assert watcher.wait(timeout=20) == 0
    os.close(ours)


def test_the_lock_tells_of_a_watcher_at_another_machine(tmp_path):
    root = make(str(tmp_path / "root"), group=False)
    path = tmp_path / "root" / ".burro" / "lock"
    path.write_text(json.dumps({"host": "n7", "boot": "another", "pid": 1}))
    with pytest.raises(Failed, match="is watched at n7, which was heard 0 s ago"):
        Lock(root)
    os.utime(path, (0, 0))
    lock = Lock(root)
    with pytest.raises(Failed, match=f"is watched already by process {os.getpid()} at"):
        Lock(root)
    lock.release()
    Lock(root).release()
