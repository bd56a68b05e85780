"""Limits, the circuit breaker, results for a group, and cancelling by moving."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat

from burro.inbox.breaker import Breaker, breaker_of
from burro.inbox.pace import Pace, room
from burro.model.inbox import Settings
from tests.waiting import until


def test_a_folder_that_is_moved_to_cancelled_is_cancelled_there(drop):
    drop.add("--quiet", "0.1s", "--period", "1")
    drop.put("a", "sleep 60")
    drop.put("b", "sleep 60")
    until(lambda: drop.runs == ["a", "b"], within=20)
    (drop.root / "pending" / "a").rename(drop.root / "cancelled" / "a")
    (drop.root / "pending" / "b" / "cancel").write_text("")
    folder = drop.root / "cancelled" / "a"
    until((folder / "job_manager-finished").exists, within=20)
    assert json.loads((folder / "job_result.json").read_text())["state"] == "cancelled"
    assert drop.result("b")["state"] == "cancelled"
    assert "was cancelled" in (drop.complete("b") / "job_error.txt").read_text()
    assert drop.names("pending") == []
    assert drop.world.state("1") == drop.world.state("2") == "cancelled"


def test_a_folder_that_is_taken_away_cancels_its_job_unless_it_is_only_renamed(drop):
    drop.add("--quiet", "0.1s", "--period", "0.5")
    drop.put("a", "sleep 60")
    drop.put("b", "until test -e go; do sleep 0.05; done")
    until(lambda: drop.runs == ["a", "b"], within=20)
    shutil.rmtree(drop.root / "pending" / "a")
    (drop.root / "pending" / "b").rename(drop.root / "pending" / "c")
    until(lambda: drop.world.state("1") == "cancelled", within=20)
    (drop.root / "pending" / "c" / "go").write_text("")
    assert drop.result("c")["state"] == "done"
    assert drop.names("pending") == []


def test_where_much_fails_it_rests_and_stops_and_goes_on_when_told(drop):
    drop.add("--quiet", "0.1s", "--error-min", "2", "--error-pause", "1h", "--max-jobs", "1")
    for number in range(4):
        drop.put(f"{number}", "exit 1")
    until(lambda: drop.rows()[0]["state"] == "resting", within=20)
    row = drop.rows()[0]
    assert row["until"] is not None
    assert f"{drop.root} resting: rests until" in drop.world.burro("doctor").out
    assert re.match(r"rests until (\d+ \w+ )?\d\d:\d\d:\d\d: too much", row["trouble"])
    assert len(drop.names("complete")) == 2
    drop.world.well("inbox", "resume", str(drop.root))
    drop.add("--quiet", "0.1s", "--error-min", "2", "--error-pause", "1h", "--max-jobs", "1")  # does not undo that
    drop.complete("3")
    drop.add("--quiet", "0.1s", "--max-error-percent", "0", "--max-errors", "1")
    drop.world.well("inbox", "resume", str(drop.root))
    until(lambda: drop.rows()[0]["state"] == "watching", within=20)
    for number in (5, 6):
        drop.put(f"{number}", "exit 1")
    until(lambda: drop.rows()[0]["state"] == "stopped", within=20)
    drop.put("7")
    until(lambda: drop.rows()[0]["waiting"] == 1, within=20)
    assert "to go on: burro inbox resume" in drop.rows()[0]["trouble"]
    drop.world.well("inbox", "resume", str(drop.root))
    assert drop.result("7")["state"] == "done"


def test_results_are_given_to_the_group_and_to_nobody_else(drop):
    other = drop.world.work / "other"
    other.write_text("")
    other.chmod(0o600)
    drop.add("--quiet", "0.1s", "--group-writable")
    drop.put("a", f"mkdir d; echo x > d/f; chmod 644 d/f; ln -s {other} l; ln {other} h; chmod 755 d")
    folder = drop.complete("a")
    modes = {name: stat.S_IMODE((folder / name).lstat().st_mode) for name in ("", "d", "d/f", "job_result.json")}
    assert modes == {"": 0o2770, "d": 0o2770, "d/f": 0o660, "job_result.json": 0o660}
    assert (folder / "job_manager-finished").stat().st_mode & 0o777 == 0o660
    assert {(folder / name).stat().st_gid for name in ("d", "d/f")} == {(drop.root / "complete").stat().st_gid}
    assert stat.S_IMODE(other.stat().st_mode) == 0o600
    assert stat.S_IMODE((drop.root / "inbox").stat().st_mode) == 0o700


def test_how_much_may_be_taken():
    usual = Settings()
    assert room(usual, queued=0, waiting=0) == 20
    assert room(usual, queued=95, waiting=3) == 5
    assert room(usual, queued=95, waiting=20) == 0
    assert room(Settings(max_pending=1000, max_jobs=1000), queued=0, waiting=0) == 50
    assert room(Settings(delay=1.0), queued=0, waiting=0) == 1


def test_the_pause_after_a_refusal_grows_and_ends_with_a_submission():
    pace, settings = Pace(), Settings(period=10.0, delay=0.5)
    assert [pace.was_refused(now=100.0, settings=settings) for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    assert pace.left(now=101.0) == 9
    pace.submitted(now=110.0, settings=settings)
    assert pace.left(now=110.0) == 0.5


def test_the_breaker_opens_for_a_share_of_the_window_and_closes_with_a_clean_slate():
    settings = Settings()
    breaker = Breaker().note([False] * 4 + [True] * 3, now=0.0, settings=settings)
    assert not breaker.is_open
    opened = breaker.note([False], now=10.0, settings=settings)
    assert opened.until == 1810.0
    assert breaker_of(json.loads(json.dumps(opened.plain))) == opened
    assert opened.decide(now=1809.0, settings=settings).is_open
    assert opened.decide(now=1810.0, settings=settings) == Breaker(errors=5)
    assert not breaker.note([False], now=700.0, settings=settings).is_open
    assert not Breaker().note([False] * 5 + [True] * 5, now=0.0, settings=settings).is_open
    assert not Breaker().note([False] * 50, now=0.0, settings=Settings(max_error_percent=0)).is_open
    assert Breaker().note([False] * 3, now=0.0, settings=Settings(max_errors=2)).stopped


def test_the_state_of_the_breaker_outlives_its_watcher(another):
    another.prepare()
    another.put("a", "exit 1")
    first = another.run("--quiet", "0", "--max-errors", "0", "--error-min", "1", "--error-pause", "1h")
    another.complete("a")
    first.terminate()
    first.wait(timeout=20)
    another.put("b")
    second = another.run(
        "--quiet", "0", "--error-min", "1", "--error-pause", "1h", "--logfile", str(another.outside / "l")
    )
    until(lambda: (another.outside / "l").exists() and "rests until" in (another.outside / "l").read_text(), within=20)
    second.terminate()
    second.wait(timeout=20)
    assert os.listdir(another.root / "inbox") == ["b"]
