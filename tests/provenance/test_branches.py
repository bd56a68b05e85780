from __future__ import annotations

import os


def test_a_branch_for_each_job_and_the_worktree_as_before(annexed, ingest):
    annexed.write("old.txt", "old")
    annexed.write("mine.txt", "mine")
    annexed.git("add", "old.txt", "mine.txt")
    annexed.git("commit", "-qm", "old", "old.txt")
    start = annexed.git("rev-parse", "HEAD")
    jobs = [annexed.made(1, "out/1/a.bin", "out/1/a.txt"), annexed.made(2, "out/2/a.bin", "old.txt")]

    results = annexed.well(*jobs, branches=True, ingest=ingest)

    assert [result.branch for result in results] == ["burro/1", "burro/2"]
    assert annexed.git("rev-parse", "HEAD") == start
    assert [annexed.git("rev-parse", f"burro/{number}~1") for number in (1, 2)] == [start, start]
    assert annexed.files("burro/2") == ["logs/2.out", "old.txt", "out/2/a.bin"]
    assert (annexed.path / "old.txt").read_text() == "old"
    assert not (annexed.path / "out").exists()
    assert annexed.git("status", "--porcelain") == "A  mine.txt"
    annexed.git("merge", "-q", "--ff-only", "burro/1")
    assert (annexed.path / "out/1/a.bin").read_text() == "out/1/a.bin of 1\n"
    assert annexed.well(*jobs)[1].message == "2 is recorded already"


def test_a_branch_of_an_earlier_job_of_that_number_stays(plain):
    (first,) = plain.well(plain.made(1, "a"), branches=True)
    (second,) = plain.well(plain.made(1, "a", submitted="later"), branches=True)

    assert (first.branch, second.branch) == ("burro/1", "burro/1-2")
    assert plain.git("rev-parse", "burro/1") == first.commit


def test_side_by_side_under_one_merge(annexed):
    start = annexed.git("rev-parse", "HEAD")
    results = annexed.well(*(annexed.made(number, f"{number}.bin") for number in range(3)), octopus=True)

    parents = annexed.git("log", "-1", "--format=%P").split()
    assert parents == [start, *(result.commit for result in results)]
    assert annexed.subjects[0] == "Merge the jobs 0, 1, 2"
    assert [annexed.git("rev-parse", f"{result.commit}~1") for result in results] == [start] * 3
    assert annexed.git("branch", "--list", "burro/*") == ""
    annexed.sound()


def test_what_two_jobs_declared_is_of_the_first(plain):
    for name in ("shared", "gone"):
        plain.write(name, "old")
    plain.git("add", "shared", "gone")
    plain.git("commit", "-qm", "old")
    (plain.path / "gone").unlink()
    jobs = [plain.made(1, "shared", "1.txt"), plain.job(2, "shared", logs=("logs/1.out",)), plain.made(3, "3.txt")]

    results = {result.job: result for result in plain.finish(*jobs, octopus=True)}

    assert [results[name].status for name in "123"] == ["ok", "notneeded", "ok"]
    assert plain.files(results["1"].commit) == ["1.txt", "logs/1.out", "shared"]
    assert plain.git("status", "--porcelain") == " D gone\n?? logs/2.out"


def test_a_merge_of_very_many_is_refused(plain):
    results = plain.well(*(plain.made(number, f"{number}.txt") for number in range(101)), octopus=True)

    assert "more than 100" in results[0].notes[0]
    assert plain.git("log", "--min-parents=2") == ""
    plain.sound()


def test_one_job_needs_no_merge(plain):
    plain.well(plain.made(1, "a"), octopus=True)

    assert plain.git("log", "--min-parents=2") == ""


def test_a_failed_job_on_a_branch_of_its_own(annexed, ingest):
    good, bad = annexed.made(1, "1.bin"), annexed.made(2, "2.bin", "2.txt", state="failed", exit=3)

    results = annexed.well(good, bad, failed="commit", ingest=ingest)

    assert [result.branch for result in results] == [None, "burro/failed/2"]
    assert annexed.subjects[0] == "[DATALAD RUNCMD] job 1"
    assert annexed.git("status", "--porcelain") == ""
    assert not os.path.lexists(annexed.path / "2.bin")
    assert annexed.git("annex", "whereis", "--branch", "burro/failed/2").endswith("ok")
    assert annexed.git("log", "-1", "--format=%s", "burro/failed/2") == "[DATALAD RUNCMD] job 2"
    assert [result.message for result in annexed.well(bad, failed="commit")] == ["2 is recorded already"]


def test_of_pairs_on_branches_the_first_commits_are_in_line_for_hashes_name_jobs_there(plain):
    jobs = [plain.made(1, "a"), plain.made(2, "b", state="failed", exit=3), plain.made(3, "c")]

    results = plain.well(*jobs, style="pair", branches=True, failed="commit")

    assert [result.branch for result in results] == ["burro/1", "burro/3", "burro/failed/2"]
    assert plain.subjects[:3] == [f"[DATALAD SCHEDULE] Submitted batch job {number}: Pending" for number in (3, 2, 1)]
    assert [plain.files(result.branch)[0] for result in results] == ["a", "c", "b"]
    plain.well(*jobs, style="pair", branches=True, failed="commit")
    assert len(plain.subjects) == 4
    plain.sound()
    plain.well(plain.made(4, "d"), plain.made(5, "e"), style="pair", octopus=True)
    assert len(plain.git("log", "-1", "--format=%P").split()) == 3
    assert plain.git("log", "-1", "--first-parent", "--skip=1", "--format=%s").startswith("[DATALAD SCHEDULE]")
