"""What DataLad itself makes of our commits."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def dataset(annexed):
    """A dataset of DataLad, in which rerun works."""
    annexed.run("datalad", "-l", "error", "create", "--force", "--no-annex", check=False)
    annexed.write(".datalad/config", '[datalad "dataset"]\n\tid = 8c4662c8-3fbf-4fb3-a43d-7d52b365159e\n')
    annexed.git("add", ".datalad")
    annexed.git("commit", "-qm", "dataset")
    return annexed


def rerun(repository, *words):
    said = repository.run("datalad", "-l", "error", "-f", "json", "rerun", *words)
    return [json.loads(line) for line in said.splitlines()]


@pytest.mark.parametrize("sidecar", [64 * 1024, 10])
def test_datalad_runs_again_what_burro_recorded(dataset, sidecar):
    command = "printf 'two%s' bin > out/1.bin; cat ../code.py > out/1.txt"
    dataset.write("sub/out/1.bin", "one")
    dataset.write("sub/out/1.txt", "one")
    job = dataset.job(1, "out/1.bin", "out/1.txt", command=command, pwd="sub", inputs=("../code.py",))
    (result,) = dataset.well(job, sidecar_above=sidecar)

    done = rerun(dataset)

    assert {entry["status"] for entry in done} <= {"ok", "notneeded"}
    assert (dataset.path / "sub/out/1.bin").read_text() == "twobin"
    message = dataset.git("log", "-1", "--format=%B")
    assert message.startswith("[DATALAD RUNCMD] job 1")
    assert f'"{result.commit}"' in message  # in its chain
    dataset.sound()


def test_datalad_sees_every_record_of_a_batch(dataset):
    start = dataset.git("rev-parse", "HEAD")
    dataset.well(*(dataset.made(number, f"{number}.bin") for number in range(5)))

    reported = rerun(dataset, "--report", f"--since={start}")

    commands = [entry["run_info"]["cmd"] for entry in reported if entry.get("run_info")]
    assert commands == [f"make {number}" for number in range(5)]
    assert {entry["run_info"]["dsid"] for entry in reported} == {"8c4662c8-3fbf-4fb3-a43d-7d52b365159e"}
