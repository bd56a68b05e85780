"""A locked file of git-annex, and who could write through its link: root can, and must not."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from burro.base.errors import Failed
from burro.worker.outputs import _make_way


@pytest.fixture
def link(tmp_path, monkeypatch):
    """A link as git-annex leaves it, in a directory that everybody may write to."""
    content = tmp_path / ".git/annex/objects/K/K"
    content.parent.mkdir(parents=True)
    content.write_text("old")
    content.chmod(0o444)
    (tmp_path / "out").symlink_to(".git/annex/objects/K/K")
    tmp_path.chmod(0o777)
    monkeypatch.chdir(tmp_path)
    return content


def outcome(action):
    """Its exit code in a process of somebody who is not root."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        if os.geteuid() == 0:
            os.setuid(pwd.getpwnam("nobody").pw_uid)
        os._exit(action())
    finally:
        os._exit(1)


def test_root_is_not_started_beside_a_locked_file_that_stays(link):
    if os.geteuid() == 0:
        with pytest.raises(Failed, match="root would write into the annex itself"):
            _make_way(["out"], "keep", {})
        (link.parents[4] / "out").write_text("root can")  # what it is kept from
        assert link.read_text() == "root can"
    taken = {}
    _make_way(["out"], "replace", taken)
    assert taken == {"out": ".git/annex/objects/K/K"}
    assert not os.path.lexists("out")


def test_others_are_kept_from_it_by_the_file_itself(link):
    def write():
        _make_way(["out"], "keep", {})
        try:
            Path("out").write_text("new")
        except PermissionError:
            return 13
        return 0

    assert outcome(write) == 13
    assert link.read_text() == "old"
    link.chmod(0o666)
    assert outcome(write) == 0
