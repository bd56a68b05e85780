"""Archives are unpacked safely, run, and packed again; who polls for a broken one is told."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import zipfile

import pytest

from tests.inbox.conftest import MARKER
from tests.waiting import until


def packed(drop, name, kind, text="cat word", *, top=""):
    """An archive of a folder, made elsewhere."""
    folder = drop.folder(name, text, word="hello\n")
    path = drop.outside / f"{name}{kind}"
    if kind == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(folder.iterdir()):
                archive.write(file, os.path.join(top, file.name))
    else:
        with tarfile.open(path, f"w:{'xz' if kind == '.tar.xz' else 'gz'}") as archive:
            archive.add(folder, arcname=top or ".")
    return path


def drop_in(drop, path):
    path.rename(drop.root / "inbox" / path.name)


def made_by_hand(path, *members):
    with tarfile.open(path, "w:gz") as archive:
        for name, kind, target in members:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            content = b"#!/bin/sh\n" if kind == tarfile.REGTYPE else b""
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))


@pytest.mark.parametrize(
    ("kind", "top"), [(".tar.gz", ""), (".tgz", "deep"), (".tar.xz", "deep"), (".zip", ""), (".zip", "d")]
)
def test_an_archive_comes_back_as_it_went_in_with_its_results(another, kind, top):
    another.prepare()
    path = packed(another, "pack", kind, top=top)
    if (kind, top) == (".zip", "d"):
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("__MACOSX/d/._job.sh", "added by the Finder")
    drop_in(another, path)
    another.run("--quiet", "0")
    back = another.root / "complete" / f"pack{kind}"
    until(back.is_file, within=20)
    place = another.outside / "back"
    if kind == ".zip":
        zipfile.ZipFile(back).extractall(place)
    else:
        place.mkdir()
        subprocess.run(["tar", "-xf", back, "-C", place], check=True)
    assert sorted(os.listdir(place / top)) == [*sorted(["job.sh", MARKER, "job_output.txt", "job_result.json", "word"])]
    assert (place / top / "job_output.txt").read_text() == "hello\n"
    found = json.loads((place / top / "job_result.json").read_text())
    assert (found["state"], found["name"], found["output"]) == ("done", "pack", "job_output.txt")
    until(lambda: os.listdir(another.root / "pending") == [], within=20)


BROKEN = {
    "none.tar.gz": "is no .tar.gz archive",
    "cut.tar.xz": "is no .tar.xz archive",
    "none.zip": "is no .zip archive",
    "up.tar.gz": "../../../victim in it leads out of it",
    "root.tar.gz": "leads out of it",
    "link.tar.gz": "a link that leads out of it",
    "through.tar.gz": "a link that leads out of it",
    "device.tar.gz": "neither file, directory nor link",
    "hard.tar.gz": "a second name of a file that is not there",
    "bomb.tar.gz": "larger than 10K",
    "many.zip": "more than 20 files",
}


def make_broken(drop, victim):
    """One archive for each way to be broken, and one that is well but has no job in it."""
    reg, sym, lnk, fifo = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE
    there = drop.outside
    for name in ("none.tar.gz", "none.zip"):
        (there / name).write_bytes(b"no archive")
    whole = packed(drop, "cut", ".tar.xz", "x" * 5000).read_bytes()
    (there / "cut.tar.xz").write_bytes(whole[: len(whole) // 2])
    made_by_hand(there / "up.tar.gz", ("../../../victim", reg, ""))
    made_by_hand(there / "root.tar.gz", (str(victim), reg, ""))
    made_by_hand(there / "link.tar.gz", ("job.sh", reg, ""), ("x", sym, str(victim)))
    made_by_hand(there / "through.tar.gz", ("d", sym, ".."), ("d/victim", reg, ""))
    made_by_hand(there / "device.tar.gz", ("job.sh", reg, ""), ("p", fifo, ""))
    made_by_hand(there / "hard.tar.gz", ("job.sh", lnk, "etc/passwd"))
    made_by_hand(there / "empty.tar.gz", ("a", reg, ""))
    with tarfile.open(there / "bomb.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("job.sh")
        entry.size = 2**20
        archive.addfile(entry, io.BytesIO(bytes(2**20)))
    with zipfile.ZipFile(there / "many.zip", "w") as archive:
        for number in range(30):
            archive.writestr(f"f{number}", "")


def test_archives_that_cannot_be_unpacked_end_in_complete_and_say_why(drop):
    drop.add("--quiet", "0.2s", "--max-size", "10K", "--max-files", "20")
    victim = drop.world.work / "victim"
    make_broken(drop, victim)
    for name in (*BROKEN, "empty.tar.gz"):
        drop_in(drop, drop.outside / name)
    for name, sentence in BROKEN.items():
        folder = drop.complete(name)
        assert sentence in (folder / "job_error.txt").read_text(), name
        assert drop.result(name)["state"] == "refused"
    assert (drop.root / "complete" / "none.zip" / "none.zip").read_bytes() == b"no archive"
    until((drop.root / "complete" / "empty.tar.gz").is_file, within=20)
    with tarfile.open(drop.root / "complete" / "empty.tar.gz") as archive:
        assert b"there is no job.sh and no tasks.txt" in archive.extractfile("job_error.txt").read()
    assert not victim.exists()
    assert drop.runs == []


def test_an_archive_that_is_complete_already_gets_a_suffix(drop):
    drop.add("--quiet", "0.1s")
    (drop.root / "complete" / "pack.tar.gz").write_text("theirs")
    drop_in(drop, packed(drop, "pack", ".tar.gz", "exit 3"))
    until((drop.root / "complete" / "pack-2.tar.gz").is_file, within=20)
    with tarfile.open(drop.root / "complete" / "pack-2.tar.gz") as archive:
        text = archive.extractfile("./job_error.txt" if "./job_error.txt" in archive.getnames() else "job_error.txt")
        assert b"exited with code 3" in text.read()
    assert (drop.root / "complete" / "pack.tar.gz").read_text() == "theirs"
