"""What a job wrote and nobody declared is told."""

from __future__ import annotations

import os

import pytest

from tests.schedule.lab import Lab


@pytest.fixture
def lab(queue):
    return Lab(queue)


def test_files_that_nobody_declared_are_told_and_left_alone(lab):
    (lab.path / "mine").write_text("")
    os.utime(lab.path / "mine", (0, 0))
    (lab.path / ".gitignore").write_text("*.tmp\n")
    lab.git("add", ".gitignore")
    lab.git("commit", "-q", "-m", "ignore")
    lab.schedule("-o", "x", "echo > x; mkdir stray; echo > stray/deep; echo > 'side effect'; echo > a.tmp")
    failing = lab.schedule("-o", "open", "echo > open; false")
    lab.burro("wait", failing)
    ended = lab.burro("finish", "1")
    assert ended.code == 0
    assert "2 files that nobody declared came meanwhile: side effect, stray; declare such with -o" in ended.err
    assert sorted(lab.dirt.split("\n")) == [
        '?? "side effect"',
        f"?? burro-{failing}.out",
        "?? mine",
        "?? open",
        "?? stray/",
    ]
    for name in ("stray", "side effect"):
        os.utime(lab.path / name, (0, 0))  # long before the next job
    lab.schedule("-o", "y", "echo > y")
    assert "nobody declared" not in lab.burro("finish", "--wait").err


def test_in_a_large_repository_nobody_looks_for_them(lab):
    empty = lab.git("hash-object", "-w", os.devnull)
    entries = "".join(f"100644 {empty}\td/{number:060d}\n" for number in range(40_000))
    lab.schedule("-o", "x", "echo > x; echo > stray")
    lab.burro("wait", "1")
    lab.git("update-index", "--add", "--index-info", given=entries)
    assert "nobody declared" not in lab.burro("finish").err
