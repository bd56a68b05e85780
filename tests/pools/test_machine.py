"""A command for another machine passes through whatever shell somebody logs in with, word for word."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

import pytest

from burro.base.errors import UsageError
from burro.pools.machine import far_path, in_directory, quoted, there

WORDS = ["a b", "'", '"', "$HOME", "!", "%s\\n", "é", "x\ny", "`id`", "\\", "", "*", "#"]


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish", "tcsh"])
def test_every_word_arrives_as_it_was(shell, tmp_path):
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    (tmp_path / "it's").mkdir()
    script = in_directory("~/it's", f'exec printf \'%s|\' "$PWD" "$A" {shlex.join(WORDS)}', env={"A": "it's!"})
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "SHELL": program}
    done = subprocess.run([program, "-c", there(script)], env=env, capture_output=True, check=False)
    assert done.stdout.decode().split("|") == [f"{tmp_path}/it's", "it's!", *WORDS, ""], done


def test_a_directory_that_is_not_there_ends_it(tmp_path):
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["sh", "-c", there(in_directory("~/none", "echo x"))], env=env, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")


def test_what_is_too_long_is_refused():
    with pytest.raises(UsageError, match="too long"):
        there("x" * 30_000)


def test_paths_of_the_home_there():
    assert [quoted(path) for path in ("~", "~/a b", "/x")] == ['"$HOME"', "\"$HOME\"/'a b'", "/x"]
    assert [far_path("h", path) for path in ("~/", "~/a b", "/x")] == ["h:./", "h:a b", "h:/x"]
