"""Hostile and clumsy input: each ends in rejected/ with a reason, or waits with one; nothing else is touched."""

from __future__ import annotations

import os
import socket

import pytest

from burro.inbox.sight import leads_out
from tests.waiting import until

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def why(drop, name):
    path = drop.root / "rejected" / f"{name}.why"
    until(path.exists, within=20)
    until(lambda: (drop.root / "rejected" / name).is_symlink() or (drop.root / "rejected" / name).exists(), within=20)
    return path.read_text()


REJECTED = {
    "link": "a symbolic link, not a folder",
    "pipe": "a named pipe, not a folder",
    "file": "a file, not a folder",
    "fifo-in-it": "sub/p in it is a named pipe",
    "sock": "s in it is a socket",
    "script-link": "job.sh is a symbolic link, not a plain file",
    "output-link": "job_output.txt is a symbolic link",
    "hard": "job_output.txt has another name elsewhere (a hard link)",
    "leads-out": "data in it is a link that leads out of it",
}


def make_hostile(drop, secret):
    """One for each of them, moved into the inbox."""
    (drop.root / "inbox" / "link").symlink_to(drop.world.home)
    os.mkfifo(drop.root / "inbox" / "pipe")
    (drop.root / "inbox" / "file").write_text("")
    names = ("fifo-in-it", "sock", "script-link", "output-link", "hard", "leads-out")
    fifo, sock, script, output, hard, out = paths = [drop.folder(name) for name in names]
    (fifo / "sub").mkdir()
    os.mkfifo(fifo / "sub" / "p")
    place = os.open(sock, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(f"/proc/self/fd/{place}/s")  # names of sockets are short
    os.close(place)
    (script / "job.sh").unlink()
    (script / "job.sh").symlink_to(secret)
    (output / "job_output.txt").symlink_to(secret)
    (hard / "job_output.txt").hardlink_to(secret)
    (out / "data").symlink_to("/etc")
    for path in paths:
        path.rename(drop.root / "inbox" / path.name)


def test_what_is_no_folder_of_plain_files_is_rejected_with_the_reason(drop):
    secret = drop.world.work / "secret"
    secret.write_text("mine")
    drop.add("--quiet", "0.2s")
    make_hostile(drop, secret)
    for name, sentence in REJECTED.items():
        assert sentence in why(drop, name)
    inside = drop.folder("inside", "cat to")
    (inside / "there").write_text("in\n")
    (inside / "to").symlink_to("there")
    inside.rename(drop.root / "inbox" / "inside")
    assert drop.result("inside")["state"] == "done"
    assert (drop.complete("inside") / "job_output.txt").read_text() == "in\n"
    assert secret.read_text() == "mine"
    assert drop.runs == ["inside"]
    assert drop.names("inbox") == []


@AS_ROOT
def test_what_belongs_to_somebody_else_is_rejected(drop):
    drop.add("--quiet", "0.2s")
    theirs, in_it, closed = drop.folder("theirs"), drop.folder("in-it"), drop.folder("closed")
    os.chown(theirs, 12345, -1)
    os.chown(in_it / "job.sh", 12345, -1)
    closed.chmod(0o000)
    for path in (theirs, in_it, closed):
        path.rename(drop.root / "inbox" / path.name)
    assert why(drop, "theirs") == "it belongs to somebody else\n"
    assert why(drop, "in-it") == "job.sh in it belongs to somebody else\n"
    assert "cannot be read and written by you" in why(drop, "closed")
    assert drop.runs == []


@pytest.mark.parametrize(
    "name",
    [
        b"a b",
        b"quo'te\"s",
        b"new\nline",
        b";rm -rf $HOME",
        b"$(touch x)",
        b"-rf",
        b"bad\xff\xfeutf",
        b"\x1b[2J",
        b"x" * 255,
    ],
)
def test_any_name_is_a_name(another, name):
    another.prepare()
    another.put(name, "echo $BURRO_JOB_ID")
    another.run("--quiet", "0")
    found = another.root / "complete" / os.fsdecode(name)
    until((found / "job_manager-finished").exists, within=20)
    assert (found / "job_output.txt").read_text().strip().isdigit()
    assert os.listdir(another.root / "inbox") == []


def test_what_is_rejected_holds_up_nobody_behind_it(drop):
    drop.prepare()
    (drop.root / "inbox" / "1").symlink_to("/")
    for name in "234":
        drop.put(name)
    drop.add("--quiet", "0", "--max-jobs", "1")
    drop.complete("4", within=15)
    assert drop.runs == ["2", "3", "4"]


def test_two_rejected_ones_of_a_name_are_both_kept(drop):
    drop.add("--quiet", "0.1s")
    for name in ("x", "x-2"):
        (drop.root / "inbox" / "x").symlink_to("/")
        why(drop, name)
    assert drop.names("rejected") == ["x", "x-2", "x-2.why", "x.why"]


def test_an_inbox_that_is_open_to_others_takes_nothing(drop):
    drop.prepare()
    (drop.root / "inbox").chmod(0o777)
    drop.add("--quiet", "0.1s")
    drop.put("a")
    until(lambda: "others can write to inbox/" in (drop.rows()[0]["trouble"] or ""), within=20)
    assert drop.names("inbox") == ["a"]
    drop.add("--quiet", "0.1s", "--trust")
    assert drop.result("a")["state"] == "done"


def test_what_vanishes_is_forgotten(drop):
    drop.add("--quiet", "0.1s")
    folder = drop.root / "inbox" / "gone"
    folder.mkdir()
    until(lambda: drop.rows()[0]["waiting"] == 1, within=20)
    folder.rmdir()
    drop.put("b")
    drop.complete("b")
    assert drop.names("rejected") == []


def test_a_root_that_goes_away_is_waited_for(drop):
    drop.add("--quiet", "0.1s", "--period", "0.5")
    until(lambda: drop.rows()[0]["at"], within=20)
    (drop.root / "complete").rename(drop.root / "hidden")
    until(lambda: "complete" in (drop.rows()[0]["trouble"] or ""), within=20)
    drop.put("a")
    (drop.root / "hidden").rename(drop.root / "complete")
    drop.complete("a")


def test_where_a_job_made_its_folder_useless_it_comes_back_all_the_same(drop):
    drop.add("--quiet", "0.1s")
    drop.put(
        "closed", "ln -sf /etc/passwd job_result.json; ln -s /etc/passwd job_error.txt; mkfifo p; chmod 0 .; exit 1"
    )
    drop.put("gone", 'cd /; rm -rf "$OLDPWD"')
    assert drop.result("closed")["exit_code"] == 1
    assert not (drop.root / "complete" / "closed" / "job_error.txt").is_symlink()
    until(lambda: not drop.names("pending") and drop.rows()[0]["pending"] == 0, within=20)


def test_what_a_job_puts_in_the_way_of_its_results_is_put_aside_and_holds_nobody_up(drop):
    drop.add("--quiet", "0.1s", "--period", "0.5", "--max-error-percent", "0")
    drop.put("a", "mkdir job_result.json job_error.txt job_manager-finished; touch job_result.json/mine")
    drop.put("b", "rm -f .burro-job; mkfifo .burro-job; rm .burro-key; mkdir .burro-key")
    drop.put("c", "mkfifo .burro-unpacked")
    drop.put("d", "")
    assert drop.result("a")["state"] == drop.result("d")["state"] == "done"
    assert drop.names("complete")[:1] == ["a"]
    assert (drop.root / "complete" / "a" / "job_result.json-2" / "mine").exists()
    assert not (drop.root / "complete" / "a" / "job_error.txt").exists()
    until(lambda: "c: it cannot be read" in drop.world.well("inbox", "list"), within=20)
    (drop.root / "pending" / "c" / ".burro-unpacked").unlink()
    drop.complete("c")


@pytest.mark.parametrize(
    ("target", "depth", "out"),
    [
        ("a", 0, False),
        ("../a", 1, False),
        ("../a", 0, True),
        ("/a", 3, True),
        ("a/../../b", 1, True),
        ("./../..", 2, False),
        ("", 0, False),
    ],
)
def test_links_are_judged_by_where_they_may_lead(target, depth, out):
    assert leads_out(target, depth=depth) is out
