"""Commits in subdatasets and above: killed anywhere they are gone on with, and of many jobs each has its own."""

from __future__ import annotations

import shutil
import signal

import pytest

from tests.provenance.conftest import Repository
from tests.provenance.test_kills import elsewhere


@pytest.fixture
def sub(annexed):
    """A subdataset with an annex of its own."""
    path = annexed.path / "sub"
    path.mkdir()
    made = Repository(path)
    made.git("init", "--quiet")
    made.run("git-annex", "init", "--quiet", "there")
    shutil.copy(annexed.path / ".gitattributes", path)
    made.git("add", ".gitattributes")
    made.git("commit", "--quiet", "-m", "attributes")
    annexed.git("submodule", "--quiet", "add", "./sub", "sub")
    annexed.git("commit", "--quiet", "-m", "sub")
    return made


POINTS = ["in_ingest:4", "after_commits", "after_index", "after_move", "after_below", "after_index:2"]


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_each_repository_has_each_job_once(annexed, sub, point):
    jobs = [annexed.made(number, f"sub/out/{number}.bin", f"sub/{number}.txt", f"{number}.bin") for number in (1, 2)]
    killed = elsewhere(annexed, jobs, BURRO_FAILPOINT=f"finish.{point}=kill9")
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    first, second = annexed.well(*jobs)

    assert annexed.subjects[:3] == ["[DATALAD RUNCMD] job 2", "[DATALAD RUNCMD] job 1", "sub"]
    assert sub.subjects == ["[DATALAD RUNCMD] job 2", "[DATALAD RUNCMD] job 1", "attributes"]
    assert annexed.git("rev-parse", f"{first.commit}:sub") == sub.git("rev-parse", "HEAD~1")
    assert annexed.git("rev-parse", f"{second.commit}:sub") == sub.git("rev-parse", "HEAD")
    assert "failed" not in sub.run("git-annex", "fsck", "--quiet", check=False)
    annexed.sound()
    sub.sound()


def test_what_is_known_above_never_goes_back(annexed, sub):
    one, two = (annexed.made(number, f"sub/{number}.txt") for number in (1, 2))
    killed = elsewhere(annexed, [one, two], BURRO_FAILPOINT="finish.after_below=kill9")
    killed.communicate(timeout=60)
    annexed.well(two)
    annexed.well(one)

    assert annexed.subjects[:2] == ["[DATALAD RUNCMD] job 1", "[DATALAD RUNCMD] job 2"]
    assert len(sub.subjects) == 3
    annexed.sound()


def test_what_is_gone_there_is_gone_in_the_record(annexed, sub):
    annexed.well(annexed.made(1, "sub/res/a.bin", "sub/res/b.bin"))
    (sub.path / "res/a.bin").unlink()
    annexed.well(annexed.job(2, "sub/res"))

    assert sub.git("ls-tree", "--name-only", "HEAD", "res/") == "res/b.bin"
    annexed.sound()


def test_what_lies_in_the_place_of_an_absent_one_does_not_replace_it(annexed, sub):
    shutil.move(sub.path / ".git", annexed.path.parent)
    inside, around = annexed.finish(annexed.made(1, "sub/x"), annexed.job(2, "sub"))

    assert "the output sub/x lies in the subdataset sub, which is not here: datalad get -n sub" in inside.message
    assert "the output sub is not there" in around.message
