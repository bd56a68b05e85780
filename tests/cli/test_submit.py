"""Submitting: every form of it, and that a task sees what its submitter has."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import pytest


def test_the_first_submit_makes_the_queue_and_prints_one_line(queue):
    ended = queue.burro("submit", "echo", "hello")
    assert (ended.code, ended.out, ended.err) == (0, "Submitted job 1\n", "")
    assert queue.well("submit", "--parsable", "true") == "2\n"
    assert queue.burro("wait", "1", "2").code == 0
    assert (queue.work / "burro-1.out").read_text() == "hello\n"
    assert queue.queue.stat().st_mode & 0o777 == 0o700


def test_an_existing_directory_is_adopted_and_its_files_left_alone(queue):
    queue.queue.mkdir(mode=0o700)
    (queue.queue / "mine").write_text("keep")
    assert queue.submit("true") == "1"
    assert (queue.queue / "mine").read_text() == "keep"


def test_the_queue_can_be_named_before_and_after_the_verb(queue):
    other = queue.work / "other"
    queue.env["BURRO_QUEUE"] = "/nonexistent/never"
    try:
        assert queue.well("--queue", str(other), "submit", "--parsable", "true") == "1\n"
        assert queue.well(f"--queue={other}", "submit", "--parsable", "true") == "2\n"
        assert queue.well("submit", "--parsable", "--queue", str(other), "true") == "3\n"
        assert queue.burro("wait", "--queue", str(other), "3").code == 0
        assert queue.burro("--queue", str(other), "wait", "1").code == 0
    finally:
        queue.env["BURRO_QUEUE"] = str(queue.queue)
        assert queue.burro("down", "--now", "--queue", str(other)).code == 0


def test_words_arrive_exactly_as_they_were_typed(shared):
    words = ["a b", "", "'", '"', "$HOME", "*", "\\", "new\nline", "-x", "--name", "é", "{}", ";"]
    show = "import sys, os; sys.stdout.buffer.write(b'\\0'.join(map(os.fsencode, sys.argv[1:])))"
    job = shared.done("-o", "words", "--", sys.executable, "-c", show, *words, os.fsencode(words[0]) + b"\xff\xfe")
    assert job
    assert (shared.work / "words").read_bytes() == "\0".join(words).encode() + b"\0a b\xff\xfe"


def test_an_argument_of_100_kilobytes_arrives(shared):
    shared.done("-o", "long", "sh", "-c", 'printf %s "$1"', "sh", "x" * 100_000)
    assert (shared.work / "long").read_bytes() == b"x" * 100_000


def test_options_stop_at_the_first_other_word(shared):
    shared.done("-o", "stop", "-J", "mine", "echo", "-o", "elsewhere", "--name", "other")
    assert (shared.work / "stop").read_text() == "-o elsewhere --name other\n"


def test_a_pipeline_goes_through_the_shell(shared):
    shared.done("-o", "pipe", "--shell", "printf 'b\\na\\n' | sort > sorted; cat sorted")
    assert (shared.work / "pipe").read_text() == "a\nb\n"


def test_a_file_with_option_lines_is_taken_as_it_is_now(shared):
    script = "#!/bin/sh\n#SBATCH --job-name=early --cpus-per-task=1\n#BURRO --output=first.txt\necho first $1\n"
    path = shared.write("job.sh", script, mode=0o755)
    job = shared.submit("--hold", "./job.sh", "word")
    path.write_text("#!/bin/sh\necho later\n")
    shared.well("release", job)
    assert shared.burro("wait", job).code == 0
    assert (shared.work / "first.txt").read_text() == "first word\n"
    assert shared.show(job)["name"] == "early"


def test_the_command_line_wins_over_the_script(shared):
    shared.write("both.sh", "#!/bin/sh\n#SBATCH --job-name=low -o low.txt\necho it\n")
    job = shared.done("-J", "high", "both.sh")
    assert shared.show(job)["name"] == "high"
    assert (shared.work / "low.txt").read_text() == "it\n"


def test_an_executable_script_without_option_lines_runs_where_it_lies(shared):
    shared.write("plain.sh", '#!/bin/sh\necho "$0"\n', mode=0o755)
    shared.done("-o", "plain.txt", "./plain.sh")
    assert (shared.work / "plain.txt").read_text() == "./plain.sh\n"


def test_a_script_that_is_not_executable_is_a_batch_script(shared):
    shared.write("quiet.sh", "#!/bin/sh\necho quiet $BURRO_TASK\n")
    job = shared.done("-o", "quiet.txt", "quiet.sh")
    assert (shared.work / "quiet.txt").read_text() == f"quiet {job}\n"


def test_a_command_on_path_goes_before_a_file_of_that_name(shared):
    shared.write("true", "#!/bin/sh\n#SBATCH -J wrong\nexit 9\n")
    job = shared.done("true")
    assert shared.show(job)["name"] == "true"


def test_a_named_script_is_one_whatever_it_looks_like(shared):
    shared.write("odd", "#!/bin/sh\necho odd $1\n", mode=0o755)
    shared.done("-o", "odd.txt", "--script", "odd", "word")
    assert (shared.work / "odd.txt").read_text() == "odd word\n"


def test_a_script_comes_on_standard_input(shared):
    shared.done("-o", "stdin.txt", "-", "word", stdin=b"#!/bin/sh\n#BURRO --name piped\necho got $1\n")
    assert (shared.work / "stdin.txt").read_text() == "got word\n"


def test_a_file_of_commands_is_one_job_with_a_task_a_line(shared):
    shared.write("lines", "echo one\n\n   \n# not me\necho 'tw  o' | cat\necho three")
    ids = shared.well("submit", "--parsable", "-o", "l-%a", "-f", "lines").split()
    job = ids[0].partition(".")[0]
    assert ids == [f"{job}.0", f"{job}.1", f"{job}.2"]
    assert shared.burro("wait", job).code == 0
    assert [(shared.work / f"l-{index}").read_text() for index in range(3)] == ["one\n", "tw  o\n", "three\n"]


def test_commands_come_on_standard_input_too(shared):
    out = shared.well("submit", "-o", "none", "-f", "-", stdin=b"true\ntrue\n")
    assert out.startswith("Submitted job ")


@pytest.mark.parametrize(("text", "indices"), [("0-3", [0, 1, 2, 3]), ("0-1,20", [0, 1, 20]), ("0-9:5", [0, 5])])
def test_an_array_has_a_task_for_each_index(shared, text, indices):
    job = shared.done("-a", text, "-o", "none", "true")
    assert [task["id"] for task in shared.show(job)["tasks"]] == [f"{job}.{index}" for index in indices]


def test_an_array_tells_each_task_its_index(shared):
    job = shared.done("-a", "3,7", "-o", "%A-%a", "--shell", "echo $BURRO_TASK $BURRO_JOB_ID $BURRO_TASK_ID")
    assert (shared.work / f"{job}-7").read_text() == f"{job}.7 {job} 7\n"


def test_a_task_has_the_directory_environment_umask_and_limits_of_its_submitter(shared):
    below = shared.work / "be low"
    below.mkdir()
    code = "pwd; umask; ulimit -n; printf '%s' \"$STRANGE\""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    done = subprocess.run(
        [
            "sh",
            "-c",
            'umask 027; ulimit -n 333; burro submit --parsable -o here sh -c "$1"',
            "sh",
            code,
        ],
        cwd=below,
        env={**shared.env, "STRANGE": "line\nbr\udc80ak'"},
        capture_output=True,
        check=True,
    )
    assert shared.burro("wait", done.stdout.decode().strip()).code == 0
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
    assert (below / "here").read_bytes() == os.fsencode(below) + b"\n0027\n333\nline\nbr\x80ak'"
    assert (below / "here").stat().st_mode & 0o777 == 0o640


def test_the_environment_can_be_left_out_or_added_to(shared):
    shared.done("-o", "clean", "--env", "clean,NEW=1", "env", SECRET="x")
    shared.done("-o", "more", "--env", "all,NEW=1", "env", SECRET="x")
    clean, more = ((shared.work / name).read_text().splitlines() for name in ("clean", "more"))
    assert "NEW=1" in clean
    assert "SECRET=x" not in clean
    assert {"NEW=1", "SECRET=x"} <= set(more)


def test_a_task_runs_where_it_is_told_and_reads_what_it_is_given(shared):
    (shared.work / "sub").mkdir()
    (shared.work / "sub" / "input").write_text("given\n")
    shared.done("-D", "sub", "-i", "input", "-o", "out", "-e", "err", "--shell", "cat; echo bad >&2")
    assert (shared.work / "sub" / "out").read_text() == "given\n"
    assert (shared.work / "sub" / "err").read_text() == "bad\n"


def test_a_held_job_waits_for_its_release(shared):
    job = shared.submit("--hold", "true")
    assert shared.state(job) == "held"
    shared.well("release", job)
    assert shared.burro("wait", job).code == 0


def test_a_key_gives_the_same_job_again_and_refuses_another(shared):
    first = shared.submit("--key", "night 1", "echo", "a")
    assert shared.submit("--key", "night 1", "echo", "a") == first
    other = shared.burro("submit", "--key", "night 1", "echo", "b")
    assert other.code == 2
    assert first in other.err


def test_submit_waits_if_asked_and_tells_as_wait_does(shared):
    assert shared.burro("submit", "--wait", "true").code == 0
    failed = shared.burro("submit", "--wait", "false")
    assert failed.code == 1
    assert failed.out.startswith("Submitted job ")


def test_submit_answers_in_json(shared):
    answer = json.loads(shared.well("submit", "--json", "-a", "4-5", "true"))
    assert (answer["tasks"], answer["first"], answer["single"], answer["existed"]) == (2, 4, False, False)
    assert shared.show(str(answer["id"]))["state"]
    error = shared.burro("submit", "--json", "-c", "none", "true")
    assert error.code == 2
    assert json.loads(error.out)["error"]["code"] == 2


def test_an_array_of_a_million_is_taken_in_one_step(queue):
    job = queue.submit("--hold", "-a", "0-999999", "true")
    [row] = json.loads(queue.well("status", "--json"))["jobs"]
    assert row["tasks"] == {"held": 1_000_000}
    queue.well("cancel", job)


def test_many_clients_at_once_get_an_id_each(shared):
    clients = [shared.start("submit", "--parsable", "-o", "none", "true") for _ in range(20)]
    ids = [client.communicate(timeout=60)[0] for client in clients]
    assert len(set(ids)) == 20
    assert all(client.returncode == 0 for client in clients)
