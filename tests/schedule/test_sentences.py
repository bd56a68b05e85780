"""What people get wrong, and what they are told."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.schedule.lab import Lab


@pytest.fixture
def lab(queue):
    return Lab(queue)


def test_where_no_records_can_be_the_reason_is_said(lab):
    bare, plain = lab.path.parent / "bare", lab.path.parent / "plain"
    plain.mkdir()
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    for place, why in (
        (plain, "in no git repository; make one: git init"),
        (bare, "without a worktree; clone it"),
        (lab.path / ".git", "git's own directory; go to the worktree"),
    ):
        for words in (("schedule", "-o", "x", "true"), ("finish",), ("reschedule",), ("log", "x")):
            ended = lab.burro(*words, cwd=place)
            assert (ended.code, why in ended.err, ended.err.count("\n")) == (2, True, 1), ended
    assert "there is no directory nowhere" in lab.burro("finish", "-d", "nowhere").err


def test_what_cannot_be_scheduled(lab):
    for words, code, why in (
        (("-o", "x", ""), 2, "no command"),
        (("-o", "x"), 2, "no command"),
        (("-o", "", "true"), 2, "empty text"),
        (("-o", "x", "-i", "", "true"), 2, "empty text"),
        (("-o", "x", "-D", "/", "true"), 2, "-D"),
        (("--sweep", "k=1..3", "-o", "x", "echo {k}"), 2, "two jobs of this call write x"),
        (("-o", "{i}", "true"), 2, "--array"),
        (("-o", "{{i}}", "true"), 2, "'{{i}}' would be a file with {i} in its name"),
        (("-a", "1-2", "-i", "a{{i}}", "-o", "x", "true"), 2, "rename it"),
        (("-o", "x", "--assume-ready", "perhaps", "true"), 2, "--assume-ready takes inputs, outputs, both"),
        (("-o", "../x", "true"), 2, "not in the repository"),
        (("-o", ".git/config", "true"), 2, "git itself"),
        (("-o", "x", "--alt-dir", "", "--from", "none"), 2, "cannot read 'none'"),
        (("-o", "x", "-p", "nowhere", "true"), 3, "nowhere"),
        (("-o", "x", "--queue", "ssh://host", "true"), 2, "where the repository is"),
    ):
        ended = lab.burro("schedule", *words)
        assert (ended.code, why in ended.err, ended.out, "Traceback" in ended.err) == (code, True, "", False), ended
    assert lab.well("finish", "-l", "--json") == '{"records": []}\n'


def test_lines_of_a_file_that_make_no_sense_are_named(lab):
    for line, why in (
        ("[]", "line 2 is no object"),
        ("{", "line 2 is no JSON"),
        ('{"outputs": "x"}', "line 2 has no command"),
        ('{"cmd": "true", "outputs": [1]}', "line 2: outputs"),
        ('{"cmd": "true", "outputs": "x", "chdir": "/"}', "go there first"),
        ('{"cmd": "true", "outputs": "x", "colour": "red"}', "colour"),
    ):
        text = json.dumps({"cmd": "true", "outputs": "first"}) + "\n" + line
        ended = lab.burro("schedule", "--from", "-", stdin=text.encode())
        assert (ended.code, why in ended.err) == (2, True), ended
    assert lab.burro("schedule", "--from", "-", stdin=b"").code == 2
    assert lab.well("finish", "-l", "--json") == '{"records": []}\n'


def test_what_cannot_be_finished_or_scheduled_again(lab):
    plain = lab.well("submit", "--parsable", "true").strip()
    for words, code, why in (
        (("finish", "999"), 3, "no job 999"),
        (("finish", plain), 3, "submitted, not scheduled"),
        (("finish", "HEAD"), 2, "names no job"),
        (("finish", "--since", "nothing"), 3, "no commit nothing"),
        (("reschedule", "999"), 3, "no job 999"),
        (("reschedule", "nothing"), 3, "no record tells"),
        (("reschedule", "HEAD"), 2, "no record"),
        (("reschedule", "--since", "nothing"), 3, "no commit nothing"),
        (("reschedule", "--since", "HEAD", "--failed"), 2, "give one of"),
        (("log", "nothing"), 3, "no record tells"),
        (("log", "/etc/passwd"), 2, "not in the repository"),
    ):
        ended = lab.burro(*words)
        assert (ended.code, why in ended.err, ended.out) == (code, True, ""), ended
    lab.datalad("create", "--force", ".")
    for words in (("finish", "999"), ("reschedule", "nothing"), ("schedule", "-o", "../x", "true")):
        told = json.loads(lab.datalad("-f", "json", *words, check=False).stdout)
        assert told["status"] == "impossible", told


def test_a_job_of_another_repository_is_finished_there(lab):
    other = lab.path.parent / "other"
    lab.git("clone", "-q", ".", str(other))
    job = lab.schedule("-o", "x", "echo > x")
    assert "finish it there" in lab.burro("finish", job, cwd=other).err
    assert "nothing to finish" in lab.burro("finish", cwd=other).err


def test_an_output_that_cannot_be_written_fails_with_its_own_words(lab):
    job = lab.schedule("-o", "x", "echo > .git/HEAD/x")
    ended = lab.burro("finish", "--wait")
    assert ended.code == 1
    assert f"{job} failed (exit 2)" in ended.out
    assert "cannot create" in lab.read(f"burro-{job}.out")


def test_what_a_command_reads_and_writes_is_there_for_it(lab):
    lab.annexed("list", "2\n1\n")
    lab.annexed("other", "old\n")
    lab.schedule("-i", "list", "-o", "list", "-o", "other", "test ! -e other && sort -o list list && echo new > other")
    lab.well("finish", "--wait")
    assert (lab.read("list"), lab.read("other")) == ("1\n2\n", "new\n")
    lab.git("annex", "fsck", "-q")


def test_datalads_results_have_plain_sentences(lab):
    lab.datalad("create", "--force", ".")
    command = "echo 100%s > {outputs}"
    lab.datalad("schedule", "-o", "x", "--log", "said", "--env", "A=1", command)
    listed = json.loads(lab.datalad("-f", "json", "finish", "-l").stdout)
    assert listed["message"].endswith(command)
    assert command in lab.datalad("finish", "-l").stdout
    done = json.loads(lab.datalad("-f", "json", "finish", "--wait").stdout)
    assert (done["message"], done["notes"], lab.read("said")) == ("1 done", [], "")
