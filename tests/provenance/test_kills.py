from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from burro.base.failpoint import NAMES
from tests.waiting import until

SCRIPT = """
import pickle, sys
from burro.provenance.finish import finish
from burro.provenance.ended import Settings
with open(sys.argv[2], "rb") as file:
    ended = pickle.load(file)
for result in finish(sys.argv[1], ended, Settings(**eval(sys.argv[3]))):
    print(result.status, result.commit, flush=True)
"""


def elsewhere(repository, ended, *, settings="{}", **env):
    """`finish` in a process of its own."""
    import pickle

    jobs = repository.path.parent / "jobs.pickle"
    jobs.write_bytes(pickle.dumps(ended))
    argv = [sys.executable, "-c", SCRIPT, str(repository.path), str(jobs), settings]
    return subprocess.Popen(argv, env={**os.environ, "BURRO_TESTING": "1", **env}, stdout=subprocess.PIPE, text=True)


POINTS = [name for name in NAMES if name.startswith("finish.")]
ELSEWHERE = {"finish.after_branches", "finish.after_below"}  # have drills of their own
IN_LINE = [name for name in POINTS if name not in ELSEWHERE]


def test_every_failpoint_of_finish_has_its_row():
    rows = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()

    assert [point for point in POINTS if f"| `{point}` |" not in rows] == []


@pytest.mark.parametrize("point", [*IN_LINE, "finish.in_ingest:3"])
def test_killed_anywhere_the_next_finish_goes_on(annexed, point):
    annexed.write("mine.txt", "mine")
    annexed.git("add", "mine.txt")
    annexed.well(annexed.made(1, "old.bin"))
    jobs = [annexed.made(number, f"out/{number}.bin", f"out/{number}.txt") for number in (2, 3, 4)]
    changed = annexed.made(5, "old.bin")  # what was there is replaced

    killed = elsewhere(annexed, [*jobs, changed], BURRO_FAILPOINT=f"{point}=kill9")
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    annexed.well(*jobs, changed)

    assert sorted(annexed.subjects) == sorted(
        ["code", "attributes", *(f"[DATALAD RUNCMD] job {number}" for number in range(1, 6))]
    )
    assert annexed.git("status", "--porcelain") == "A  mine.txt"
    for number in (2, 3, 4):
        assert (annexed.path / f"out/{number}.bin").read_text() == f"out/{number}.bin of {number}\n"
    assert "failed" not in annexed.run("git-annex", "fsck", "--quiet", check=False)
    annexed.git("commit", "-qm", "mine")
    annexed.sound()


@pytest.mark.parametrize("ingest", ["auto", "annex"])
def test_killed_when_the_branches_are_there_the_next_finish_cleans_up(annexed, ingest):
    start = annexed.git("rev-parse", "HEAD")
    annexed.write("mine.txt", "mine")
    annexed.git("add", "mine.txt")
    jobs = [annexed.made(number, f"out/{number}.bin", f"out/{number}.txt") for number in (1, 2)]
    settings = {"branches": True, "ingest": ingest}

    killed = elsewhere(annexed, jobs, settings=repr(settings), BURRO_FAILPOINT="finish.after_branches=kill9")
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    annexed.write("out/2.txt", "changed since")
    annexed.well(*jobs, **settings)

    assert annexed.git("rev-parse", "HEAD") == start
    assert annexed.git("branch", "--list", "burro/*").split() == ["burro/1", "burro/2"]
    assert annexed.git("status", "--porcelain", "-uall") == "A  mine.txt\n?? out/2.txt"


def test_two_at_once_make_one_record_of_each(plain):
    jobs = [plain.made(number, f"{number}.txt") for number in range(40)]

    both = [elsewhere(plain, jobs), elsewhere(plain, jobs[::-1])]
    said = [one.communicate(timeout=60)[0].split() for one in both]

    assert [one.returncode for one in both] == [0, 0]
    assert sorted(said[0]) == sorted(said[1])
    assert len(set(plain.subjects)) == len(plain.subjects) == 41
    plain.sound()


def test_a_head_that_moves_meanwhile_keeps_what_it_was_moved_to(plain):
    """Somebody's commit that came by another way than the index, after ours were written on top of the old one."""
    jobs = [plain.made(1, "a"), plain.made(2, "b")]
    stopped = elsewhere(plain, jobs, BURRO_FAILPOINT="finish.after_index=stop")
    _wait_for_stop(stopped.pid)
    tree, head = plain.git("rev-parse", "HEAD^{tree}"), plain.git("rev-parse", "HEAD")
    plain.git("update-ref", "HEAD", plain.git("commit-tree", tree, "-p", head, "-m", "theirs"))
    os.kill(stopped.pid, signal.SIGCONT)
    stopped.communicate(timeout=60)

    assert plain.subjects == ["[DATALAD RUNCMD] job 2", "[DATALAD RUNCMD] job 1", "theirs", "code"]
    plain.sound()


def test_nobody_can_commit_half_of_it(plain):
    """While our files are in the index and HEAD is the old one, git refuses."""
    stopped = elsewhere(plain, [plain.made(1, "a")], BURRO_FAILPOINT="finish.after_index=stop")
    _wait_for_stop(stopped.pid)

    assert "index.lock" in plain.git("commit", "-m", "mine", check=False)
    os.kill(stopped.pid, signal.SIGCONT)
    stopped.communicate(timeout=60)
    plain.sound()


def test_it_waits_for_a_git_that_holds_the_index(plain):
    lock = plain.path / ".git" / "index.lock"
    lock.write_text("")
    waiting = elsewhere(plain, [plain.made(1, "a")])
    until(lambda: list((plain.path / ".git/refs/burro").glob("*")), within=20)
    lock.unlink()

    assert waiting.communicate(timeout=60)[0].startswith("ok")
    plain.sound()


def _wait_for_stop(pid):
    until(lambda: Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T", within=20)
