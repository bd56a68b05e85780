"""The watcher is killed with kill -9 between any two of its steps: each folder runs once and arrives once.

How often something ran is told by the jobs themselves.
"""

from __future__ import annotations

import re
import signal
import tarfile
from pathlib import Path

import pytest

from burro.base.failpoint import NAMES
from tests.waiting import until

FOLDERS = [
    *("inbox.before_key", "inbox.after_key", "inbox.after_pending", "inbox.after_submit", "inbox.after_job"),
    *("inbox.before_result", "inbox.after_result", "inbox.after_complete", "inbox.after_marker"),
]
ARCHIVES = [
    *("inbox.before_key", "inbox.after_key", "inbox.after_place", "inbox.after_pending", "inbox.in_unpack"),
    *("inbox.after_unpack", "inbox.after_submit", "inbox.after_complete", "inbox.after_marker"),
]
OTHERS = ["inbox.after_why", "inbox.before_cancel", "inbox.in_move"]  # the last one in test_sshfs.py


def dies_at(drop, failpoint, *words):
    """A watcher that is killed there, to its end."""
    armed = {"BURRO_TESTING": "1", "BURRO_FAILPOINT": f"{failpoint}=kill9"}
    assert drop.run("--quiet", "0", *words, **armed).wait(timeout=30) == -signal.SIGKILL


def test_every_failpoint_of_inboxes_has_its_story_and_its_row():
    names = {name for name in NAMES if name.startswith("inbox.")}
    assert set(FOLDERS) | set(ARCHIVES) | set(OTHERS) == names
    rows = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()
    assert set(re.findall(r"^\| `(inbox\.\w+)` \|", rows, re.MULTILINE)) == names


@pytest.mark.parametrize("failpoint", FOLDERS)
def test_a_folder_runs_once_and_arrives_once(another, failpoint):
    another.prepare()
    for name in ("a", "b"):
        another.put(name)
    dies_at(another, failpoint)
    another.run("--quiet", "0")
    for name in ("a", "b"):
        assert another.result(name)["state"] == "done"
    assert another.runs == another.names("complete") == ["a", "b"]
    assert another.names("inbox") == another.names("pending") == []


@pytest.mark.parametrize("failpoint", ARCHIVES)
def test_an_archive_runs_once_and_arrives_once(another, failpoint):
    another.prepare()
    with tarfile.open(another.root / "inbox" / "a.tar.gz", "w:gz") as archive:
        archive.add(another.folder("a", "echo out > made"), arcname="a")
    dies_at(another, failpoint)
    another.run("--quiet", "0")
    packed = another.root / "complete" / "a.tar.gz"
    until(lambda: packed.exists() and not another.names("pending"), within=20)
    with tarfile.open(packed) as archive:
        assert {"a/made", "a/job_result.json", "a/job_manager-finished"} <= set(archive.getnames())
    assert another.runs == ["a"]
    assert another.names("complete") == ["a.tar.gz"]
    assert another.names("inbox") == []


def test_what_was_rejected_is_so_once(another):
    another.prepare()
    (another.root / "inbox" / "link").symlink_to("/")
    dies_at(another, "inbox.after_why")
    another.run("--quiet", "0")
    until(lambda: another.names("rejected") == ["link", "link.why"], within=20)
    assert another.names("inbox") == []


def test_a_cancel_is_heeded_by_the_next(another):
    another.prepare()
    another.put("a", "sleep 60")
    first = another.run("--quiet", "0")
    until(lambda: another.runs == ["a"], within=20)
    first.terminate()
    first.wait(timeout=20)
    (another.root / "pending" / "a" / "cancel").write_text("")
    dies_at(another, "inbox.before_cancel")
    another.run("--quiet", "0")
    assert another.result("a")["state"] == "cancelled"
    assert another.runs == ["a"]
