"""A clone with an annex, and what a task asks of git and git-annex there: each is started once for all files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any

from ..base.encoding import is_binary
from ..base.errors import Failed
from ..base.failpoint import hit
from ..model.digest import digest
from ..model.largefiles import rule_of

_LOOKED_AT = 8192  # bytes in which a file that is no text shows it
_AT_ONCE = 1000  # files in one command line
_UNKNOWN = "`--guesskeys'"  # what a git-annex says that is older than this option


class Clone:
    """The clone of a path. Raises Failed where there is none."""

    def __init__(self, path: str) -> None:
        self.root = os.path.realpath(os.path.expanduser(path))
        self.git = os.path.join(self.root, ".git")
        if not os.path.isdir(self.git):
            raise Failed(f"there is no clone of the repository in {self.root}; make one there: git clone")
        self.uuid = self._said("config", "annex.uuid", well=False).strip()
        if not self.uuid:
            raise Failed(f"the clone {self.root} has no annex; make it one there: git annex init")

    def _said(self, *words: str, given: str = "", well: bool = True) -> str:
        try:
            done = subprocess.run(
                ["git", *words], cwd=self.root, input=os.fsencode(given), capture_output=True, check=False
            )
        except FileNotFoundError:
            raise Failed("there is no git here; install it") from None
        if done.returncode and well:
            said = os.fsdecode(done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]
            if any("'annex' is not a git command" in line for line in said):
                raise Failed(
                    "there is no git-annex in the PATH of a login there; install it: uv tool install git-annex"
                )
            told = next((line for line in said if _UNKNOWN in line), said[-1])
            raise Failed(f"git {' '.join(words[:2])}: {told}")
        return os.fsdecode(done.stdout)

    def check(self, state: dict[str, Any]) -> None:
        """Raise Failed where git has other inputs here than where the task was scheduled."""
        if not state["paths"]:
            return
        said = self._said("--literal-pathspecs", "ls-files", "-s", "-z", "--", *state["paths"])
        if state["digest"] != digest(_lines(said)):
            raise Failed(
                f"git has other inputs in {self.root} than where it was scheduled; bring it up to date: git pull"
            )

    def get(self, absent: list[str]) -> None:
        """Have these contents here."""
        if absent:
            self._said("annex", "get", "-q", "--", *absent)

    def tracked(self, paths: Iterable[str]) -> set[str]:
        """Those that git knows."""
        names = {os.path.relpath(path, self.root): path for path in paths}
        known = self._said("ls-files", "-z").split("\0") if names else []
        return {names[name] for name in known if name in names}

    def large(self, paths: list[str]) -> list[str]:
        """The files that git-annex is to have, by the settings of the clone."""
        names = {path: os.path.relpath(path, self.root) for path in paths}
        asked = "".join(f"{name}\0" for name in names.values())
        said = self._said("check-attr", "-z", "--stdin", "annex.largefiles", given=asked).split("\0")[:-1]
        rules = dict(zip(said[::3], said[2::3]))
        general = self._said("config", "annex.largefiles", well=False).strip()
        return [path for path, name in names.items() if self._is_large(path, name, rules.get(name, ""), general)]

    def _is_large(self, path: str, name: str, rule: str, general: str) -> bool:
        rule = general if rule in ("", "unspecified", "unset") else rule
        if any(part.startswith(".") for part in name.split("/")):
            return False
        if not rule:
            return True
        size = os.path.getsize(path)
        found = rule_of(rule)(name, size, lambda: is_binary(path, size) or _has_nothing_of_text(path))
        return self._matches(name, size, rule, path) if found is None else found

    def _matches(self, name: str, size: int, rule: str, path: str) -> bool:
        """What git-annex says of a rule that it alone knows."""
        kind = "binary" if _has_nothing_of_text(path) else "us-ascii"
        about = [f"--file={name}", f"--size={size}", f"--mimeencoding={kind}"]
        done = subprocess.run(
            ["git", "annex", "matchexpression", "--largefiles", *about, rule],
            cwd=self.root,
            capture_output=True,
            check=False,
        )
        return done.returncode != 1

    def keep(self, paths: list[str], meanwhile: str) -> dict[str, str]:
        """Give files to the annex; the key of each. They are not where they were then. Raises Failed, OSError.

        `meanwhile`: a directory to be made, in which each has its key as its name, which is how git-annex takes many
        at once. Where it takes one of them not, all it has not taken are back at their places.
        """
        keys = self._keys(paths)
        places = {key: path for path, key in keys.items()}
        os.makedirs(meanwhile, exist_ok=True)
        try:
            for key, path in places.items():
                os.rename(path, os.path.join(meanwhile, key))
            hit("stay.in_keys")
            self._take_in(meanwhile, list(places))
        finally:
            for key in os.listdir(meanwhile):
                os.rename(os.path.join(meanwhile, key), places[key])
        for path in keys.keys() - places.values():
            os.unlink(path)  # another has the same content
        return keys

    def _keys(self, paths: list[str]) -> dict[str, str]:
        names = [os.path.relpath(path, self.root) for path in paths]
        given = "".join(f"{name}\0" for name in names)
        said = self._said("annex", "calckey", "--batch", "-z", given=given).split("\n")[:-1] if names else []
        if len(said) != len(names) or not all(said):
            raise Failed("git annex calckey gave no key for some of them")
        return dict(zip(paths, said))

    def _take_in(self, directory: str, keys: list[str]) -> None:
        words = ("annex", "reinject", "-q", "--guesskeys", "-c", "annex.verify=false")  # the keys are just made
        for first in range(0, len(keys), _AT_ONCE):
            some = keys[first : first + _AT_ONCE]
            try:
                self._said(*words, *(os.path.join(directory, key) for key in some))
            except Failed as refused:
                if _UNKNOWN not in str(refused):
                    raise
                for key in some:
                    self._said("annex", "setkey", "-q", "--", key, os.path.join(directory, key))
        left = os.listdir(directory)
        if left:
            raise Failed(f"git annex reinject did not take {left[0]}")


def _has_nothing_of_text(path: str) -> bool:
    with open(path, "rb") as file:
        return b"\0" in file.read(_LOOKED_AT)


def _lines(listed: str) -> Iterator[str]:
    """What `git ls-files -s -z` said: mode, hash and path of each."""
    for line in listed.split("\0"):
        if line:
            facts, _, path = line.partition("\t")
            yield f"{' '.join(facts.split()[:2])} {path}"
