"""A folder goes in, its job runs, and the folder comes out complete: with directories only."""

from __future__ import annotations

import json
import os
import signal

from tests.inbox.conftest import MARKER
from tests.waiting import until


def test_a_folder_is_run_and_comes_back_complete(drop):
    drop.add("--quiet", "0.2s")
    drop.put("a job; with 'odd' name", "cat input; echo oops >&2", input="hello\n")
    found = drop.result("a job; with 'odd' name")
    folder = drop.complete("a job; with 'odd' name")
    assert (folder / "job_output.txt").read_text() == "hello\noops\n"
    assert not (folder / "job_error.txt").exists()
    wanted = {"id": 1, "state": "done", "exit_code": 0, "signal": None, "pool": "local", "output": "job_output.txt"}
    assert {name: found[name] for name in wanted} == wanted
    assert found["attempts"][0]["outcome"] == "exited"
    assert drop.names("inbox") == drop.names("pending") == []
    assert drop.runs == ["a job; with 'odd' name"]
    until(lambda: drop.rows()[0]["delivered"] == 1, within=10)
    assert drop.rows()[0]["state"] == "watching"


def test_the_exit_code_decides_and_job_error_says_why(drop):
    drop.add("--quiet", "0.2s")
    drop.put("exits", "cd /; exit 0")
    drop.put("fails", "echo seen; exit 7")
    drop.put("bad-option", "")
    with (drop.root / "inbox").joinpath(".x").open("w"):
        pass
    drop.put("toml", "echo $SLURM_CPUS_PER_TASK $BURRO_CPUS", job__toml='cpus = 1\nenv = {A = "b"}\n')
    drop.put("toml-bad", "", job__toml="cpus = 0\n")
    assert drop.result("exits")["state"] == "done"
    found = drop.result("fails")
    assert (found["state"], found["exit_code"]) == ("failed", 7)
    assert "exited with code 7" in (drop.complete("fails") / "job_error.txt").read_text()
    assert drop.result("toml")["state"] == "done"
    assert drop.result("toml-bad")["state"] == "refused"
    assert "--cpus must be at least 1" in (drop.complete("toml-bad") / "job_error.txt").read_text()
    assert (drop.root / "inbox" / ".x").exists()


def test_lines_of_the_script_names_and_tasks(drop):
    drop.add("--quiet", "0.2s")
    drop.put("b", "", job_name__txt="a name\n")
    array = drop.folder("array")
    (array / "job.sh").unlink()
    (array / "tasks.txt").write_text("echo one\n\n# no task\nexit 3\n")
    array.rename(drop.root / "inbox" / "array")
    assert drop.result("b")["name"] == "a name"
    found = drop.result("array")
    assert (found["state"], found["counts"]) == ("failed", {"done": 1, "failed": 1})
    assert [task["exit_code"] for task in found["tasks"]] == [0, 3]
    assert (drop.complete("array") / "job_output" / "0.txt").read_text() == "one\n"
    error = (drop.complete("array") / "job_error.txt").read_text()
    assert "of 2 tasks 1 failed; what it wrote is in job_output/, how" in error


def test_a_pool_or_job_that_there_is_not_is_the_fault_of_its_folder_alone(drop):
    drop.add("--quiet", "0.2s")
    drop.put("a", "", job__toml='pool = "nope"\n')
    drop.put("b", "", job__toml='dependency = "afterok:99"\n')
    drop.put("c", "")
    assert drop.result("c")["state"] == "done"
    refused = drop.result("a")
    assert (refused["state"], refused["exit_code"], refused["attempts"]) == ("refused", None, [])
    assert "there is no pool 'nope'" in (drop.complete("a") / "job_error.txt").read_text()
    assert "there is no job 99" in (drop.complete("b") / "job_error.txt").read_text()


def test_a_pool_that_the_inbox_names_is_waited_for(another):
    another.prepare()
    another.put("a")
    watcher = another.run("--pool", "nope", "--logfile", str(another.outside / "l"))
    log = another.outside / "l"
    until(lambda: log.exists() and "no pool 'nope', to which this inbox sends" in log.read_text(), within=20)
    watcher.terminate()
    watcher.wait(timeout=20)
    assert another.names("complete") == []


