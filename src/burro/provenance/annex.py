"""git-annex, asked once for many files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from glob import escape, glob

from ..base.errors import Failed, UsageError
from . import keys
from .git import Git, terminated

_LAYOUTS = {"8", "9", "10"}  # versions of repositories whose layout is known
_KNOWN_KEY = "MD5E-s5--d41d8cd98f00b204e9800998ecf8427e.gz"
_TOUCHING = (  # settings under which git-annex does more with a content than to move it
    *("annex.freezecontent-command", "annex.thawcontent-command", "annex.pidlock", "annex.addunlocked"),
    *("annex.maxextensionlength", "annex.maxextensions", "annex.dotfiles", "annex.addsmallfiles"),
    *("annex.crippledfilesystem", "annex.direct", "annex.genmetadata", "core.sharedrepository"),
)


@dataclass(frozen=True)
class Annex:
    """The annex of a repository."""

    git: Git
    uuid: str

    @classmethod
    def of(cls, git: Git) -> Annex | None:
        """The annex, where the repository has one."""
        uuid = git.settings.get("annex.uuid")
        return cls(git, uuid) if uuid else None

    @cached_property
    def program(self) -> str:
        """The file to run. Raises UsageError where there is none."""
        path = os.pathsep.join([os.environ.get("PATH", os.defpath), os.path.dirname(sys.executable)])
        found = shutil.which("git-annex", path=path)
        if not found:
            raise UsageError("this repository has an annex and there is no git-annex here: pip install git-annex")
        return _behind(found)

    @property
    def objects(self) -> str:
        """Where contents lie."""
        return os.path.join(self.git.shared, "annex", "objects")

    def run(self, *words: str, given: bytes = b"") -> bytes:
        """What a command of git-annex prints, even where some of what it was given failed."""
        env = {**os.environ, "PATH": f"{os.path.dirname(self.program)}{os.pathsep}{os.environ.get('PATH', '')}"}
        done = subprocess.run(
            [self.program, *words], cwd=self.git.root, input=given, capture_output=True, check=False, env=env
        )
        if done.returncode and not done.stdout:
            said = os.fsdecode(done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]
            raise Failed(f"git-annex {words[0]} did not do it in {self.git.root}: {said[-1]}")
        return done.stdout

    def add(self, paths: Sequence[str]) -> dict[str, str]:
        """Let git-annex take files, each into the annex or into git. Answers with those it did not take, and why."""
        said = self.run("add", "--json", "--json-error-messages", "--batch", "-z", given=terminated(paths))
        refused = dict.fromkeys(paths, "git-annex said nothing of it")
        for path, line in zip(paths, os.fsdecode(said).split("\n"), strict=False):
            told = json.loads(line) if line else {"error-messages": ["git-annex does not take it; is it ignored?"]}
            if told.get("success"):
                del refused[path]
            else:
                refused[path] = " ".join(told.get("error-messages") or ["git-annex could not add it"])
        return refused

    def settle(self, present: Iterable[str], *, where: str = "") -> None:
        """Note that the contents of these keys are here, or in the repository of that uuid."""
        given = "".join(f"{key} {where or self.uuid} 1\n" for key in present)
        if given:
            self.run("setpresentkey", "--batch", given=os.fsencode(given))

    def why_not_by_hand(self) -> str:
        """Why burro leaves the taking in of files to git-annex in this repository; empty where it need not."""
        settings = self.git.settings
        strange = next((name for name in _TOUCHING if settings.get(name, "false") not in {"false", "group"}), None)
        strange = strange or next((name for name in settings if name.startswith("annex.tune.")), None)
        if strange:
            return f"{strange} is set"
        if settings.get("annex.version") not in _LAYOUTS:
            return "its version is not known"
        if settings.get("core.symlinks") == "false" or (self.git.branch() or "").startswith("refs/heads/adjusted/"):
            return "it has no links"
        if not os.path.isdir(os.path.join(self.git.root, ".git")) or self.git.directory != self.git.shared:
            return "its git directory is elsewhere"
        if self.git.tried("cat-file", "-e", "git-annex:config.log").returncode == 0:
            return "git-annex config has settings"
        return "" if self.lies_as_known() else "its layout is another one"

    def lies_as_known(self) -> bool:
        """Contents have the places that `keys.py` knows."""
        said = os.fsdecode(self.run("examinekey", _KNOWN_KEY, "--format=${hashdirmixed}"))
        return keys.place_of(_KNOWN_KEY).startswith(said) and said.count("/") == 2


def _behind(program: str) -> str:
    """The package of pip puts a script before the program, which takes longer to start than the program to answer."""
    real = os.path.realpath(program)
    with open(real, "rb") as file:
        if file.read(2) != b"#!":
            return program
    lib = os.path.join(os.path.dirname(os.path.dirname(real)), "lib")
    found = glob(os.path.join(escape(lib), "python*", "site-packages", "git_annex", "git-annex"))
    return found[0] if found and os.access(found[0], os.X_OK) else program
