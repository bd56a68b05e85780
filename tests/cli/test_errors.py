"""Trouble: one sentence with the fact and the next step, the exit code that is promised, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["stauts"], 2, "did you mean 'status'?"),
        (["--jsno"], 2, "there is no option '--jsno'"),
        (["--queue"], 2, "--queue needs a directory"),
        (["status", "--jsn"], 2, "did you mean '--json'?"),
        (["submit", "--cpu", "2", "true"], 2, "did you mean '--cpus'?"),
        (["run", "--parsable", "true"], 2, "there is no option '--parsable'"),
        (["submit"], 2, "there is no command"),
        (["submit", "-c"], 2, "-c needs a value"),
        (["submit", "-c", "two", "true"], 2, "two"),
        (["submit", "-c", "0", "true"], 2, "at least 1"),
        (["submit", "-t", "soon", "true"], 2, "soon"),
        (["submit", "-m", "much", "true"], 2, "much"),
        (["submit", "-P", "high", "true"], 2, "high"),
        (["submit", "-a", "9-0", "true"], 2, "9-0"),
        (["submit", "-a", "x", "true"], 2, "0-99"),
        (["submit", "-p", "mars", "true"], 3, "mars"),
        (["pool", "pause", "mars"], 3, "mars"),
        (["submit", "-J", "two\nlines", "true"], 2, "printable"),
        (["submit", "-c", "100000", "true"], 2, "100000"),
        (["submit", "--shell", "a", "b"], 2, "stands beside"),
        (["submit", "--shell", "a", "-f", "b"], 2, "do not go together"),
        (["submit", "-f", "nowhere"], 2, "cannot read"),
        (["submit", "--script", "nowhere"], 2, "cannot read"),
        (["submit", "--script", "."], 2, "is a directory"),
        (["submit", "./"], 2, "is a directory"),
        (["submit", "-f", "."], 2, "is a directory"),
        (["submit", "--parsable", "--json", "true"], 2, "do not go together"),
        (["show", "999"], 3, "999"),
        (["show", "1.7"], 3, "1.7"),
        (["show", "nobody"], 3, "nobody"),
        (["show", "1", "--limit", "-1"], 2, "--limit must be at least 0"),
        (["show"], 2, "see: burro show --help"),
        (["status", "999"], 3, "999"),
        (["status", "--state", "sleeping"], 2, "sleeping"),
        (["logs", "999"], 3, "999"),
        (["logs", "-f", "999"], 3, "999"),
        (["logs", "-f", "--attempt", "1", "1"], 2, "leave --attempt"),
        (["cancel", "999"], 3, "999"),
        (["hold", "999"], 3, "999"),
        (["release", "999"], 3, "999"),
        (["wait", "999"], 3, "999"),
        (["wait", "1", "--timeout", "soon"], 2, "soon"),
        (["up", "-c", "many"], 2, "many"),
        (["down", "--now", "--drain"], 2, "not allowed"),
        (["workers", "here"], 2, "one word too many"),
        (["completion", "ksh"], 2, "ksh"),
    ],
)
def test_trouble_is_one_sentence(shared, words, code, said):
    if not (shared.queue / "server.json").exists():
        shared.done("-o", "none", "true")
    ended = shared.burro(*words)
    assert ended.code == code, ended
    assert ended.err.startswith("burro: ")
    assert ended.err.count("\n") == 1
    assert said in ended.err
    assert ended.out == "" or "--json" in words


@pytest.mark.parametrize(
    "words", [["show", "999"], ["status", "999"], ["logs", "999"], ["wait", "999"], ["cancel", "999"]]
)
def test_trouble_is_json_where_json_was_asked_for(shared, words):
    ended = shared.burro(*words, "--json")
    error = json.loads(ended.out)["error"]
    assert (ended.code, error["code"]) == (3, 3)
    assert ended.err == f"burro: {error['message']}\n"


def test_a_file_without_a_command_is_refused(shared):
    shared.write("empty", "\n# nothing\n   \n")
    ended = shared.burro("submit", "-f", "empty")
    assert (ended.code, ended.out) == (2, "")
    assert "empty has no command in it" in ended.err


def test_a_command_that_is_not_there_fails_its_task_only(shared):
    job = shared.ended("no-such-command-here")
    [attempt] = shared.show(job)["tasks"][0]["attempts"]
    assert attempt["outcome"] == "not-started"
    assert "no-such-command-here" in attempt["reason"]


def test_a_directory_that_is_gone_fails_its_task_only(shared):
    gone = shared.work / "gone"
    gone.mkdir()
    job = shared.submit("--hold", "-D", "gone", "-o", "/dev/null", "true")
    gone.rmdir()
    shared.well("release", job)
    shared.burro("wait", job)
    [attempt] = shared.show(job)["tasks"][0]["attempts"]
    assert attempt["outcome"] == "not-started"
    assert "gone" in attempt["reason"]


def test_an_output_that_cannot_be_written_fails_its_task_only(shared):
    shared.write("file", "")
    job = shared.ended("-o", "file/out", "true")
    [attempt] = shared.show(job)["tasks"][0]["attempts"]
    assert attempt["outcome"] == "not-started"
    assert shared.done("-o", "none", "true")


def test_a_current_directory_that_is_gone_is_told(shared):
    gone = shared.work / "away"
    gone.mkdir()
    script = f'cd "{gone}" && rmdir "{gone}" && exec burro submit true'
    done = subprocess.run(["sh", "-c", script], env=shared.env, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr == b"burro: the current directory is gone; cd to one that exists and submit again\n"


def test_a_name_with_quotes_and_semicolons_is_kept(shared):
    name = 'it\'s "a" name; rm -rf $HOME `x`'
    job = shared.done("-J", name, "-o", "%x.out", "echo", "hi")
    assert shared.show(job)["name"] == name
    assert (shared.work / f"{name}.out").read_text() == "hi\n"
    assert name in shared.well("status", "--all")


def test_what_could_move_the_cursor_is_not_printed(shared):
    job = shared.done("-o", "none", "true", "\x1b[31mred\x07\n\t")
    for words in (["status", job], ["show", job]):
        out = shared.well(*words)
        assert "\x1b" not in out
        assert "\x07" not in out
    assert len(shared.well("status", job).splitlines()) == 3


def test_a_queue_that_cannot_be_made_is_told(queue):
    queue.env["BURRO_QUEUE"] = "/proc/burro"
    ended = queue.burro("submit", "true")
    assert ended.code in (2, 4)
    assert "/proc/burro" in ended.err
    assert "Traceback" not in ended.err
    queue.env["BURRO_QUEUE"] = str(queue.queue)


def test_a_queue_that_is_a_file_is_told(queue):
    queue.queue.write_text("")
    ended = queue.burro("submit", "true")
    assert ended.code in (2, 4)
    assert "not a directory" in ended.err
    queue.queue.unlink()


def test_a_queue_of_somebody_else_is_refused(queue):
    if os.geteuid() != 0:
        return  # only root can make such a directory
    queue.queue.mkdir(mode=0o700)
    os.chown(queue.queue, 12345, 12345)
    ended = queue.burro("submit", "true")
    os.chown(queue.queue, 0, 0)
    assert ended.code in (2, 4)
    assert "belongs to somebody else" in ended.err


_STRANGER = """
import json, os, socket, sys
address = json.load(open(sys.argv[1] + "/server.json"))["socket"]
os.setgroups([]); os.setgid(65534); os.setuid(65534)
def refused(what):
    try:
        what()
    except PermissionError:
        return True
print(refused(lambda: os.listdir(sys.argv[1])), refused(lambda: open(sys.argv[1] + "/server.json")),
      refused(lambda: socket.socket(socket.AF_UNIX).connect(address)))
"""


def test_another_user_can_neither_read_nor_submit(queue):
    if os.geteuid() != 0:
        return  # only root can be a second user
    queue.done("-o", "none", "true")
    for parent in (queue.queue.parent, *queue.queue.parent.parents):
        if "pytest-of" in str(parent):
            parent.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", _STRANGER, str(queue.queue)], capture_output=True, check=True)
    assert done.stdout == b"True True True\n"