def test_logs_follow_a_folder_that_came_back(drop):
    drop.add("--quiet", "0.2s")
    for said in ("first", "second"):
        drop.put(
            "a", f"echo {said} $BURRO_ATTEMPT; test $BURRO_ATTEMPT = 2", job__toml='retries = 1\nretry_delay = "0.1s"\n'
        )
        drop.complete("a" if said == "first" else "a-2")
    assert drop.world.well("logs", "1") == drop.world.well("logs", "-f", "1") == "first 2\n"
    assert drop.world.well("logs", "1", "--attempt", "1") == "first 1\n"
    assert drop.world.well("logs", "2") == "second 2\n"


def test_what_is_run_again_begins_anew(drop):
    drop.add("--quiet", "0.2s")
    drop.put("a", "echo one; test -e well", job__toml='retries = 1\nretry_delay = "0.1s"\n')
    array = drop.folder("b", tasks__txt="echo two\n")
    (array / "job.sh").unlink()
    array.rename(drop.root / "inbox" / "b")
    for name in ("a", "b"):
        folder = drop.complete(name)
        (folder / "well").write_text("")
        folder.rename(drop.root / "inbox" / name)
    folder = drop.complete("a")
    assert drop.result("a")["state"] == "done"
    assert [name for name in sorted(os.listdir(folder)) if "output" in name] == ["job_output.txt"]
    assert (folder / "job_output.txt").read_text() == "one\n"
    assert (drop.complete("b") / "job_output" / "0.txt").read_text() == "two\n"


def test_a_long_array_is_counted_whole(drop):
    drop.add("--quiet", "0.2s")
    array = drop.folder("array")
    (array / "job.sh").unlink()
    (array / "tasks.txt").write_text(":\n" * 1100)
    array.rename(drop.root / "inbox" / "array")
    found = drop.result("array", within=60)
    assert (found["counts"], len(found["tasks"])) == ({"done": 1100}, 1000)


def not_ready(drop):
    """Why those wait that are not ready."""
    return [one["why"] for one in drop.rows()[0]["not_ready"]]


def test_the_smaller_name_goes_first_while_it_waits(drop):
    drop.add("--quiet", "0.2s", "--max-jobs", "1")
    go = drop.world.work / "go"
    drop.put("50", f"until test -e {go}; do sleep 0.02; done")
    until(lambda: drop.names("pending") == ["50"], within=10)
    for name in ("90", "7", "60"):
        drop.put(name)
    (drop.root / "inbox" / "10-not-ready").mkdir()
    drop.put("2-late.part")
    go.write_text("")
    drop.complete("90")
    assert [os.path.basename(line) for line in drop.ledger.read_text().split()] == ["50", "60", "7", "90"]
    assert drop.names("inbox") == ["10-not-ready", "2-late.part"]
    why = {"name": "10-not-ready", "why": "there is no job.sh and no tasks.txt in it"}
    until(lambda: why in (drop.rows()[0]["not_ready"] or ()), within=10)


def test_a_marker_says_when_it_is_whole_and_a_lock_freezes_all(drop):
    drop.add("--ready", "up", "--lock", "frozen", "--finished", "over")
    (drop.root / "frozen").write_text("")
    drop.put("a", up="")
    drop.put("b")
    until(lambda: (drop.rows()[0]["trouble"] or "").startswith("frozen"), within=10)
    assert drop.names("inbox") == ["a", "b"]
    (drop.root / "frozen").unlink()
    until((drop.root / "complete" / "a" / "over").exists, within=10)
    assert drop.names("inbox") == ["b"]
    (drop.root / "inbox" / "b" / "up").write_text("")
    until((drop.root / "complete" / "b" / "over").exists, within=10)


def test_a_copy_that_lasts_is_not_taken_half(drop):
    drop.add("--quiet", "5s")
    slow = drop.root / "inbox" / "slow"
    slow.mkdir()
    (slow / "job.sh").write_text("cat part*\n")
    for number in range(3):
        (slow / f"part{number}").write_text(f"{number}")
        until(lambda: drop.rows()[0]["waiting"] == 1, within=5)
    assert drop.names("pending") == []
    drop.result("slow")
    assert (drop.complete("slow") / "job_output.txt").read_text() == "012"


