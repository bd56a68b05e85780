"""People who only have scp and sftp: through a real sshd, which writes files as slowly as they come."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.inbox.conftest import MARKER
from tests.rig.sshd import loopback
from tests.waiting import until


@pytest.fixture
def wire(drop):
    """`scp` and `sftp` to a machine whose files are these."""
    made = loopback(1)
    try:
        made.start()
        yield lambda *words, text=None: subprocess.run(
            [made.user.bin / words[0], "-q", *words[1:]],
            input=text,
            text=True,
            capture_output=True,
            check=True,
            timeout=60,
        )
    finally:
        made.close()


def test_scp_brings_a_folder_and_fetches_it_when_it_is_finished(drop, wire):
    drop.add("--quiet", "2s")
    folder = drop.folder("up load", "wc -c < big")
    (folder / "big").write_bytes(bytes(600_000))
    wire("scp", "-l", "4000", "-r", str(folder), f"m1:{drop.root}/inbox/")  # 4,000 kbit/s: about 1.2 s
    drop.complete("up load")
    back = drop.outside / "back"
    wire("scp", "-r", f"m1:{drop.root}/complete/up load", str(back))
    assert (back / "job_output.txt").read_text().strip() == "600000"
    assert json.loads((back / "job_result.json").read_text())["state"] == "done"
    assert drop.runs == ["up load"]


def test_sftp_renames_or_marks_what_is_whole(drop, wire):
    drop.add("--quiet", "1h", "--period", "1")
    folder = drop.folder("a")
    inbox = f"{drop.root}/inbox"
    lines = [f"mkdir {inbox}/a.part", f"put -r {folder}/* {inbox}/a.part", f"rename {inbox}/a.part {inbox}/a"]
    wire("sftp", "-b", "-", "m1", text="\n".join(lines) + "\n")
    drop.complete("a")
    drop.add("--ready", "whole")
    lines = [f"mkdir {inbox}/b", f"put -r {folder}/* {inbox}/b"]
    wire("sftp", "-b", "-", "m1", text="\n".join(lines) + "\n")
    until(lambda: drop.rows()[0]["waiting"] == 1, within=20)
    (drop.outside / "empty").write_text("")
    wire("sftp", "-b", "-", "m1", text=f"put {drop.outside}/empty {inbox}/b/whole\n")
    drop.complete("b")
    listed = wire("sftp", "-b", "-", "m1", text=f"ls -1 {drop.root}/complete/b\n").stdout
    assert f"{drop.root}/complete/b/{MARKER}" in listed
    assert drop.runs == ["a", "b"]
