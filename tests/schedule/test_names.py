"""Names with anything in them, as outputs and inputs, through the whole way: guard, worker, finish, and once more."""

from __future__ import annotations

import json
import os

import pytest

from tests.schedule.lab import Lab

NAMES = (
    *("a b", " first and last ", "ü\u2603", "line\u2028separator", "new\nline", 'quo"te', "it's", "tab\there"),
    *("$HOME `x` \\", "-dash", "--output", "a[1].txt", "what?", "{brace}", ":(top)x", "#"),
)


@pytest.fixture
def lab(queue):
    return Lab(queue)


def typed(name):
    """As somebody types it who wants no placeholder."""
    return name.replace("{", "{{").replace("}", "}}")


def test_anything_may_be_the_name_of_an_output(lab):
    lines = [{"cmd": "printf '%s\\n' {inputs} > {outputs}", "inputs": [], "outputs": [typed(name)]} for name in NAMES]
    lab.well("schedule", "--from", "-", stdin="\n".join(map(json.dumps, lines)).encode())
    lab.well("finish", "--wait")
    assert [name for name in NAMES if not (lab.path / name).is_symlink()] == []
    assert lab.dirt == ""

    lines = [{"cmd": "test ! -e {outputs} && exit 3", "outputs": [typed(name)]} for name in NAMES]
    lab.well("schedule", "--from", "-", stdin="\n".join(map(json.dumps, lines)).encode())
    assert lab.burro("finish", "--wait", "--failed", "drop").out.count("failed (exit 3)") == len(NAMES)
    assert [name for name in NAMES if not (lab.path / name).is_symlink()] == []

    lab.well("reschedule", "--", *NAMES)
    lab.well("finish", "--wait")
    assert lab.record()["outputs"] == ["#"]
    assert len(lab.record()["chain"]) == 1
    assert "{brace}" in lab.well("log", "--", "{brace}")
    assert "-dash" in lab.well("log", "--json", "--", "-dash")
    lab.git("annex", "fsck", "-q")


def test_names_that_are_no_text(lab):
    name = b"latin-\xe9"
    lab.well("schedule", b"-o" + name, "echo 1 > {outputs}")
    lab.well("finish", "--wait")
    assert (lab.path / os.fsdecode(name)).is_symlink()
    assert lab.dirt == ""


def test_the_content_of_an_input_is_fetched_whatever_its_name(lab):
    for name in NAMES:
        (lab.path / name).write_text(f"{name}\n")
    lab.git("annex", "add", "-q", ".")
    lab.git("commit", "-q", "-m", "inputs")
    lab.git("clone", "-q", ".", "../copy")
    copy = lab.path.parent / "copy"
    options = [word for name in NAMES for word in ("-i", typed(name))]
    lab.well("schedule", *options, "-o", "all", "cat -- {inputs} > {outputs}", cwd=copy)
    lab.well("finish", "--wait", cwd=copy)
    assert (copy / "all").read_text() == "".join(f"{name}\n" for name in NAMES)


def test_placeholders_in_paths_are_where_they_lead_and_the_record_can_be_repeated_elsewhere(lab):
    (lab.path / "sub").mkdir()
    lab.annexed("in", "1\n")
    lab.annexed("out", "old\n")
    options = ("-i", "{dspath}/in", "-o", "{dspath}/out", "-o", "{pwd}/n")
    lab.schedule(*options, "cat {inputs} > {outputs[0]}; echo > n", cwd=lab.path / "sub")
    lab.well("finish", "--wait")
    assert lab.read("out") == "1\n"
    assert (lab.path / "sub/n").is_symlink()
    assert (lab.record()["inputs"], lab.record()["outputs"]) == (["../in"], ["../out", "n"])
    lab.datalad("rerun")
    assert lab.dirt == ""


def test_a_file_system_that_knows_no_case_has_one_output_under_two_names(lab):
    lab.git("config", "core.ignorecase", "true")
    lab.annexed("Res", "old\n")
    lab.schedule("--hold", "-o", "Res", "test ! -e Res && exit 3")
    assert "job 1" in lab.burro("schedule", "-o", "res", "true").err
    lab.well("release", "1")
    assert lab.burro("finish", "--wait").code == 1
    assert "Res" in os.listdir(lab.path)
    lab.schedule("-o", "Res", "-o", "New", "--alt-dir", str(lab.path.parent / "away"), "echo 1 > Res; echo 2 > New")
    lab.well("finish", "--wait")
    assert (lab.read("Res"), lab.read("New")) == ("1\n", "2\n")
