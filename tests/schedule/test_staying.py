"""Scheduled jobs in a clone at another machine, reached by a real sshd: contents stay in its annex."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.schedule.lab import Lab
from tests.ssh.conftest import fleet, machines

__all__ = ["fleet", "machines"]


class There:
    """The clone `~/ds` at m1."""

    def __init__(self, lab, home):
        self.path = home / "ds"
        lab.git("clone", "-q", str(lab.path), str(self.path))
        self.lab = lab
        for words in (("config", "user.name", "ann"), ("config", "user.email", "ann@x"), ("annex", "init", "-q", "m1")):
            self.git(*words)

    def git(self, *words):
        done = subprocess.run(
            ["git", *words], cwd=self.path, env=self.lab.env, capture_output=True, text=True, check=True
        )
        return done.stdout.rstrip("\n")


@pytest.fixture
def lab(fleet):
    return Lab(fleet.world)


@pytest.fixture
def there(lab, fleet):
    lab.annexed("raw", "3\n1\n")
    lab.annexed("old", "old\n")
    (lab.path / ".gitattributes").write_text("*.txt annex.largefiles=nothing\n")
    lab.git("add", ".gitattributes")
    lab.git("commit", "-q", "-m", "texts")
    (fleet.machines["m1"].home / ".profile").write_text(f"export PATH={Path(sys.executable).parent}:$PATH\n")
    made = There(lab, fleet.machines["m1"].home)
    fleet.up("m1")
    return made


def test_contents_stay_in_the_clone_and_the_commit_says_where(lab, there):
    before = there.git("rev-parse", "HEAD"), there.git("status", "--porcelain")
    command = "mkdir out; sort raw > out/sorted.bin; echo done > out/note.txt; sort raw > old"
    job = lab.schedule("-p", "m1", "--stay", "~/ds", "-i", "raw", "-o", "out", "-o", "old", command)

    assert f"{job} done" in lab.well("finish", "--wait")
    assert lab.read("out/note.txt") == "done\n"
    assert (lab.path / "out/sorted.bin").is_symlink()
    assert not (lab.path / "out/sorted.bin").exists()
    assert there.git("config", "annex.uuid") in lab.git("annex", "whereis", "out/sorted.bin")
    assert lab.git("annex", "find", "--in=here", "out", "old") == ""
    assert lab.dirt == ""
    assert lab.record()["burro"]["stay"] == "~/ds"
    assert (there.git("rev-parse", "HEAD"), there.git("status", "--porcelain")) == before
    lab.git("remote", "add", "m1", str(there.path))
    lab.git("fetch", "-q", "m1")
    assert "[m1]" in lab.git("annex", "whereis", "out/sorted.bin")
    lab.git("annex", "get", "-q", "out", "old")
    assert (lab.read("out/sorted.bin"), lab.read("old")) == ("1\n3\n", "1\n3\n")
    assert list((lab.queue.queue / "stays").iterdir()) == []
    lab.git("annex", "fsck", "-q")


def test_tasks_at_once_stay_in_one_clone_and_a_repetition_goes_there_too(lab, there):
    lab.schedule("-p", "m1", "--stay", "~/ds", "-a", "0-3", "-o", "res/{i}", "echo {i} > res/{i}")
    lab.well("finish", "--wait")
    assert lab.git("annex", "find", "--in=here", "res") == ""

    again = lab.well("reschedule", "res/2").split()[-1]
    lab.well("wait", again)
    assert lab.queue.show(again)["pool"] == "m1"
    assert f"{again} done" in lab.well("finish")
    assert there.git("status", "--porcelain") == ""
    shared = lab.burro("schedule", "-p", "m1", "--stay", "~/ds", "-a", "0-3", "-o", "res", "true")
    assert (shared.code, "give each outputs of its own: -o 'res/{i}'" in shared.err) == (2, True)


def test_a_failure_leaves_the_clone_as_it_was_and_the_next_attempt_is_not_in_its_way(lab, there):
    stays = ("-p", "m1", "--stay", "~/ds", "-o", "old", "-o", "new")
    job = lab.schedule(*stays, "echo half > old; echo half > new; exit 3")
    lab.burro("wait", job)
    assert "what the task left is in" in lab.well("logs", job)
    assert there.git("status", "--porcelain") == ""
    assert (there.path / "old").is_symlink()

    lab.schedule(*stays, "test ! -e new && echo x > new && echo y > old")
    lab.well("finish", "--wait")
    assert lab.git("annex", "find", "--in=here", "old", "new") == ""


def test_a_clone_with_other_inputs_or_none_at_all_is_named(lab, there):
    lab.annexed("later", "1\n")
    stays = ("-p", "m1", "--stay")
    jobs = [
        lab.schedule(*stays, "~/ds", "-i", "later", "-o", "a", "cp later a"),
        lab.schedule(*stays, "~/none", "-o", "b", "true"),
    ]
    lab.burro("wait", *jobs)
    other, none = (lab.well("logs", job) for job in jobs)

    assert "git has other inputs in" in other
    assert "bring it up to date: git pull" in other
    assert "there is no clone of the repository in" in none
    assert "name its pool: -p POOL" in lab.burro("schedule", "--stay", "~/ds", "-o", "c", "true").err
