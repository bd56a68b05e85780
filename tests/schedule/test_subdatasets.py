"""Outputs in subdatasets: reserved, replaced, recorded in each repository, and repeated by DataLad itself."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.schedule.lab import GIT, Lab


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A repository with a subdataset `sub`, which has one of its own, `sub/deep`, made once for all tests."""
    path = tmp_path_factory.mktemp("nested")
    env = {
        "HOME": str(path.parent),
        "PATH": f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}",
        **GIT,
    }

    def git(place, *words):
        subprocess.run(["git", *words], cwd=path / place, env=env, check=True)

    (path / "sub/deep").mkdir(parents=True)
    for place, inner in (("sub/deep", ""), ("sub", "deep"), (".", "sub")):
        git(place, "init", "-q")
        if inner:
            git(place, "annex", "init", "-q")
            git(place, "submodule", "--quiet", "add", f"./{inner}", inner)
        git(place, "commit", "-q", "--allow-empty", "-m", "begin")
    return path


class Nested(Lab):
    """A queue beside a copy of that."""

    def __init__(self, queue, template) -> None:
        self.queue, self.path = queue, queue.work / "ds"
        shutil.copytree(template, self.path, symlinks=True)
        self.env = queue.env = {**queue.env, **GIT}

    def subjects(self, place="."):
        """The newest first."""
        return self.git("-C", place, "log", "--format=%s").splitlines()

    def head(self, place):
        return self.git("-C", place, "rev-parse", "HEAD")

    def sound(self):
        """Each repository is clean, and each commit above names one that is below."""
        for place, inner in ((".", "sub"), ("sub", "deep")):
            assert self.git("-C", place, "status", "--porcelain") == ""
            assert self.git("-C", place, "rev-parse", f"HEAD:{inner}") == self.head(os.path.join(place, inner))
        assert "error" not in self.git("-C", "sub", "fsck", "--no-dangling")


@pytest.fixture
def lab(queue, template):
    return Nested(queue, template)


def test_from_the_guard_to_a_rerun_by_datalad(lab):
    command = "echo 1 > sub/out; echo 2 > sub/deep/x; echo 3 > top"
    lab.schedule("--hold", "-m", "make", "-o", "sub/out", "-o", "sub/deep/x", "-o", "top", command)
    for words in (("-d", "sub", "-o", "out"), ("-d", "sub/deep", "-o", "."), ("-o", "sub")):
        assert "to be written by job 1" in lab.burro("schedule", *words, "true").err
    lab.schedule("--hold", "-d", "sub", "-o", "own/a", "echo > own/a")
    refused = lab.burro("schedule", "-o", "sub/own", "true")
    assert "sub/own is to be written by job 2 (as own/a, scheduled in " in refused.err
    asked = ("schedule", "--hold", "-i", "sub/own/a", "-a", "1-3", "-o", "sub/r{i}", "echo {i} > sub/r{i}")
    assert "job 2 writes sub/own/a" in lab.burro(*asked).err
    assert "job 3.2" in lab.burro("schedule", "-d", "sub", "-o", "r2", "true").err
    lab.well("release", "1", "3")
    lab.well("finish", "--wait", "1", "3")

    assert len(lab.subjects()) == 5
    made = ["make", *(f"echo {one} > sub/r{one}" for one in (1, 2, 3))]
    assert lab.subjects("sub") == [*(f"[DATALAD RUNCMD] {one}" for one in made[::-1]), "begin"]
    assert lab.subjects("sub/deep") == ["[DATALAD RUNCMD] make", "begin"]
    moved = lab.git("log", "--raw", "--format=", "--no-abbrev", "-4", "--", "sub").split("\n")
    assert [line.split()[3] for line in moved] == lab.git("-C", "sub", "log", "-4", "--format=%H").split()
    lab.sound()
    lab.datalad("rerun", "HEAD~3")
    lab.sound()


def test_which_job_made_it_is_told_in_each_repository(lab):
    lab.schedule("-m", "make", "-o", "sub/deep/x", "echo > sub/deep/x; echo > sub/deep/y")
    told = lab.burro("finish", "--wait").err
    assert "1 file that nobody declared came meanwhile: sub/deep/y; declare such" in told
    lab.schedule("-d", "sub", "-m", "own", "-o", "own", "echo > own")
    lab.well("finish", "--wait", "-d", "sub")

    made = lab.head(".")[:10]
    assert lab.well("log", "sub/deep/x").startswith(f"{made}, job 1: make\n")
    assert "where this one is sub/deep" in lab.well("log", "x", cwd=lab.path / "sub/deep")
    assert lab.well("log", "sub/own").startswith(f"{lab.head('sub')[:10]} of sub, job 2: own\n")
    assert "schedule it again there: -d sub" in lab.burro("reschedule", "sub/own").err
    above = lab.burro("reschedule", "x", cwd=lab.path / "sub/deep").err
    assert f"one of the dataset {lab.path}; schedule it again there" in above
    lab.well("reschedule", "--script", "-", "sub/deep/x")


