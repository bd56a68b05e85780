"""Moves that replace nothing, and folders on file systems that tell nobody of changes and whose stamps say nothing."""

from __future__ import annotations

import os

import pytest

from burro.inbox import files
from burro.inbox.intake import Intake
from burro.inbox.names import in_order, others
from burro.inbox.root import Lock, make, opened
from burro.model.inbox import Settings
from tests.waiting import until


@pytest.mark.parametrize("way", [files.move, files._move_with_care])
@pytest.mark.parametrize("kind", ["directory", "file"])
def test_a_move_never_replaces_or_nests(tmp_path, way, kind):
    end = os.open(tmp_path, os.O_RDONLY)
    for name in ("a", "b", "c"):
        if kind == "file":
            (tmp_path / name).write_text(name)
        else:
            (tmp_path / name).mkdir()
            (tmp_path / name / "x").write_text(name)
    way("a", under=end, to="free", into=end)
    with pytest.raises(FileExistsError):
        way("b", under=end, to="c", into=end)
    os.close(end)
    assert sorted(os.listdir(tmp_path)) == ["b", "c", "free"]
    kept = {name: (tmp_path / name / ("x" if kind == "directory" else "")).read_text() for name in ("b", "c", "free")}
    assert kept == {"b": "b", "c": "c", "free": "a"}


def test_on_a_network_file_system_two_looks_tell_that_nothing_changes(tmp_path):
    root = make(str(tmp_path / "root"), group=False)
    lock = Lock(root)
    lock.network, lock.true_times = True, False
    intake = Intake(Settings(quiet=0.3, period=0.05), lock, tell=lambda _: None)
    folder = tmp_path / "root" / "inbox" / "a"
    folder.mkdir()
    (folder / "job.sh").write_text("")
    os.utime(folder / "job.sh", (0, 0))  # as `cp -a` does

    def look():
        with opened(root) as parts:
            intake.refresh(parts)
            return [one.name for one in intake.take(parts, 10, busy=set())]

    for number in range(3):
        assert look() == []
        (folder / "more").write_text(str(number) * (number + 1))
    assert look() == []
    assert intake.reasons == [("a", "it changed less than 0.3 s ago")]
    assert until(look, within=10) == ["a"]
    lock.release()


def test_names_are_in_bytewise_order_and_clashes_get_a_number():
    assert in_order(["b", "B", "ä", "10", "9", ".x", "x.part", "y.tmp", "\udcff"]) == [
        "10",
        "9",
        "B",
        "b",
        "ä",
        "\udcff",
    ]
    names = others("x.tar.gz")
    assert [next(names) for _ in range(3)] == ["x.tar.gz", "x-2.tar.gz", "x-3.tar.gz"]
    names = others("v1.2")
    assert [next(names) for _ in range(2)] == ["v1.2", "v1.2-2"]
