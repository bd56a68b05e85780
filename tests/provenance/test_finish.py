from __future__ import annotations

import json
import os

import pytest

from burro.base.errors import UsageError
from burro.provenance import record
from burro.provenance.ended import Settings
from burro.provenance.finish import announce, finish


def read(repository, commit="HEAD"):
    return record.read(repository.git("log", "-1", "--format=%B", commit) + "\n")


def test_each_job_gets_a_commit_of_its_own_in_a_straight_line(plain):
    results = plain.well(plain.made(1, "out/1.txt"), plain.made(2, "out/2.txt"))

    assert plain.subjects[:2] == ["[DATALAD RUNCMD] job 2", "[DATALAD RUNCMD] job 1"]
    assert plain.git("rev-parse", "HEAD") == results[1].commit
    assert plain.files("HEAD~1") == ["logs/1.out", "out/1.txt"]
    assert plain.git("log", "--min-parents=2") == ""
    plain.sound()


def test_the_record_has_what_datalad_wants_and_one_key_more(plain):
    base = plain.git("rev-parse", "HEAD")
    plain.well(plain.made(17, "a", task=3, exit=0, pwd="sub", inputs=("../code.py",), base=base, pool="hpc"))

    fields = read(plain).fields
    assert set(fields) == {"chain", "cmd", "dsid", "exit", "extra_inputs", "inputs", "outputs", "pwd", "burro"}
    assert (fields["cmd"], fields["outputs"], fields["pwd"], fields["exit"]) == ("make 17", ["a"], "sub", 0)
    tried = fields["burro"].pop("attempts")
    ours = {"v": 1, "job": "17.3", "state": "done", "pool": "hpc", "base": base, "logs": ["logs/17.out"]}
    assert fields["burro"] == ours
    start = "2026-11-20T10:00:00+01:00"
    assert tried == [
        {"number": 1, "outcome": "done", "host": "node2", "start": start, "seconds": 12.0, "memory": 81_000}
    ]
    assert plain.git("log", "-1", "--format=%an %aI") == "Ada 2026-11-20T10:00:12+01:00"
    assert plain.files() == ["logs/17.out", "sub/a"]


def test_the_first_commit_of_a_repository_may_be_that_of_a_job(tmp_path, plain):
    plain.git("update-ref", "-d", "HEAD")
    plain.git("rm", "-rq", "--cached", ".")

    plain.well(plain.made(1, "a"))

    assert plain.subjects == ["[DATALAD RUNCMD] job 1"]


def test_finishing_twice_is_as_finishing_once(plain):
    job = plain.made(1, "a")
    (first,) = plain.well(job)
    (second,) = plain.well(job)

    assert second.commit == first.commit
    assert second.message == "1 is recorded already"
    assert len(plain.subjects) == 2


def test_nothing_to_finish_is_well(plain):
    assert plain.finish() == []
    assert plain.subjects == ["code"]


def test_what_did_not_change_gets_no_commit(plain):
    plain.well(plain.made(1, "a"))
    plain.write("a", "a of 1\n")
    again = plain.made(1, "a", submitted="later")

    (result,) = plain.finish(again)
    assert (result.status, result.message, result.closed) == ("notneeded", "1 changed nothing", True)
    (result,) = plain.well(again, unchanged=True)
    assert plain.files(result.commit) == [""]


def test_names_with_anything_in_them(annexed, ingest):
    names = [
        " a b",
        "ü\u2603",
        "new\nline.bin",
        'quo"te.bin',
        '"first',
        "tab\t.bin",
        "back\\slash",
        "-dash",
        ":x",
        ":(top)y",
        "a[1].txt",
        "*",
    ]
    job = annexed.made(1, *names)

    annexed.well(job, ingest=ingest)

    assert sorted(annexed.files()) == sorted([*names, "logs/1.out"])
    annexed.sound()


def test_names_that_are_no_text(plain):
    name = os.fsdecode(b"latin-\xe9")
    plain.write("d/" + name, "x")

    plain.well(plain.job(1, "d"))

    assert plain.run("git", "ls-files", "-z", "d") != ""
    plain.sound()


