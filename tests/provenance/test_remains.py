from __future__ import annotations

import os

import pytest

from burro.base.clock import now
from burro.base.errors import Failed
from burro.provenance.git import Git
from burro.provenance.stream import Stream


def test_what_was_set_aside_long_ago_is_removed_by_the_next_finish(plain):
    for name, days in (("1.1", 31), ("2.1", 29)):
        left = plain.write(f".git/burro/aside/{name}/res/part", "x")
        os.utime(left.parents[1], (now() - days * 86400,) * 2)
    plain.well(plain.made(3, "out"))

    assert os.listdir(plain.path / ".git/burro/aside") == ["2.1"]
    assert (plain.path / ".git/burro/aside/2.1/res/part").read_text() == "x"


def test_a_stream_that_git_gives_up_leaves_no_report(plain):
    stream = Stream(Git.at(str(plain.path)))
    stream._write(b"nonsense\n")
    with pytest.raises(Failed, match="Unsupported command"):
        stream.end()

    assert not list(plain.path.glob(".git/fast_import_crash_*"))
    plain.sound()


def test_old_notes_go_too_and_those_of_a_further_worktree(plain, tmp_path):
    plain.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    for place in ("left/1.1.json", "left/2.1.json", "worktrees/other/burro/aside/1.1/part"):
        note = plain.write(f".git/{place}" if place.startswith("work") else f".git/burro/{place}", "{}")
        days = 29 if "2.1" in place else 31
        os.utime(note.parent if note.name == "part" else note, (now() - days * 86400,) * 2)
    other = type(plain)(tmp_path / "other")
    other.well(other.made(3, "out"))

    assert os.listdir(plain.path / ".git/burro/left") == ["2.1.json"]
    assert os.listdir(plain.path / ".git/worktrees/other/burro/aside") == []
