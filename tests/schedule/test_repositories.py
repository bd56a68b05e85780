"""Repositories in every condition: on adjusted branches, amid a merge, with worktrees, behind links, within others."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.schedule.lab import Lab
from tests.waiting import until


@pytest.fixture
def lab(queue):
    return Lab(queue)


def git(lab, place, *words, check=True):
    done = subprocess.run(["git", *words], cwd=place, env=lab.env, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done
    return done.stdout.rstrip("\n")


def conflict(lab):
    """Two branches that changed the same line; we are on the second."""
    for branch, text in (("one", "1\n"), ("two", "2\n")):
        lab.git("switch", "-q", "-C", branch, "master")
        (lab.path / "both").write_text(text)
        (lab.path / branch).write_text(text)
        lab.git("add", "both", branch)
        lab.git("-c", "annex.largefiles=nothing", "commit", "-q", "-m", branch)


def test_on_a_branch_where_all_is_unlocked(lab):
    lab.annexed("raw", "1\n")
    lab.git("annex", "adjust", "--unlock", "-q")
    for text in "23":
        lab.schedule("-i", "raw", "-o", "out", f"cat raw > out; echo {text} >> out")
        lab.well("finish", "--wait")
        assert lab.dirt == ""
    assert not (lab.path / "out").is_symlink()
    assert "/annex/objects/" in lab.git("show", "HEAD:out")
    lab.git("annex", "sync", "-q", "--no-content")
    assert lab.git("log", "--format=%s", "master").count("RUNCMD") == 2
    assert lab.git("ls-tree", "master", "out").startswith("120000")


def test_an_output_that_was_unlocked_stays_so_and_is_written_in_place(lab):
    lab.annexed("out", "1\n")
    lab.git("annex", "unlock", "-q", "out")
    lab.git("commit", "-q", "-m", "unlocked")
    lab.schedule("-i", "out", "-o", "out", "echo 2 >> out")
    assert lab.burro("finish", "--wait").err == ""
    assert lab.read("out") == "1\n2\n"
    assert lab.git("ls-tree", "HEAD", "out").startswith("100644")
    assert lab.dirt == ""
    lab.git("annex", "fsck", "-q")


def test_attributes_say_what_goes_into_git_and_by_which_backend(lab):
    (lab.path / ".gitattributes").write_text(
        "* annex.largefiles=((mimeencoding=binary)and(largerthan=0))\n"
        "*.md5 annex.backend=MD5E annex.largefiles=anything\n*.crlf text eol=crlf annex.largefiles=nothing\n"
    )
    lab.git("add", ".gitattributes")
    lab.git("commit", "-q", "-m", "attributes")
    made = r"printf 'a\r\n' > t.crlf; echo text > t; printf '\0\1' > b; echo 1 > x.md5"
    lab.schedule("-o", "t.crlf", "-o", "t", "-o", "b", "-o", "x.md5", made)
    lab.well("finish", "--wait")
    assert lab.git("show", "HEAD:t.crlf") == "a"
    assert lab.git("show", "HEAD:t") == "text"
    assert lab.git("annex", "find").split() == ["b", "x.md5"]
    assert "MD5E-" in os.readlink(lab.path / "x.md5")
    assert lab.dirt == ""


def test_a_head_on_no_branch_is_told_of(lab):
    lab.git("checkout", "-q", "--detach")
    lab.schedule("-o", "a", "echo > a")
    done = lab.burro("finish", "--wait")
    assert done.code == 0
    assert f"git branch NAME {lab.git('rev-parse', 'HEAD')[:10]}" in done.err
    assert lab.git("log", "--format=%s", "master") == "begin"


def test_amid_a_merge_the_merge_goes_on_behind_the_record(lab):
    conflict(lab)
    git(lab, lab.path, "merge", "-q", "one", check=False)
    lab.schedule("-o", "a", "echo > a")
    lab.well("finish", "--wait")
    assert lab.git("status", "--porcelain") == "AA both\nA  one"
    (lab.path / "both").write_text("3\n")
    lab.git("add", "both")
    lab.git("commit", "-q", "-m", "merged")
    assert lab.git("log", "--first-parent", "--format=%s").splitlines() == [
        *("merged", "[DATALAD RUNCMD] echo > a", "two", "begin")
    ]
    assert lab.dirt == ""


def test_amid_a_rebase_nothing_is_recorded_that_could_be_lost_with_it(lab):
    lab.env["BURRO_RECORDS_EVERY"] = "0.3"
    (lab.queue.queue / "burro.toml").parent.mkdir(mode=0o700)
    (lab.queue.queue / "burro.toml").write_text("[provenance]\nauto = true\n")
    conflict(lab)
    git(lab, lab.path, "rebase", "-q", "one", check=False)
    lab.well("wait", lab.schedule("-o", "a", "echo > a"))
    done = lab.burro("finish")
    assert (done.code, done.out) == (1, "")
    assert "a rebase is under way" in done.err
    assert lab.burro("finish", "-l").out.count("\n") == 2
    lab.git("rebase", "--abort")
    until(lambda: "RUNCMD" in lab.git("log", "-1", "--format=%s", "refs/heads/two"), within=30)
    assert lab.read("a") == "\n"


def test_a_worktree_of_its_own_has_its_own_jobs(lab):
    lab.annexed("raw", "1\n")
    tree = lab.path.parent / "tree"
    lab.git("worktree", "add", "-q", str(tree))
    lab.schedule("-i", "raw", "-o", "raw", "-o", "n", "test ! -e raw; echo > n; exit 1", cwd=tree)
    assert lab.burro("finish", "--wait", cwd=tree).code == 1
    assert (tree / "raw").read_text() == "1\n"
    lab.schedule("-o", "n", "test ! -e n && echo here > n", cwd=tree)
    lab.schedule("-o", "n", "echo there > n")
    lab.well("finish", "--wait", cwd=tree)
    lab.well("finish", "--wait")
    assert ((tree / "n").read_text(), lab.read("n")) == ("here\n", "there\n")
    assert git(lab, tree, "status", "--porcelain") == "?? burro-1.out"
    assert lab.dirt == ""


def test_inputs_may_lie_in_a_repository_below(lab):
    source = lab.path.parent / "source"
    source.mkdir()
    for words in (["init", "-q"], ["annex", "init", "-q"]):
        git(lab, source, *words)
    (source / "raw").write_text("1\n")
    git(lab, source, "annex", "add", "-q", "raw")
    git(lab, source, "commit", "-q", "-m", "raw")
    lab.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(source), "sub")
    lab.git("commit", "-q", "-m", "sub")

    lab.schedule("-i", "sub/raw", "-i", "/etc/hostname", "-o", "out", "cat sub/raw > out")
    lab.well("finish", "--wait")
    assert lab.read("out") == "1\n"
    held = lab.schedule("--hold", "-i", "sub/raw", "-o", "late", "cat sub/raw > late")
    lab.schedule("-d", "sub", "-o", "raw", "-o", "x", "echo 2 | tee raw > x; pwd")
    lab.well("finish", "--wait", "-d", "sub")
    lab.well("release", held)
    assert "sub/raw was edited or committed anew meanwhile" in lab.burro("finish", "--wait").err
    assert lab.dirt == " M sub"

    lab.git("clone", "-q", ".", "../copy")
    refused = lab.burro("schedule", "-i", "sub/raw", "-o", "out", "true", cwd=lab.path.parent / "copy")
    assert "datalad get -n sub" in refused.err


def test_a_repository_behind_a_link_is_the_same_repository(lab):
    link = lab.path.parent / "link"
    link.symlink_to(lab.path)
    (lab.path / "real").mkdir()
    (lab.path / "there").symlink_to("real")
    lab.schedule("--hold", "-o", "real/a", "echo 1 > real/a", cwd=link, PWD=str(link))
    for directory, path in ((lab.path, "real/a"), (link, "there/a"), (link, f"{link}/real/a")):
        assert "job 1" in lab.burro("schedule", "-o", path, "true", cwd=directory).err
    lab.well("release", "1")
    lab.well("finish", "--wait", "-d", str(link))
    assert lab.record()["outputs"] == ["real/a"]
    lab.schedule("-o", "there/b", "echo 1 > there/b")
    assert lab.burro("finish", "--wait").code == 1  # DataLad would not find it there either
    assert "declare it by its real path" in lab.burro("finish").out


def test_a_file_that_was_staged_meanwhile_stays_staged(lab):
    (lab.path / "mine").write_text("mine\n")
    lab.schedule("-o", "a", "echo > a")
    lab.git("add", "mine")
    lab.well("finish", "--wait")
    assert lab.dirt == "A  mine"
    assert lab.git("show", "--format=", "--name-only").split() == ["a", "burro-1.out"]


def test_another_git_that_holds_the_index_is_waited_for(lab):
    lab.well("wait", lab.schedule("-o", "a", "echo > a"))
    lock = lab.path / ".git/index.lock"
    lock.write_text("")
    waiting = lab.queue.start("finish", "--dataset", str(lab.path))
    until(lambda: list((lab.path / ".git/refs/burro").glob("*")), within=20)
    lock.unlink()
    assert waiting.wait(timeout=30) == 0
    assert lab.dirt == ""
