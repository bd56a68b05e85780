"""Files as commands: what a person has made runs where it lies, as it would from a shell."""

from __future__ import annotations

import pytest


def _outputs(queue):
    return {path.name: path.read_text() for path in queue.work.iterdir() if ".out" in path.name}


def test_a_file_without_an_interpreter_runs_by_the_shell_and_leaves_one_file_an_attempt(queue):
    queue.write("plain", 'echo "$0 $1"; test $BURRO_ATTEMPT = 2\n', mode=0o755)
    queue.done("--retries", "1", "./plain", "word")
    assert _outputs(queue) == {"burro-1.out": "./plain word\n", "burro-1.out.2": "./plain word\n"}


def test_such_a_file_leaves_the_output_of_others_alone(queue):
    queue.write("plain", "echo it\necho trouble >&2\n", mode=0o755)
    queue.write("burro-1.out", "somebody's\n")
    queue.done("./plain")
    assert _outputs(queue) == {"burro-1.out": "somebody's\n", "burro-1-1.out": "it\ntrouble\n"}
    ended = queue.burro("run", "./plain")
    assert (ended.code, ended.out, ended.err) == (0, "it\n", "trouble\n")


@pytest.mark.parametrize("place", [[], ["-D", "/"]])
def test_a_program_in_this_directory_is_found_by_its_name_alone(queue, place):
    queue.write("tool", '#!/bin/sh\necho "$1"\n', mode=0o755)
    ended = queue.burro("run", *place, "tool", "word")
    assert (ended.code, ended.out) == (0, "word\n")
    assert queue.show("last")["name"] == "tool"


def test_a_file_that_is_no_program_is_refused_by_its_own_name(queue):
    queue.write("notes", "text\n")
    job = queue.ended("notes")
    assert queue.show(job)["reason"] == "not-started: ./notes cannot be run: Permission denied"


def test_a_directory_is_no_command(queue):
    (queue.work / "stage").mkdir()
    for word in ("stage", "./stage"):
        ended = queue.burro("submit", word)
        assert (ended.code, ended.err) == (2, f"burro: '{word}' is a directory; name a command or a script\n")