def test_directories_and_patterns_are_looked_into(plain):
    for name in ("d/x/1.txt", "d/y", "r/1/a.csv", "r/2/a.csv", "r/2/b.txt", "s/deep/er/c.csv", "s/d.csv"):
        plain.write(name, name)

    plain.well(plain.job(1, "d", "r/*/a.csv", "s/**/*.csv", logs=()))

    assert plain.files() == ["d/x/1.txt", "d/y", "r/1/a.csv", "r/2/a.csv", "s/d.csv", "s/deep/er/c.csv"]
    assert plain.git("status", "--porcelain") == "?? logs/\n?? r/2/b.txt"


def test_a_file_that_is_gone_goes(plain):
    for name in ("d/old", "d/sub/old", "p/1.csv", "p/keep.txt", "stays/old"):
        plain.write(name, name)
    plain.git("add", ".")
    plain.git("commit", "-qm", "before")
    for name in ("d/old", "d/sub/old", "p/1.csv", "p/keep.txt", "stays/old"):
        (plain.path / name).unlink()
    (plain.path / "d/sub").rmdir()
    plain.write("d/sub", "now a file")
    plain.write("p/2.csv", "x")

    plain.well(plain.job(1, "d", "p/*.csv", logs=()))

    assert plain.files() == ["d/old", "d/sub", "d/sub/old", "p/1.csv", "p/2.csv"]
    assert plain.git("status", "--porcelain") == " D p/keep.txt\n D stays/old\n?? logs/"


def test_what_a_pattern_does_not_show_is_not_gone(plain):
    for name in ("d/.hidden", "d/.sub/x", "d/seen", "d/gone"):
        plain.write(name, name)
    plain.git("add", "d")
    plain.git("commit", "-qm", "before")
    (plain.path / "d/gone").unlink()
    plain.write("d/new", "x")

    plain.well(plain.job(1, "d/*", logs=()))

    assert plain.files() == ["d/gone", "d/new"]


def test_a_directory_where_a_file_was_and_a_file_where_a_directory_was(plain):
    for name in ("d/file", "d/directory/x"):
        plain.write(name, name)
    plain.git("add", "d")
    plain.git("commit", "-qm", "before")
    (plain.path / "d/file").unlink()
    (plain.path / "d/directory/x").unlink()
    (plain.path / "d/directory").rmdir()
    plain.write("d/file/x", "x")
    plain.write("d/directory", "x")

    plain.well(plain.job(1, "d"))

    assert plain.git("ls-tree", "-r", "--name-only", "HEAD", "d").split() == ["d/directory", "d/file/x"]
    plain.sound()


