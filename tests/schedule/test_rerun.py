"""Every kind of record, made through the queue, is run again by `datalad rerun`, which knows nothing of burro."""

from __future__ import annotations

import json

import pytest

from tests.schedule.lab import Lab

NOW = "date +%s%N"  # another text each time, so that a repetition is seen


@pytest.fixture
def lab(queue):
    made = Lab(queue)
    made.datalad("create", "--force", ".")
    (made.path / "in put").write_text("1\n")
    (made.path / "sub").mkdir()
    made.datalad("save", "-m", "input")
    return made


def schedule_one_of_each(lab):
    """What each writes, in the order of their commits."""
    lab.schedule("-m", "plain", "-o", "plain", f"{NOW} > {{outputs}}")
    lab.schedule("-a", "1-2", "-o", "task/{i}", f"{NOW} > task/{{i}}")
    lab.schedule("-a", "4-6:2", "-o", "all", f"{NOW} > all/$BURRO_TASK_ID")
    lab.schedule("--sweep", "k=1..2", "-o", "fit/{k}", f"echo {{k}} > {{outputs}}; {NOW} >> {{outputs}}")
    lab.schedule(
        "-i", "../in put", "-o", "be low", f"cat {{inputs}} > {{outputs}}; {NOW} >> {{outputs}}", cwd=lab.path / "sub"
    )
    away = str(lab.queue.work / "scratch")
    lab.schedule("--alt-dir", away, "-i", "in put", "-o", "far/off", f"cat {{inputs}} > far/off; {NOW} >> {{outputs}}")
    lab.schedule("-o", "words", "sh", "-c", f"{NOW} > words")
    lab.schedule("-o", "failed", f"{NOW} > failed; exit 3")
    return [
        "plain",
        "task/1",
        "task/2",
        "all/4",
        "all/6",
        "fit/1",
        "fit/2",
        "sub/be low",
        "far/off",
        "words",
        "failed",
    ]


def test_every_kind_of_record_is_run_again_without_burro(lab):
    (lab.path / "all").mkdir()
    start = lab.git("rev-parse", "HEAD")
    names = schedule_one_of_each(lab)
    lab.well("finish", "--wait", "--failed", "inline")
    first = {name: lab.read(name) for name in names}
    records = {commit: lab.record(commit) for commit in lab.git("rev-list", f"{start}..HEAD").splitlines()}
    assert len(records) == len(names) - 1  # the whole array is one

    done = lab.datalad("-f", "json", "rerun", f"--since={start}", "--branch=again")

    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["status"] for one in results} <= {"ok", "notneeded"}, results
    again = {name: lab.read(name) for name in names}
    assert [name for name in names if again[name] == first[name]] == []
    assert again["fit/2"].startswith("2\n")
    assert again["sub/be low"].startswith("1\n")
    made = [lab.record(commit) for commit in lab.git("rev-list", f"-{len(records)}", "HEAD").splitlines()]
    assert {one["chain"][-1] for one in made} == set(records)
    assert max(one["exit"] for one in made) == 3
    assert lab.dirt == ""
