"""Scheduled in one directory, finished in another, scheduled again from a third; and what meets what from where."""

from __future__ import annotations

import json

import pytest

from tests.schedule.lab import Lab


@pytest.fixture
def lab(queue):
    made = Lab(queue)
    for directory in ("sub/deep", "side", "a/b"):
        (made.path / directory).mkdir(parents=True)
    return made


def test_from_a_directory_below_and_back_from_others(lab):
    sub, side = lab.path / "sub", lab.path / "side"
    lab.annexed("raw", "1\n")
    command = "cat {inputs} > out; echo ${{BURRO_TASK:-none}} >> out; cp out deep/er/x"
    job = lab.schedule("-i", "../raw", "-o", "out", "-o", "deep/er/x", command, cwd=sub)
    lab.well("wait", job)
    listed = lab.well("finish", "-l", cwd=side)
    assert f"{job}    done" in listed
    assert lab.well("finish", "-l", "-d", str(lab.path), cwd=lab.path.parent) == listed
    lab.well("finish", "--wait", cwd=side)
    record = lab.record()
    assert (record["pwd"], record["inputs"], record["outputs"]) == ("sub", ["../raw"], ["out", "deep/er/x"])
    assert lab.git("show", "--format=", "--name-only").split() == ["sub/burro-1.out", "sub/deep/er/x", "sub/out"]

    for number, (directory, name) in enumerate(((lab.path, "sub/out"), (side, "../sub/out"), (sub, "out")), 1):
        assert "in sub, writes out" in lab.well("reschedule", "--report", name, cwd=directory)
        lab.well("reschedule", name, cwd=directory)
        lab.well("finish", "--wait", cwd=directory)
        assert lab.record()["pwd"] == "sub"
        assert len(lab.record()["chain"]) == number
        assert "job" in lab.well("log", name, cwd=directory)
    lab.datalad("-C", "side", "rerun")
    assert lab.dirt == ""
    assert not (sub / "sub").exists()


def test_datalad_does_the_same_from_below(lab):
    lab.datalad("create", "--force", "-c", "text2git", ".")
    (lab.path / "side/tracked").write_text("")
    lab.datalad("save", "side")
    lab.datalad("-C", "sub", "schedule", "-o", "out", "pwd > {outputs}; echo 1 > ../side/stray")
    refused = json.loads(lab.datalad("-f", "json", "schedule", "-o", "sub/out", "true", check=False).stdout)
    assert refused["status"] == "impossible"
    lab.datalad("-C", "side", "finish", "--wait")
    assert lab.read("sub/out") == f"{lab.path}/sub\n"
    assert lab.record()["pwd"] == "sub"
    lab.datalad("-C", "side", "reschedule", "../sub/out")
    lab.datalad("finish", "--wait")
    assert len(lab.record()["chain"]) == 1
    assert lab.dirt == "?? side/stray"


def test_what_meets_and_what_does_not(lab):
    open_ones = lab.schedule("--hold", "-o", "a/b/c", "-o", "g/*.csv", "--log", "logs/l", "true")
    lab.schedule("--hold", "-o", "out", "true", cwd=lab.path / "sub")
    meeting = (
        *((".", "a/b"), (".", "a/b/c/d"), (".", f"{lab.path}/a/b/c"), (".", "a/../a/b/c"), (".", "a//b/c"), (".", ".")),
        *(("sub", "../a/b/c"), (".", "sub/out"), ("a/b", "../../sub/out"), ("sub", ".")),
        *((".", "g/1.csv"), (".", "g"), (".", "g/a*"), (".", "**/c"), (".", "logs"), (".", "logs/l")),
    )
    for directory, path in meeting:
        refused = lab.burro("schedule", "-o", path, "true", cwd=lab.path / directory)
        assert (refused.code, "is to be written by job" in refused.err) == (2, True), (directory, path, refused)
    for directory, path in ((".", "a/b/cc"), (".", "out"), ("a/b", "out"), (".", "g/x.txt"), (".", "logs.txt")):
        lab.schedule("--hold", "-o", path, "true", cwd=lab.path / directory)
    assert "is held" in lab.burro("reschedule", open_ones).err


def test_what_is_scheduled_again_and_open_cannot_be_once_more(lab):
    lab.schedule("-o", "a/x", "echo > a/x")
    lab.well("finish", "--wait")
    lab.well("reschedule", "a/x")
    assert "job 2" in lab.burro("reschedule", "a/x").err
    assert "job 2" in lab.burro("reschedule", "HEAD").err
    lab.well("finish", "--wait")


def test_a_missing_output_is_no_success_whoever_asks(lab):
    lab.datalad("create", "--force", ".")
    lab.schedule("-o", "made", "-o", "sub/not", "echo > made")
    done = lab.burro("finish", "--wait")
    assert (done.code, "the output sub/not is not there" in done.out) == (1, True)
    told = json.loads(lab.datalad("-f", "json", "finish", check=False).stdout)
    assert (told["status"], told["job"]) == ("impossible", "1")
    assert lab.read("made") == "\n"
    (lab.path / "sub/not").write_text("by hand\n")
    assert "1 done" in lab.well("finish")


def test_five_thousand_outputs_by_name(lab):
    names = [f"out/a name that is rather long {number}.txt" for number in range(5000)]
    line = {"cmd": 'mkdir -p out; for i in $(seq 0 4999); do : > "out/a name that is rather long $i.txt"; done'}
    lab.git("config", "annex.largefiles", "nothing")
    lab.well("schedule", "--from", "-", stdin=json.dumps({**line, "outputs": names}).encode())
    lab.well("finish", "--wait")
    assert lab.git("show", "--format=", "--name-only").count("\n") == 5001  # with the log and the record's own file
    assert lab.dirt == ""
    assert lab.well("reschedule", "--report", "HEAD").count(".txt") >= 5000
