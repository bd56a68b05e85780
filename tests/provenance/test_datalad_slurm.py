"""A repository that datalad-slurm 0.2.8 made, with the jobs of a real Slurm, and its first form from its own history.

The bundle was written by its commands: two successes, one of them scheduled in sub/, a failure and an array with a
failure that were committed all the same, and the first job again.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from burro.provenance.git import Git
from burro.provenance.recorded import records
from tests.provenance.conftest import Repository

BUNDLE = Path(__file__).with_name("datalad-slurm-0.2.8.bundle")


@pytest.fixture
def theirs(tmp_path):
    path = tmp_path / "theirs"
    subprocess.run(["git", "clone", "--quiet", str(BUNDLE), str(path)], check=True)
    repository = Repository(path)
    repository.run("git-annex", "init", "--quiet")
    return repository


def test_every_record_is_read(theirs):
    found = dict(zip("74321", (record for _, record in records(Git.at(str(theirs.path)), ["HEAD"])), strict=True))

    assert {name: record.name for name, record in found.items()} == {name: name for name in "74321"}
    states = {name: record.state for name, record in found.items()}
    assert (states.pop("3"), states.pop("4")) == ("Failed", "Array failed (some complete)")
    assert states == dict.fromkeys("721", "Completed")
    assert [name for name, record in found.items() if not record.succeeded] == ["4", "3"]
    outputs = {name: record.outputs for name, record in found.items()}
    assert outputs == {"7": ("res1",), "4": ("arr",), "3": ("part",), "2": ("out.txt",), "1": ("res1",)}
    assert (found["2"].directory, found["2"].command) == ("sub", "sbatch job.sh out.txt")
    assert found["2"].logs == ("sub/log.slurm-2.out", "sub/slurm-job-2.env.json")
    assert [found[name].message.split("\n")[0] for name in "71"] == ["again", "my first job"]
    (first,) = found["7"].chain
    assert theirs.git("log", "-1", "--format=%s", first) == "[DATALAD SLURM RUN] Slurm job 1: Completed"


def test_the_history_goes_on_with_ours(theirs):
    first = theirs.git("rev-parse", "HEAD")
    theirs.run("git-annex", "whereis", "res1/a.bin", check=False)

    theirs.well(theirs.made(17, "res1/a.txt", chain=(first,)), style="slurm")
    theirs.well(theirs.made(18, "18.bin"))

    ours = [record for _, record in records(Git.at(str(theirs.path)), ["HEAD", f"^{first}"])]
    assert [(record.kind, record.name) for record in ours] == [("run", "18"), ("slurm", "17")]
    assert ours[1].chain == (first,)
    assert theirs.git("status", "--porcelain") == ""
