"""Files as commands: what a person has made runs where it lies, as it would from a shell."""

from __future__ import annotations


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