def test_a_finish_that_dies_between_two_repositories_is_gone_on_with(lab):
    lab.git("-C", "sub", "checkout", "-q", "--detach")
    (lab.path / "sub/mine").write_text("mine\n")
    lab.git("-C", "sub", "add", "mine")
    lab.git("-C", "sub", "commit", "-q", "-m", "mine")
    lab.well("wait", lab.schedule("-a", "1-4", "-o", "sub/r{i}", "-o", "t{i}", "echo {i} | tee t{i} > sub/r{i}"))
    env = {"BURRO_TESTING": "1", "BURRO_FAILPOINT": "finish.after_below=kill9"}
    assert lab.burro("finish", "1.1", "1.2", **env).code == -signal.SIGKILL
    assert [len(lab.subjects(place)) for place in (".", "sub")] == [1, 4]
    lab.well("finish", "1.3")
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: lab.burro("finish"), range(2)))

    assert [one.code for one in done] == [0, 0]
    assert [len(lab.subjects(place)) for place in (".", "sub")] == [5, 6]
    assert any("git -C sub branch NAME" in one.err for one in done)
    lab.sound()


def test_what_is_locked_there_gives_way_and_comes_back(lab):
    (lab.path / "sub/big").write_text("1\n")
    lab.git("-C", "sub", "annex", "add", "-q", "big")
    lab.git("-C", "sub", "commit", "-q", "-m", "big")
    lab.git("commit", "-qam", "big")
    lab.schedule("-o", "sub/big", "-o", "sub/new", "echo 2 | tee sub/big > sub/new; exit 3")
    told = lab.burro("finish", "--wait")
    assert "sub/big is in sub/.git/burro/aside/1.1" in told.err
    assert lab.read("sub/.git/burro/aside/1.1/big") == "2\n"
    assert lab.read("sub/big") == "1\n"
    lab.schedule("-d", "sub", "-o", "new", "test ! -e new && echo 3 > new")
    lab.well("finish", "--wait", "-d", "sub")
    assert lab.read("sub/.git/burro/aside/1.1/new") == "2\n"
    lab.schedule("-o", "sub/big", "-i", "sub/big", "echo 4 >> sub/big")
    lab.well("finish", "--wait", "3")
    assert lab.read("sub/big") == "1\n4\n"
    assert (lab.path / "sub/big").is_symlink()


def test_inputs_there_are_others_only_where_they_are(lab):
    (lab.path / "sub/raw").write_text("1\n")
    lab.git("-C", "sub", "add", "raw")
    lab.git("-C", "sub", "commit", "-q", "-m", "raw")
    lab.git("commit", "-qam", "raw")
    lab.schedule("-a", "1-3", "-i", "sub/raw", "-o", "sub/r{i}", "cat sub/raw > sub/r{i}")
    lab.well("finish", "--wait", "1.1")
    assert "changed" not in lab.burro("finish", "--wait", "1.2").err
    (lab.path / "sub/raw").write_text("2\n")
    assert "sub/raw was edited or committed anew meanwhile" in lab.burro("finish", "--wait", "1.3").err


def test_what_cannot_be_recorded_is_refused_with_a_sentence(lab):
    lab.git("init", "-q", "other")
    refused = lab.burro("schedule", "-o", "other/x", "true")
    assert "that is no subdataset here; schedule it there: --dataset other" in refused.err
    lab.git("clean", "-qffd")
    lab.git("clone", "-q", ".", "../copy")
    for words in (("-o", "sub/x"), ("-a", "0-1", "-o", "s{i}b/x", "-o", "sub/{i}")):
        refused = lab.burro("schedule", *words, "true", cwd=lab.path.parent / "copy")
        assert "lies in the subdataset sub, which is not here: datalad get -n sub" in refused.err

    lab.schedule("-o", "sub/x", "echo > sub/x")
    aside = lab.burro("finish", "--wait", "--branches")
    assert (aside.code, "finish it without --branches" in aside.out) == (1, True)
    lab.git("-C", "sub", "annex", "adjust", "-q", "--unlock")
    adjusted = lab.burro("finish")
    assert (adjusted.code, "the branch adjusted/master(unlocked)" in adjusted.out) == (1, True)
    lab.git("-C", "sub", "checkout", "-q", "master")
    lab.well("finish")
    lab.sound()