def test_a_pattern_does_not_reach_behind_a_link(plain, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x.csv").write_text("x")
    (plain.path / "d").mkdir()
    (plain.path / "d/link").symlink_to(tmp_path / "outside")
    plain.write("d/real/x.csv", "x")

    plain.well(plain.job(1, "d/**/*.csv", "d/l*", logs=()))

    assert plain.files() == ["d/link", "d/real/x.csv"]


def test_a_missing_output_is_named_and_nothing_is_recorded(plain):
    plain.write("a", "x")
    job = plain.job(1, "a", "b", "c/*.csv")

    (result,) = plain.finish(job)

    assert (result.status, result.closed) == ("impossible", False)
    assert result.message.startswith("1: the outputs b, c/*.csv are not there; make it, or finish with --failed")
    assert plain.subjects == ["code"]
    (result,) = plain.well(job, failed="inline")
    assert read(plain).ours["missing"] == ["b", "c/*.csv"]
    assert not read(plain).succeeded


def test_one_that_cannot_be_recorded_stops_no_other(plain, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (plain.path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "x").write_text("x")
    bad = [plain.job(1, "/etc/hostname"), plain.job(2, "../y"), plain.job(3, "link/x"), plain.job(4, ".git/config")]

    results = plain.finish(*bad, plain.made(5, "fine"))

    assert [result.status for result in results] == ["impossible"] * 4 + ["ok"]
    assert "outside of the repository" in results[0].message
    assert "outside of the repository" in results[1].message
    assert "behind the symbolic link link" in results[2].message
    assert "git's own" in results[3].message


def test_what_lies_in_another_repository_is_not_ours(plain):
    (plain.path / "d/inner").mkdir(parents=True)
    plain.run("git", "init", "-q", "d/inner")
    plain.write("d/inner/x", "x")
    plain.write("d/y", "y")

    inside, around = plain.finish(plain.job(1, "d/inner/x"), plain.job(2, "d"))

    assert "the output d/inner/x lies in d/inner, a repository of its own; finish it there" in inside.message
    assert around.notes == ("d/inner is a repository of its own and was not committed",)
    assert plain.files() == ["d/y", "logs/2.out"]


def test_a_log_outside_is_told_of_and_stops_nothing(plain):
    (result,) = plain.well(plain.made(1, "a", logs=("/dev/null", "../x.log", "logs/none.out")))

    assert [note.split(" ", 3)[2] for note in result.notes] == ["/dev/null", "../x.log", "logs/none.out"]
    assert plain.files() == ["a"]


def test_what_the_user_has_staged_stays_staged_and_out_of_it(annexed, ingest):
    annexed.write("mine.txt", "mine")
    annexed.write("code.py", "print(2)\n")
    annexed.git("add", "mine.txt", "code.py")

    annexed.well(annexed.made(1, "a.txt", "a.bin"), ingest=ingest)

    assert annexed.files() == ["a.bin", "a.txt", "logs/1.out"]
    assert annexed.git("status", "--porcelain") == "M  code.py\nA  mine.txt"


def test_outputs_are_relative_to_where_the_job_was_scheduled(plain):
    plain.well(plain.made(1, "../top", "here", "d/../there", pwd="sub"))

    assert plain.files() == ["logs/1.out", "sub/here", "sub/there", "top"]


def test_what_git_is_told_to_ignore_is_told_of(plain):
    plain.write(".gitignore", "*.tmp\n")
    (result,) = plain.well(plain.made(1, "a", "b.tmp"))

    assert result.notes == ("the file b.tmp is ignored by git and not committed; see git check-ignore -v b.tmp",)
    assert plain.files() == ["a", "logs/1.out"]


def test_failed_jobs_are_named_and_left(plain):
    (result,) = plain.finish(plain.made(1, "a", state="failed", exit=3, attempts=()))

    assert (result.status, result.closed) == ("impossible", False)
    assert result.message.startswith("1 failed (exit 3); nothing was committed")
    assert plain.subjects == ["code"]


@pytest.mark.parametrize(
    ("failed", "files"), [("inline", ["a", "logs/1.out"]), ("logs", ["logs/1.out"]), ("drop", None)]
)
def test_failed_jobs_are_recorded_as_was_asked_for(plain, failed, files):
    job = plain.made(1, "a", state="failed", exit=3)
    (result,) = plain.well(job, failed=failed)

    assert result.closed
    if files is None:
        assert plain.subjects == ["code"]
    else:
        assert plain.files() == files
        assert read(plain).fields["exit"] == 3
        assert not read(plain).succeeded


def test_a_failure_behind_a_locked_file_is_explained(annexed):
    annexed.well(annexed.made(1, "a.bin"))
    job = annexed.job(2, "a.bin", state="failed", exit=1)
    annexed.write("logs/2.out", "sh: 1: cannot create a.bin: Permission denied\n")

    (result,) = annexed.finish(job)

    assert result.notes[0].startswith("a.bin is a locked file of git-annex")


def test_a_list_longer_than_a_command_line(plain):
    names = tuple(f"out/a-name-that-is-rather-long-{number}.txt" for number in range(5000))
    for name in names:
        plain.write(name, name)

    plain.well(plain.job(1, *names))

    assert len(plain.files()) == 5002  # and the log, and the record
    assert read_with_sidecar(plain)["outputs"] == list(names)
    plain.sound()


def read_with_sidecar(repository):
    message = repository.git("log", "-1", "--format=%B") + "\n"

    def sidecar(path):
        return (repository.path / path).read_bytes()

    return record.read(message, sidecar=sidecar).fields


def test_a_directory_that_is_in_no_repository(tmp_path):
    with pytest.raises(UsageError, match="is in no git repository"):
        list(finish(tmp_path, []))


def test_a_detached_head_moves_too(plain):
    plain.git("checkout", "-q", "--detach")

    plain.well(plain.made(1, "a"))

    assert plain.subjects[0] == "[DATALAD RUNCMD] job 1"
    assert plain.git("log", "-1", "--format=%s", "main") == "code"


def test_a_worktree_of_its_own(plain, tmp_path):
    plain.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    other = type(plain)(tmp_path / "other")

    other.well(other.made(1, "a"))

    assert other.subjects[0] == "[DATALAD RUNCMD] job 1"
    assert plain.subjects == ["code"]
    assert other.git("status", "--porcelain") == ""


def test_messages_cannot_break_the_record(plain):
    message = "x\n\n=== Do not change lines below ===\n{}\n^^^ Do not change lines above ^^^"
    plain.well(plain.made(1, "a", message=message))

    assert read(plain).command == "make 1"


def test_the_record_is_json_as_datalad_writes_it(plain):
    plain.well(plain.made(1, "a", command="echo ü"))

    text = plain.git("log", "-1", "--format=%B").split("=== Do not change lines below ===\n")[1].split("\n^^^")[0]
    assert text == json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False)


def test_pairs_of_commits(plain):
    jobs = [plain.made(number, f"{number}.txt", submitted="then") for number in (1, 2)]
    settings = Settings(style="pair")
    first = announce(plain.path, jobs[:1], settings)
    assert announce(plain.path, jobs[:1], settings) == first
    assert first == {"1": plain.git("rev-parse", "HEAD")}

    plain.well(*jobs, style="pair")
    plain.well(*jobs, style="pair")

    assert plain.subjects == [
        "[DATALAD FINISH] Processed batch job 2: Completed",
        "[DATALAD FINISH] Processed batch job 1: Completed",
        "[DATALAD SCHEDULE] Submitted batch job 2: Pending",
        "[DATALAD SCHEDULE] Submitted batch job 1: Pending",
        "code",
    ]
    plain.sound()


def test_a_pair_of_what_is_repeated(plain):
    job = plain.made(1, "a", submitted="then", chain=("0" * 40,))
    plain.well(job, style="pair")

    assert plain.subjects[1] == "[DATALAD RESCHEDULE] Submitted batch job 1: Pending"


def test_who_is_nobody_to_git_is_told_so(plain, monkeypatch):
    monkeypatch.setenv("HOME", "/nonexistent")
    plain.git("config", "user.useConfigOnly", "true")

    with pytest.raises(UsageError, match="git does not know who you are"):
        plain.finish(plain.made(1, "a"))


def test_settings_that_change_what_git_says(plain):
    for name, value in (
        *[("log.showSignature", "true"), ("core.quotePath", "true"), ("color.ui", "always"), ("diff.noprefix", "true")],
        *[("log.date", "relative"), ("status.short", "true"), ("core.abbrev", "7"), ("core.splitIndex", "true")],
        *[("core.untrackedCache", "true"), ("i18n.logOutputEncoding", "latin-1"), ("format.pretty", "oneline")],
    ):
        plain.git("config", name, value)
    job = plain.made(1, "ü", message="grün \u2603")

    (first,) = plain.well(job)
    assert [result.commit for result in plain.well(job)] == [first.commit]


def test_logs_may_be_patterns_where_they_are_many(plain):
    for number in range(3):
        plain.write(f"logs[1]/{number}.out", "x\n")
    patterns = ("logs[[]1]/*.out", "logs[[]1]/*.out.[0-9]*")
    plain.well(plain.made(1, "out", logs=patterns))
    assert plain.files() == ["logs[1]/0.out", "logs[1]/1.out", "logs[1]/2.out", "out"]
    assert read(plain).logs == patterns


def test_the_directory_of_a_repository_may_be_called_anything_but_for_line_breaks(plain, tmp_path):
    odd = tmp_path / "ü\u2028 \x0b'$x"
    plain.path.rename(odd)
    moved = type(plain)(odd)
    moved.well(moved.made(1, "a"))
    assert moved.subjects[0] == "[DATALAD RUNCMD] job 1"

    odd.rename(tmp_path / "a\nb")
    with pytest.raises(UsageError, match="line break"):
        list(finish(tmp_path / "a\nb", []))
