"""A user who knows nothing of burro but directories: they drop folders, and look for them later."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import World
from tests.waiting import until

MARKER = "job_manager-finished"
JOB = "#!/bin/sh\n"


class Drop:
    """The directory that is watched, as its user sees it, and the queue behind it."""

    def __init__(self, world: World, place: Path | None = None) -> None:
        self.world = world
        place = place or world.work
        self.root = place / "drop"
        self.ledger = place / "ledger"
        self.outside = place / "outside"
        self.outside.mkdir(parents=True)

    def add(self, *words: str) -> None:
        self.world.well("inbox", "add", str(self.root), *words)

    def run(self, *words: str, **env: str):
        """`burro inbox run`, in the foreground of somebody."""
        return self.world.start("inbox", "run", str(self.root), *words, env={**self.world.env, **env})

    def prepare(self) -> None:
        """The directories, without anybody who watches."""
        for name in ("inbox", "pending", "complete", "rejected", "cancelled"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def folder(self, name: str | bytes, text: str = "", **files: str) -> Path:
        """A folder with a job.sh, made elsewhere; it notes each run in the ledger."""
        path = self.outside / os.fsdecode(name)
        path.mkdir()
        (path / "job.sh").write_text(f'{JOB}echo "$PWD" >> {self.ledger}\n{text}\n')
        for file, content in files.items():
            (path / file.replace("__", ".")).write_text(content)
        return path

    def put(self, name: str | bytes, text: str = "", **files: str) -> None:
        """Move such a folder into inbox/, as `mv` does."""
        path = self.folder(name, text, **files)
        path.rename(self.root / "inbox" / path.name)

    def complete(self, name: str, *, within: float = 20) -> Path:
        """The folder once it is finished."""
        path = self.root / "complete" / name
        until((path / MARKER).exists, within=within)
        return path

    def result(self, name: str, **how: float) -> dict[str, Any]:
        return json.loads((self.complete(name, **how) / "job_result.json").read_text())

    def names(self, part: str) -> list[str]:
        return sorted(name for name in os.listdir(self.root / part) if not name.startswith("."))

    @property
    def runs(self) -> list[str]:
        """The folders that ran, by name, as the jobs themselves say."""
        if not self.ledger.exists():
            return []
        return sorted(os.path.basename(line) for line in self.ledger.read_text().split("\n") if line)

    def rows(self) -> list[dict[str, Any]]:
        return json.loads(self.world.well("inbox", "list", "--json"))["inboxes"]


@pytest.fixture
def drop(queue: World) -> Drop:
    return Drop(queue)


@pytest.fixture
def another(shared: World, tmp_path: Path) -> Drop:
    """An inbox of its own, at the queue that the stories of a file share."""
    return Drop(shared, tmp_path)
