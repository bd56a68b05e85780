"""A task in a clone whose annex keeps what it writes: the process around it, with real git-annex, without a queue."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from burro.base.failpoint import NAMES
from burro.model.elsewhere import STAYS


class Clone:
    """A clone with an annex; `out/old` is locked in it."""

    def __init__(self, root):
        self.path, self.root = root / "ds", root
        self.env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(root)}
        self.path.mkdir()
        for words in (("init", "-q"), ("config", "user.name", "ann"), ("config", "user.email", "ann@x")):
            self.git(*words)
        self.git("annex", "init", "-q", "there")
        (self.path / "out").mkdir()
        (self.path / "out/old").write_text("old\n")
        self.git("annex", "add", "-q", "out")
        self.git("commit", "-q", "-m", "old")

    def git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.path, env=self.env, capture_output=True, text=True, check=True)
        return done.stdout.rstrip("\n")

    def run(self, command, *, job=1, attempt=1, **env):
        """One attempt at a job that writes `out`."""
        away = {"parcels": str(self.root / "parcels"), "clone": str(self.path), "state": {"paths": []}}
        wish = {"index": False, "own": True, "paths": ["out"], "reads": [], "overwrite": "replace", "away": away}
        marks = {"BURRO_JOB_ID": str(job), "BURRO_TASK_ID": "0", "BURRO_ATTEMPT": str(attempt), "BURRO_TESTING": "1"}
        words = ["scheduled", json.dumps({**wish, "root": ".", "pwd": "."}), "sh", "-c", command]
        return subprocess.run(
            [sys.executable, "-m", "burro.worker", *words],
            cwd=self.root,
            env={**self.env, **marks, **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def told(self, name="1-0-1"):
        """What an attempt tells home: the keys of its outputs."""
        with tarfile.open(self.root / f"parcels/{name}.tar") as parcel:
            return json.loads(parcel.extractfile(STAYS).read())["keys"]

    def content(self, key):
        return (self.path / self.git("annex", "contentlocation", key)).read_text()

    @property
    def is_as_it_was(self):
        left = list((self.path / ".git/burro/away").iterdir())
        return (self.git("status", "--porcelain"), (self.path / "out/old").read_text(), left) == ("", "old\n", [])


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path)


def test_many_files_take_a_few_processes(clone):
    (clone.path / ".git/info/attributes").write_text("* annex.largefiles=((mimeencoding=binary)and(largerthan=0))\n")
    many = (
        "mkdir out/d; for i in $(seq 300); do printf '\\0%s' $((i / 2)) > \"out/d/a file $i\"; echo > out/$i.txt; done"
    )
    counted = f"{clone.root}/git"
    Path(counted).write_text(f'#!/bin/sh\necho >> {clone.root}/count\nexec {clone.git("--exec-path")}/git "$@"\n')
    Path(counted).chmod(0o755)
    ended = clone.run(many, PATH=f"{clone.root}:{clone.env['PATH']}")

    assert (ended.returncode, ended.stderr) == (0, "")
    keys = clone.told()
    assert len(keys) == 300
    assert clone.content(keys["out/d/a file 7"]) == clone.content(keys["out/d/a file 6"]) == "\x003"
    with tarfile.open(clone.root / "parcels/1-0-1.tar") as parcel:
        assert len(parcel.getnames()) == 301
    assert clone.is_as_it_was
    assert len((clone.root / "count").read_text()) < 40
    clone.git("annex", "fsck", "-q", "--all")


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("stay.")])
def test_an_attempt_that_is_killed_leaves_nothing_in_the_way_of_the_next(clone, name):
    write = "cat out/old; echo a > out/a; echo b > out/b; echo new > out/old"
    killed = clone.run(write, BURRO_FAILPOINT=f"{name}=kill9")
    assert killed.returncode == -signal.SIGKILL
    assert not (clone.root / "parcels/1-0-1.tar").exists()

    again = clone.run("test ! -e out/a || exit 9; rm -f out/old;" + write, attempt=2)
    assert again.returncode == 0, again
    assert {path: clone.content(key) for path, key in clone.told("1-0-2").items()} == {
        "out/a": "a\n",
        "out/b": "b\n",
        "out/old": "new\n",
    }
    assert clone.is_as_it_was


def test_what_a_killed_command_left_is_set_aside_and_what_the_user_has_stays(clone):
    (clone.path / "out/mine").write_text("by hand\n")
    killed = clone.run("echo half > out/half; echo half > out/old; kill -9 $PPID")
    assert killed.returncode == -signal.SIGKILL

    assert clone.run("test ! -e out/half && echo > out/whole", job=2).returncode == 0
    aside = clone.path / ".git/burro/aside/1-0-1/out"
    assert sorted(path.name for path in aside.iterdir()) == ["half", "old"]
    assert (clone.path / "out/mine").read_text() == "by hand\n"
    (clone.path / "out/mine").unlink()
    assert clone.is_as_it_was
    os.utime(aside.parent, (0, 0))
    assert clone.run("echo > out/whole", job=3).returncode == 0
    assert not aside.exists()


def test_an_older_git_annex_takes_them_one_by_one(clone):
    old, refusal = clone.root / "git", clone.root / "refusal"
    refusal.write_text("Invalid option `--guesskeys'\n\nUsage: git-annex reinject\n")
    git = f"{clone.git('--exec-path')}/git"
    old.write_text(f'#!/bin/sh\ncase "$*" in *--guesskeys*) cat {refusal} >&2; exit 1; esac\nexec {git} "$@"\n')
    old.chmod(0o755)
    assert clone.run("echo a > out/a; echo b > out/b", PATH=f"{clone.root}:{clone.env['PATH']}").returncode == 0
    assert {clone.content(key) for key in clone.told().values()} == {"a\n", "b\n"}


def test_outputs_that_the_annex_does_not_take_are_kept(clone):
    clone.git("config", "annex.diskreserve", "1000 petabytes")
    ended = clone.run("echo a > out/a")
    assert ended.returncode == 126
    assert "could not be given to the annex" in ended.stderr
    assert (clone.path / ".git/burro/aside/1-0-1/out/a").read_text() == "a\n"
    assert clone.is_as_it_was
