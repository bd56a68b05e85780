"""A scheduled task in a clone of its repository at another machine: what it writes stays in the annex of that clone.

Index and branches of the clone are never touched, and its files are afterwards as they were: what the task wrote goes
into the annex, and home goes only which key each file has; text that git would have goes home as it is.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Callable

from ..base.errors import Failed
from ..model.digest import digest
from ..model.elsewhere import STAYS
from .alternative import copy, files
from .away import pack, parcel_of
from .matching import is_literal, trunk

_CANNOT = 126  # exit code where the task was not started, or its outputs cannot be kept
_ANNEX = "/annex/objects/"
_LOOKED_AT = 8192  # bytes in which a file that is no text shows it

Wish = dict[str, Any]
Run = Callable[[list[str]], int]


def run_staying(wish: Wish, command: list[str], run: Run) -> int:
    """Run the command in the clone, give what it wrote to the annex there, and pack what home has to know."""
    parcel = parcel_of(wish["away"]["parcels"])
    try:
        clone = Clone(wish["away"]["clone"])
        directory = os.path.normpath(os.path.join(clone.root, wish["pwd"]))
        clone.check(wish["away"]["state"])
        clone.get([path for path in files(wish["reads"], directory, through=True) if _is_absent(path)])
        _need(wish["reads"], directory)
        clone.put_back_dead()
        for path in wish["paths"]:
            os.makedirs(trunk(os.path.normpath(os.path.join(directory, path))), exist_ok=True)
        before = Before(clone, os.path.basename(parcel))
        before.take(sorted(set(files(wish["paths"], directory))), wish["overwrite"])
        os.chdir(directory)
    except (Failed, OSError) as error:
        sys.stderr.write(f"burro: the task was not started: {error}\n")
        return _CANNOT
    os.environ["BURRO_DATASET"], os.environ["PWD"] = clone.root, directory
    try:
        code = run(command)
        written = sorted(set(files(wish["paths"], directory)))
        return _failed(clone, parcel, written, code) if code else _kept(clone, parcel, written)
    finally:
        before.put_back()


def _failed(clone: Clone, parcel: str, written: list[str], code: int) -> int:
    aside = os.path.join(clone.git, "burro", "aside", os.path.basename(parcel)[: -len(".tar")])
    for path in written:
        target = os.path.join(aside, os.path.relpath(path, clone.root))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(path, target)
    if written:
        sys.stderr.write(f"burro: what the task left is in {aside}\n")
    return code


def _kept(clone: Clone, parcel: str, written: list[str]) -> int:
    try:
        os.makedirs(os.path.dirname(parcel), mode=0o700, exist_ok=True)
        large = clone.large([path for path in written if not os.path.islink(path)])
        keys = clone.keep(large)
        told = {os.path.relpath(path, clone.root): key for path, key in keys.items()}
        small = [path for path in written if path not in keys]
        pack(clone.root, small, parcel, beside={STAYS: json.dumps({"uuid": clone.uuid, "keys": told}).encode()})
        for path in small:
            os.unlink(path)
    except (Failed, OSError) as error:
        sys.stderr.write(f"burro: outputs could not be given to the annex of {clone.root}: {error}\n")
        return _CANNOT
    return 0


def _need(reads: list[str], directory: str) -> None:
    for given in reads:
        path = os.path.normpath(os.path.join(directory, given))
        if is_literal(path) and not os.path.exists(path):
            raise Failed(f"its input {given} is not in the clone; bring that up to date there: git pull")


def _is_absent(path: str) -> bool:
    return os.path.islink(path) and not os.path.exists(path) and _ANNEX in os.readlink(path)


class Clone:
    """A clone with an annex, and what is asked of git and git-annex there."""

    def __init__(self, path: str) -> None:
        """Raises Failed where there is none."""
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
            raise Failed(f"git {' '.join(words[:2])}: {said[-1]}")
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
        if not rule or rule in ("anything", "nothing"):
            return rule != "nothing"
        with open(path, "rb") as file:
            kind = "binary" if b"\0" in file.read(_LOOKED_AT) else "us-ascii"
        about = [f"--file={name}", f"--size={os.path.getsize(path)}", f"--mimeencoding={kind}"]
        done = subprocess.run(
            ["git", "annex", "matchexpression", "--largefiles", *about, rule],
            cwd=self.root,
            capture_output=True,
            check=False,
        )
        return done.returncode != 1

    def keep(self, paths: list[str]) -> dict[str, str]:
        """Give files to the annex; the key of each. They are not where they were then."""
        found = {}
        for path in paths:
            key = self._said("annex", "calckey", "--", os.path.relpath(path, self.root)).strip()
            self._said("annex", "setkey", "-q", "--", key, os.path.relpath(path, self.root))
            found[path] = key
        return found

    def put_back_dead(self) -> None:
        """What attempts took out of the way that were killed is at its place again."""
        directory = os.path.join(self.git, "burro", "away")
        for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
            before = Before(self, name)
            if before.lock():
                before.put_back()


class Before:
    """What was at the places of an attempt's outputs, until it has ended."""

    def __init__(self, clone: Clone, name: str) -> None:
        self._root, self._directory = clone.root, os.path.join(clone.git, "burro", "away", name)
        self._end = -1

    def lock(self) -> bool:
        """Whether nobody else has it."""
        os.makedirs(self._directory, exist_ok=True)
        self._end = os.open(os.path.join(self._directory, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._end, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._end)
            return False
        return True

    def take(self, paths: list[str], overwrite: str) -> None:
        """Take them out of the way; of some a copy stays for the task. Raises Failed, OSError."""
        self.lock()
        if overwrite == "refuse" and any(os.path.islink(path) for path in paths):
            raise Failed(f"{paths[0]} is there already, and --overwrite refuse was asked for")
        for number, path in enumerate(paths):
            with open(os.path.join(self._directory, f"{number}.name"), "wb") as file:
                file.write(os.fsencode(os.path.relpath(path, self._root)))
            os.rename(path, os.path.join(self._directory, str(number)))
            if overwrite in ("unlock", "keep"):
                copy(os.path.join(self._directory, str(number)), path)

    def put_back(self) -> None:
        """All as it was."""
        for name in sorted(os.listdir(self._directory)):
            kept = os.path.join(self._directory, name[: -len(".name")])
            if not name.endswith(".name") or not os.path.lexists(kept):
                continue
            with open(os.path.join(self._directory, name), "rb") as file:
                path = os.path.join(self._root, os.fsdecode(file.read()))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.replace(kept, path)
        shutil.rmtree(self._directory)
        os.close(self._end)


def _lines(listed: str) -> Iterator[str]:
    """What `git ls-files -s -z` said: mode, hash and path of each."""
    for line in listed.split("\0"):
        if line:
            facts, _, path = line.partition("\t")
            yield f"{' '.join(facts.split()[:2])} {path}"
