"""Jobs that run in another directory (`--alt-dir`): what is brought there and back, and that it is all of it."""

from __future__ import annotations

import os

import pytest

from tests.schedule.lab import Lab


@pytest.fixture
def lab(queue):
    return Lab(queue)


@pytest.fixture
def away(lab):
    return lab.path.parent / "scratch ü\nspace"


def files(directory):
    """What is left there."""
    return sorted(
        str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_symlink() or not path.is_dir()
    )


def test_outputs_come_to_just_their_places(lab, away):
    for name in ("in put", "in\nput", "ü/in"):
        (lab.path / "ü").mkdir(exist_ok=True)
        lab.annexed(name, f"{name}\n")
    options = ("-i", "in put", "-i", "in\nput", "-i", "ü", "-o", "a/o 1", "-o", "deep/er/*.txt", "-o", "two\nlines")
    command = "mkdir 'a/o 1' && cat {inputs[0]} {inputs[1]} ü/in > 'a/o 1/f'; echo > deep/er/x.txt; echo > {outputs[2]}"
    lab.schedule("--alt-dir", str(away), *options, command)
    lab.well("finish", "--wait")
    assert lab.read("a/o 1/f") == "in put\nin\nput\nü/in\n"
    assert sorted(os.listdir(lab.path)) == sorted(
        [".git", "a", "burro-1.out", "deep", "in\nput", "in put", "two\nlines", "ü"]
    )
    assert files(away) == []
    assert lab.dirt == ""


def test_links_come_as_links_unless_what_they_lead_to_stays_behind(lab, away):
    lab.annexed("raw", "raw\n")
    made = "mkdir -p res/d; echo 1 > res/d/f; echo big > big; cd res; ln -s d link; ln -s d/f file; ln -s ../raw raw; "
    made += 'ln -s "$PWD/d/f" absolute; ln -s ../big big; ln -s nowhere dangling; ln -s /etc/passwd outside'
    lab.schedule("--alt-dir", str(away), "-i", "raw", "-o", "res", made)
    lab.well("finish", "--wait")
    links = {name: os.readlink(lab.path / "res" / name) for name in os.listdir(lab.path / "res") if name != "d"}
    assert lab.read("res/big") == "big\n"
    del links["big"]
    inside = {"link": "d", "file": "d/f", "raw": "../raw", "absolute": "d/f"}
    assert links == {**inside, "dangling": "nowhere", "outside": "/etc/passwd"}
    assert lab.dirt == ""

    lab.schedule("--alt-dir", str(away), "-o", "more", "mkdir more dir; ln -s ../dir more/link; echo > more/f")
    done = lab.burro("finish", "--wait")
    assert "could not be brought back" in done.err
    assert not (lab.path / "more").exists()
    assert [name.partition("/")[2] for name in files(away)] == ["more/f", "more/link"]


def test_what_cannot_take_its_place_leaves_all_as_it_was(lab, away):
    lab.annexed("one", "old\n")
    (lab.path / "two").mkdir()
    (lab.path / "two/mine").write_text("mine\n")
    lab.schedule("--alt-dir", str(away), "-o", "one", "-o", "two", "echo new > one; echo new > two")
    done = lab.burro("finish", "--wait")
    assert done.code == 1
    assert "two is a directory" in done.err
    assert (lab.read("one"), lab.read("two/mine")) == ("old\n", "mine\n")
    assert sorted(os.listdir(lab.path)) == [".git", "burro-1.out", "one", "two"]
    assert [name.partition("/")[2] for name in files(away)] == ["one", "two"]


def test_nothing_starts_without_its_inputs_and_nothing_stays_of_that(lab, away):
    lab.annexed("raw", "raw\n")
    lab.git("annex", "drop", "-q", "--force", "raw")
    for name, why in (("raw", "raw is not here"), ("absent", "absent is not here"), (".", "raw is not here")):
        lab.schedule("--alt-dir", str(away), "--assume-ready", "inputs", "-i", name, "-o", "out", "touch out")
        job = lab.well("finish", "--wait", "--failed", "drop").split()[0]
        assert why in lab.read(f"burro-{job}.out")
    assert list(away.iterdir()) == []
    away.rmdir()
    away.write_text("no directory")
    lab.schedule("--alt-dir", str(away), "-o", "out", "touch out")
    assert "the task was not started" in lab.burro("finish", "--wait").err


def test_an_output_that_does_not_come_about_is_named_and_the_job_stays_open(lab, away):
    lab.schedule("--alt-dir", str(away), "-o", "no*thing", "echo > something")
    done = lab.burro("finish", "--wait")
    assert "the output no*thing is not there" in done.out
    assert "no*thing" in lab.well("finish", "-l")
    assert lab.git("log", "--format=%s") == "begin"


def test_paths_of_the_repository_are_those_of_the_other_directory_there(lab, away):
    (lab.path / "sub").mkdir()
    lab.annexed("raw", "raw\n")
    options = ("-i", str(lab.path / "raw"), "-o", str(lab.path / "out"), "-o", "{pwd}/here")
    lab.schedule("--alt-dir", str(away), *options, "cp {inputs} {outputs[0]}; pwd > here", cwd=lab.path / "sub")
    lab.well("finish", "--wait")
    assert lab.read("out") == "raw\n"
    assert lab.read("sub/here").startswith(str(away))
    assert lab.record()["outputs"] == ["../out", "here"]
    assert lab.dirt == ""
