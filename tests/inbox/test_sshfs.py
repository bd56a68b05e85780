"""An inbox behind a real sshfs mount: nobody tells of changes, attributes are seen late, no move can refuse a name."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.inbox.conftest import JOB, MARKER, Drop
from tests.rig.sshd import loopback
from tests.waiting import until

pytestmark = pytest.mark.skipif(shutil.which("sshfs") is None, reason="there is no sshfs here")


@pytest.fixture
def mount(queue, tmp_path):
    """An inbox in a directory that is mounted from a machine, and that directory as it is there."""
    made, there, here = loopback(1), tmp_path / "there", queue.work / "mounted"
    there.mkdir()
    here.mkdir()
    try:
        made.start()
        words = ["sshfs", "-F", str(made.user.config), f"m1:{there}", str(here), "-o", "dir_cache=yes,dcache_timeout=1"]
        mounted = subprocess.run(words, capture_output=True, text=True, check=False)
        if mounted.returncode:
            pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
        drop = Drop(queue)
        drop.root = here / "drop"
        yield drop, there / "drop"
    finally:
        queue.leave()
        subprocess.run(["fusermount3", "-u", "-z", str(here)], capture_output=True, check=False)
        made.close()


def test_who_mounts_a_directory_can_use_it_as_an_inbox(mount):
    drop, there = mount
    drop.add("--quiet", "2s", "--period", "0.5")
    slow = there / "inbox" / "slow"  # written at the other end: our mount sees that late
    slow.mkdir()
    (slow / "job.sh").write_text(f"{JOB}cat part*\n")
    for number in range(3):
        (slow / f"part{number}").write_text(f"{number}\n")
        until(lambda number=number: seen(drop, number), within=10)
    (drop.root / "complete" / "slow").mkdir()
    until((there / "complete" / "slow-2" / MARKER).exists, within=40)
    assert (there / "complete" / "slow-2" / "job_output.txt").read_text() == "0\n1\n2\n"
    assert os.listdir(there / "complete" / "slow") == []
    assert os.listdir(there / "inbox") == os.listdir(there / "pending") == []


@pytest.mark.parametrize("nth", [1, 2])
def test_a_move_that_is_cut_off_leaves_nothing_in_the_way(mount, nth):
    """The first move is that to pending/, the second that to complete/."""
    drop, there = mount
    drop.root.mkdir()
    drop.prepare()
    shutil.copytree(drop.folder("a"), drop.root / "inbox" / "a")
    armed = {"BURRO_TESTING": "1", "BURRO_FAILPOINT": f"inbox.in_move:{nth}=kill9"}
    assert drop.run("--quiet", "0", "--period", "0.3", **armed).wait(timeout=30) == -signal.SIGKILL
    drop.run("--quiet", "0", "--period", "0.3")
    until((there / "complete" / "a" / MARKER).exists, within=30)
    assert drop.runs == os.listdir(there / "complete") == ["a"]
    assert os.listdir(there / "inbox") == os.listdir(there / "pending") == []


def seen(drop: Drop, number: int) -> bool:
    """Whether our mount shows that part by now; it is not taken meanwhile."""
    path = Path(drop.root) / "inbox" / "slow"
    assert path.exists()
    return f"part{number}" in os.listdir(path)
