"""Repositories of real git, real git-annex and real DataLad, and jobs that have ended in them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from burro.provenance.ended import Ended, Settings, Tried
from burro.provenance.finish import finish

BIN = os.path.dirname(sys.executable)


class Repository:
    """A repository, and its user's commands in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, *words: str, check: bool = True, given: str | None = None) -> str:
        done = subprocess.run(
            words, cwd=self.path, input=given, capture_output=True, text=True, errors="surrogateescape", check=False
        )
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout + ("" if check else done.stderr)

    def git(self, *words: str, check: bool = True) -> str:
        return self.run("git", *words, check=check).rstrip("\n")

    def write(self, name: str, content: str | bytes = "") -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            path.unlink()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def job(self, number: int, *outputs: str, **more) -> Ended:
        """A job that has written its name into its outputs, and a log."""
        log = f"logs/{number}.out"
        self.write(log, f"job {number}\n")
        fields = {"command": f"make {number}", "message": f"job {number}", "logs": (log,), **more}
        tried = Tried(1, "done", host="node2", start="2026-11-20T10:00:00+01:00", seconds=12.0, memory=81_000)
        return replace(Ended(str(number), "x", tuple(outputs), attempts=(tried,)), **fields)

    def made(self, number: int, *outputs: str, **more) -> Ended:
        """As `job`, with the outputs written."""
        for output in outputs:
            self.write(os.path.join(more.get("pwd", "."), output), f"{output} of {number}\n")
        return self.job(number, *outputs, **more)

    def finish(self, *ended: Ended, **settings):
        return list(finish(self.path, ended, Settings(**settings)))

    def well(self, *ended: Ended, **settings):
        """As `finish`, where all are to be recorded."""
        results = self.finish(*ended, **settings)
        assert [result.status for result in results] == ["ok"] * len(ended), results
        return results

    @property
    def subjects(self) -> list[str]:
        """The first lines of the commits, newest first."""
        return self.git("log", "--format=%s").splitlines()

    def files(self, commit: str = "HEAD") -> list[str]:
        """What a commit changed."""
        return self.git("show", "--format=", "--name-only", "-z", commit).rstrip("\0").split("\0")

    def sound(self) -> None:
        """Nothing is broken, and nothing is left over."""
        assert self.git("status", "--porcelain") == ""
        assert "error" not in self.git("fsck", "--no-dangling")
        assert not list((self.path / ".git" / "burro").glob("*-*"))
        assert not (self.path / ".git" / "index.lock").exists()
        assert self.git("for-each-ref", "refs/burro") == ""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Nobody's settings but ours, and the git-annex of this environment."""
    (tmp_path / "home").mkdir()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "home" / ".gitconfig").write_text(
        "[user]\n name = Ada\n email = ada@example.org\n[init]\n defaultBranch = main\n"
    )


@pytest.fixture
def plain(tmp_path):
    """A repository of git alone."""
    path = tmp_path / "plain"
    path.mkdir()
    repository = Repository(path)
    repository.git("init", "--quiet")
    repository.write("code.py", "print(1)\n")
    repository.git("add", "code.py")
    repository.git("commit", "--quiet", "-m", "code")
    return repository


@pytest.fixture
def annexed(plain):
    """One with an annex, which takes what is called .bin."""
    plain.run("git-annex", "init", "--quiet", "here")
    plain.write(".gitattributes", "* annex.backend=MD5E\n* annex.largefiles=(include=*.bin)\n")
    plain.git("add", ".gitattributes")
    plain.git("commit", "--quiet", "-m", "attributes")
    return plain


@pytest.fixture(params=["auto", "annex"])
def ingest(request):
    """By burro itself, and by git-annex."""
    return request.param