def test_names_that_are_complete_already_get_a_suffix(drop):
    drop.prepare()
    (drop.root / "complete" / "x").mkdir()
    (drop.root / "complete" / "x" / "theirs").write_text("")
    drop.add("--quiet", "0.2s")
    drop.put("x")
    assert drop.result("x-2")["state"] == "done"
    assert os.listdir(drop.root / "complete" / "x") == ["theirs"]
    again = drop.root / "complete" / "x-2"
    again.rename(drop.root / "inbox" / "x-2")
    until(lambda: drop.runs == ["x", "x-2"], within=10)
    assert drop.result("x-2")["id"] == 2


def test_pause_resume_remove(drop):
    drop.add("--quiet", "0.2s")
    drop.world.well("inbox", "pause", str(drop.root))
    until(lambda: drop.rows()[0]["trouble"] == "paused", within=10)
    drop.put("a")
    until(lambda: drop.rows()[0]["waiting"] == 1, within=10)
    assert drop.names("inbox") == ["a"]
    assert "goes on" in drop.world.well("inbox", "resume", str(drop.root))
    drop.complete("a")
    drop.world.well("inbox", "remove", str(drop.root))
    assert drop.rows() == []
    ended = drop.world.burro("inbox", "pause", str(drop.root))
    assert (ended.code, "is not watched" in ended.err) == (3, True)
    until(lambda: not any("burro.inbox" in line for line in drop.world.processes().values()), within=10)


def test_in_the_foreground_until_it_is_told_to_stop(drop):
    drop.prepare()
    (drop.root / "complete").rename(drop.root / "completed")
    watcher = drop.run("--quiet", "0.2s", "--logfile", "log")
    drop.put("a")
    until((drop.root / "completed" / "a" / MARKER).exists, within=20)
    second = drop.world.burro("inbox", "run", str(drop.root))
    assert (second.code, "is watched already by process" in second.err) == (1, True)
    watcher.send_signal(signal.SIGINT)
    out, err = watcher.communicate(timeout=20)
    assert (watcher.returncode, err) == (0, b"")
    assert b"taken: a is job 1" in out
    assert b"complete: a: job 1 done" in out
    assert "complete: a" in (drop.world.work / "log").read_text()


def test_what_stands_in_the_way_of_an_inbox_is_said(drop):
    drop.prepare()
    (drop.root / ".burro").mkdir()
    (drop.root / ".burro" / "lock").write_text("")
    for words, code, sentence in (
        (["inbox", "add", str(drop.root), "--quiet", "x"], 2, "'x' is no duration"),
        (["inbox", "add", str(drop.root), "--ready", "a/b"], 2, "--ready is the name of a file"),
        (["inbox", "add", str(drop.root), "--pool", "nope"], 3, "there is no pool 'nope'"),
        (["inbox", "add", str(drop.root), "--finished", "job.sh"], 2, "--finished cannot be 'job.sh'"),
        (["inbox", "add", str(drop.root), "--lock", "inbox"], 2, "--lock cannot be 'inbox'"),
        (["inbox", "add", str(drop.root / "pending" / "x")], 2, f"lies in the inbox {drop.root};"),
        (["inbox", "ad"], 2, "did you mean 'add'"),
        (["inbox"], 2, "say what to do, one of add, list"),
    ):
        ended = drop.world.burro(*words)
        assert ended.code == code, ended
        assert sentence in ended.err
    (drop.root / "pending").rmdir()
    (drop.root / "pending").write_text("")
    ended = drop.world.burro("inbox", "add", str(drop.root))
    assert (ended.code, "is no directory" in ended.err) == (2, True)


def test_the_watcher_starts_a_server_that_was_killed(drop):
    drop.add("--quiet", "0.2s")
    until(lambda: drop.rows()[0]["at"], within=10)
    os.kill(drop.world.server(), signal.SIGKILL)
    drop.put("a")
    assert drop.result("a")["state"] == "done"
    assert drop.runs == ["a"]


def test_results_as_json_are_documented(drop):
    drop.add("--quiet", "0.2s")
    drop.put("killed", "kill -9 $$")
    found = drop.result("killed")
    assert (found["state"], found["signal"]) == ("failed", 9)
    assert json.loads((drop.complete("killed") / "job_result.json").read_text())["usage"]["max_rss"] > 0
