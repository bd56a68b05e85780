"""Where a job's directory and files are at a machine with another home."""

from __future__ import annotations

import os

import pytest

from burro.model.elsewhere import Ground, named

PLAIN = {"dir": "/home/ann/proj/sub", "submit_dir": "/home/ann/proj", "out": "burro-%j.out", "err": None, "in": None}


@pytest.mark.parametrize(
    ("root", "project", "here", "there"),
    [
        ("~", None, "/home/ann/proj", "/u/ann"),
        ("~/p", None, "/home/ann/proj", "/u/ann/p"),
        ("~/p", "/home/ann/proj", "/home/ann/proj", "/u/ann/p"),
        ("~/p", "/home/ann/proj", "/home/ann/proj/a/b", "/u/ann/p/a/b"),
        ("~/p", "/home/ann/proj", "/home/ann/project", "/u/ann/p"),
        ("~/p", "/home/ann/proj", "/home/ann/proj/../x", "/u/ann/p"),
        ("/scratch/ann", "/home/ann/proj", "/home/ann/proj/a", "/scratch/ann/a"),
        ("/scratch/ann", "/", "/home/ann", "/scratch/ann/home/ann"),
    ],
)
def test_a_directory_of_the_project_has_its_counterpart_and_any_other_the_root(root, project, here, there):
    assert Ground("/u/ann", root, project).path(here) == there


def test_outputs_are_named_as_here_below_the_directory_there():
    spec = Ground("/u/ann", "~/p", "/home/ann/proj").spec(PLAIN)
    assert (spec["dir"], spec["submit_dir"], spec["out"], spec["err"]) == (
        "/u/ann/p/sub",
        "/u/ann/p",
        "burro-%j.out",
        None,
    )
    assert (spec["env_base"], spec["home"]) == ("machine", True)


def test_an_output_that_has_no_place_there_is_kept_aside():
    ground = Ground("/u/ann", "~/p", "/home/ann/proj", "Q")
    spec = ground.spec({**PLAIN, "out": "/home/ann/proj/logs/%j", "err": "/var/tmp/%j.err", "in": os.devnull})
    assert spec["out"] == "/u/ann/p/logs/%j"
    assert spec["err"] == "/u/ann/.local/state/burro-worker/Q/outputs/%j-%a-%t.err"
    assert spec["in"] == os.devnull
    assert ground.spec({**PLAIN, "out": os.devnull})["out"] == os.devnull


def test_of_the_environment_goes_along_what_was_named():
    assert named({"PATH": "/x", "HOME": "/y", "A": "1"}, ["A", "B"]) == {"A": "1"}
    assert named({"PATH": "/x"}, None) == {}
