"""Commands in containers that the repository knows by name. The container is a program that says what it was given."""

from __future__ import annotations

import subprocess

import pytest

import burro
from tests.rig.extensions import beside
from tests.schedule.lab import Lab

ENGINE = '#!/bin/sh\n[ "$1" = exec ] && [ -s "$2" ] || exit 3\nshift 2\nCONTAINED=yes exec "$@"\n'


@pytest.fixture
def lab(queue):
    lab = Lab(queue)
    (lab.path / "engine").write_text(ENGINE)
    (lab.path / "engine").chmod(0o755)
    lab.datalad("create", "--force", ".")
    return lab


def configured(lab, name, **settings):
    for entry, value in settings.items():
        lab.git("config", "-f", ".datalad/config", f"datalad.containers.{name}.{entry}", value)
    lab.git("add", ".datalad/config", "engine")
    lab.git("commit", "-q", "-m", f"container {name}")


def test_a_command_runs_in_a_container_and_its_record_has_the_whole_call(lab):
    lab.annexed("image", "an image\n")
    configured(lab, "box", image="image", cmdexec="{img_dspath}/engine exec {img} sh -c '{cmd}'")
    (lab.path / "sub").mkdir()
    lab.schedule("--container", "box", "-o", "out", "echo $CONTAINED > {outputs}", cwd=lab.path / "sub")
    lab.well("finish", "--wait")
    assert lab.read("sub/out") == "yes\n"
    record = lab.record()
    assert record["cmd"] == "../engine exec ../image sh -c 'echo $CONTAINED > {outputs}'"
    assert record["extra_inputs"] == ["../image"]
    lab.datalad("rerun")
    assert lab.dirt == ""
    assert "scheduled as job 2" in lab.datalad("schedule", "--container", "box", "-o", "b", "echo").stdout


def test_the_record_is_that_of_datalad_container(lab):
    """The real one: what it adds is found, and what it runs has the same record."""
    lab.env = beside(lab.env, "datalad-container")
    lab.git("add", "engine")
    lab.git("commit", "-q", "-m", "engine")
    lab.datalad("containers-add", "box", "--url", str(lab.path / "engine"), "--call-fmt", "sh {img} exec {img} {cmd}")
    command = "sh -c 'echo $CONTAINED > {outputs}'"
    lab.datalad("containers-run", "-n", "box", "-o", "theirs", command)
    theirs = lab.record()

    lab.schedule("--container", "box", "-o", "ours", command)
    lab.well("finish", "--wait")

    ours = lab.record()
    del ours["burro"]
    assert ours == {**theirs, "outputs": ["ours"]}
    assert lab.read("ours") == lab.read("theirs") == "yes\n"
    assert "Scheduled job" in lab.well("reschedule", "theirs")


def test_the_image_is_got_with_the_inputs(lab):
    lab.annexed("image", "an image\n")
    configured(lab, "box", image="image", cmdexec="./engine exec {img} {cmd}")
    copy = lab.path.parent / "copy"
    lab.git("clone", "-q", ".", str(copy))
    subprocess.run(["git", "annex", "init", "-q"], cwd=copy, env=lab.env, check=True)
    lab.well("schedule", "--container", "box", "-o", "o", "touch o", cwd=copy)
    assert (copy / "image").read_text() == "an image\n"
    assert lab.queue.well("finish", "--wait", cwd=copy).startswith("1 done")


def test_what_is_no_container_is_said(lab, monkeypatch):
    configured(lab, "bad", image="image", cmdexec="{engine} {cmd}")
    configured(lab, "box", image="engine")
    for words, why in (
        (("--container", "none", "-o", "x", "true"), "no container none; known: bad, box"),
        (("--container", "bad", "-o", "x", "true"), "cannot be filled in"),
        (("--container", "box", "-o", "x", "sbatch job.sh"), "call it in the script"),
    ):
        ended = lab.burro("schedule", *words)
        assert (ended.code, why in ended.err) == (2, True), ended
    assert lab.well("schedule", "--dry-run", "--container", "box", "-o", "x", "a b").startswith("engine a b\n")
    monkeypatch.chdir(lab.path)
    monkeypatch.setenv("HOME", lab.env["HOME"])
    with burro.Queue(lab.queue.queue) as book:
        job = book.schedule("exec engine true", outputs="x", container="box", hold=True)
        assert "engine exec engine true" in job.show().command
