"""A repository with an annex beside a queue."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

GIT = {
    "GIT_AUTHOR_NAME": "ann",
    "GIT_AUTHOR_EMAIL": "ann@x",
    "GIT_COMMITTER_NAME": "ann",
    "GIT_COMMITTER_EMAIL": "ann@x",
}


class Lab:
    """A repository with an annex beside a queue."""

    def __init__(self, queue) -> None:
        self.queue, self.path = queue, queue.work / "ds"
        self.env = {**queue.env, **GIT}
        queue.env = self.env
        begun = queue.work.parent.parent / "begun"  # made by the first test that wants one, for all that follow
        if not begun.exists():
            begun.mkdir()
            for words in (("init", "-q"), ("annex", "init", "-q"), ("commit", "-q", "--allow-empty", "-m", "begin")):
                self.git(*words, cwd=begun)
        shutil.copytree(begun, self.path, symlinks=True)

    def git(self, *words, given=None, cwd=None):
        done = subprocess.run(
            ["git", *words],
            cwd=cwd or self.path,
            env=self.env,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done
        return done.stdout.rstrip("\n")

    def burro(self, *words, **how):
        return self.queue.burro(*words, **{"cwd": self.path, **how})

    def well(self, *words, **how):
        return self.queue.well(*words, **{"cwd": self.path, **how})

    def schedule(self, *words, **how):
        """The number of a new job."""
        return self.well("schedule", "--parsable", *words, **how).strip()

    def datalad(self, *words, check=True):
        datalad = str(Path(sys.executable).with_name("datalad"))
        done = subprocess.run(
            [datalad, *words], cwd=self.path, env=self.env, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done
        return done

    def annexed(self, name, text):
        """A file that git-annex has locked, committed."""
        (self.path / name).write_text(text)
        self.git("annex", "add", "-q", name)
        self.git("commit", "-q", "-m", f"add {name}")
        assert (self.path / name).is_symlink()

    def read(self, name):
        return (self.path / name).read_text()

    def record(self, commit="HEAD"):
        text = self.git("log", "-1", "--format=%B", commit)
        return json.loads(text.partition("lines below ===\n")[2].partition("\n^^^")[0])

    @property
    def dirt(self):
        return self.git("status", "--porcelain")
