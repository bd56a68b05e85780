from __future__ import annotations

import os
import stat

import pytest

from burro.provenance.annex import Annex
from burro.provenance.git import Git


def test_contents_are_in_the_annex_as_git_annex_would_have_them(annexed, ingest):
    names = ["out/1.bin", "out/deep/er/2.tar.bin", "out/text.txt", "out/.hidden.bin"]
    annexed.well(annexed.made(1, *names), ingest=ingest)

    assert [os.path.islink(annexed.path / name) for name in names] == [True, True, False, False]
    assert annexed.run("git-annex", "fsck", "--fast", "--quiet") == ""
    assert annexed.run("git-annex", "fsck", "--quiet") == ""
    assert "[here]" in annexed.run("git-annex", "whereis", "out/1.bin")
    assert "out/1.bin\n" in annexed.run("git-annex", "find", "--in=here")
    assert annexed.run("git-annex", "unused", "--quiet") == ""
    annexed.run("git-annex", "unlock", "--quiet", "out/1.bin")
    annexed.run("git-annex", "lock", "--quiet", "out/1.bin")
    annexed.sound()


def test_contents_cannot_be_written_to(annexed, ingest):
    annexed.write("run.bin", "#!/bin/sh\n").chmod(0o755)
    annexed.well(annexed.job(1, "run.bin"), ingest=ingest)

    content = annexed.path / "run.bin"
    assert stat.S_IMODE(content.stat().st_mode) == 0o555
    assert stat.S_IMODE(content.resolve().parent.stat().st_mode) == 0o555


def test_two_files_of_one_content(annexed, ingest):
    annexed.write("a.bin", "same")
    annexed.write("b.bin", "same")
    annexed.well(annexed.job(1, "a.bin"), annexed.job(2, "b.bin"), ingest=ingest)

    assert os.readlink(annexed.path / "a.bin") == os.readlink(annexed.path / "b.bin")
    annexed.sound()


def test_a_file_with_a_second_name_is_copied(annexed):
    """Whoever writes to the other name must not change what is in the annex."""
    kept = annexed.write("cache", "content")
    annexed.git("add", "cache")
    annexed.git("commit", "-qm", "cache")
    os.link(kept, annexed.path / "a.bin")

    annexed.well(annexed.job(1, "a.bin"))
    kept.write_text("changed")

    assert (annexed.path / "a.bin").read_text() == "content"
    assert annexed.run("git-annex", "fsck", "--quiet") == ""


def test_an_unlocked_file_stays_unlocked(annexed, ingest):
    annexed.well(annexed.made(1, "a.bin"), ingest=ingest)
    annexed.run("git-annex", "unlock", "--quiet", "a.bin")
    annexed.git("commit", "-qm", "unlocked", "a.bin")
    annexed.write("a.bin", "new content")

    annexed.well(annexed.job(2, "a.bin"), ingest=ingest)

    assert not os.path.islink(annexed.path / "a.bin")
    assert annexed.git("cat-file", "blob", "HEAD:a.bin").startswith("/annex/objects/MD5E-s11--")
    assert annexed.run("git-annex", "fsck", "--quiet") == ""
    annexed.sound()


def test_a_link_that_was_moved_points_to_its_content_again(annexed):
    annexed.well(annexed.made(1, "a.bin"))
    (annexed.path / "d").mkdir()
    (annexed.path / "d/b.bin").symlink_to(os.readlink(annexed.path / "a.bin"))

    annexed.well(annexed.job(2, "d"))

    assert annexed.git("cat-file", "blob", "HEAD:d/b.bin").startswith("../.git/annex/objects/")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        *[("annex.tune.objecthash1", "true"), ("annex.pidlock", "true"), ("annex.addunlocked", "true")],
        *[("annex.freezecontent-command", "true"), ("core.symlinks", "false"), ("annex.maxextensionlength", "8")],
    ],
)
def test_where_git_annex_does_more_it_is_left_to_it(annexed, setting, value):
    annexed.git("config", setting, value)
    git = Git.at(str(annexed.path))
    annex = Annex.of(git)

    assert annex is not None
    assert annex.why_not_by_hand() != ""


def test_settings_of_all_clones_are_left_to_git_annex(annexed):
    annexed.run("git-annex", "config", "--set", "annex.largefiles", "nothing")
    annexed.write(".gitattributes", "\n")
    annexed.git("commit", "-qam", "none")

    annexed.well(annexed.made(1, "a.bin"))

    assert not os.path.islink(annexed.path / "a.bin")


def test_attributes_that_change_contents_are_left_to_git(plain):
    plain.write(".gitattributes", "*.txt text eol=crlf\n*.up filter=up\n")
    plain.git("config", "filter.up.clean", "tr a-z A-Z")
    plain.git("config", "filter.up.smudge", "tr A-Z a-z")
    plain.write("a.txt", "one\r\ntwo\r\n")
    plain.write("b.up", "abc")
    plain.write("new\nline.up", "abc")

    plain.well(plain.job(1, "a.txt", "b.up", "new\nline.up"))

    assert plain.run("git", "cat-file", "blob", "HEAD:a.txt") == "one\ntwo\n"
    assert plain.run("git", "cat-file", "blob", "HEAD:b.up") == "ABC"
    assert plain.git("status", "--porcelain") == "?? .gitattributes"


def test_programs_stay_programs(plain):
    plain.write("run.sh", "x").chmod(0o755)
    plain.write("big", bytes(2_000_000)).chmod(0o755)
    plain.well(plain.job(1, "run.sh", "big"))

    assert [line.split()[0] for line in plain.git("ls-tree", "HEAD", "run.sh", "big").splitlines()] == ["100755"] * 2
    plain.sound()
