"""The tables and rules of the client agree with those of the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import burro
from burro.base.errors import UsageError
from burro.cli.clean import clean
from burro.cli.forms import has_option_lines
from burro.cli.lines import decode, encode
from burro.cli.options import ABOUT, RUN, SUBMIT
from burro.cli.tail import Tail
from burro.cli.words import split
from burro.model.options import OPTIONS
from burro.model.script import is_batch


def test_every_option_has_a_sentence_and_every_sentence_an_option():
    assert {field for _, _, field, _ in (*SUBMIT, *RUN)} == set(ABOUT)
    assert set(OPTIONS) <= set(SUBMIT)
    assert set(OPTIONS) <= set(RUN)


def test_no_option_is_spelled_as_another():
    for table in (SUBMIT, RUN):
        names = [name for long, short, _, _ in table for name in (long, short) if name]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("words", "typed", "rest"),
    [
        (["true"], {}, ["true"]),
        (["-c", "2", "true", "-c", "3"], {"cpus": "2"}, ["true", "-c", "3"]),
        (["-c2", "--name=a b", "--", "-x"], {"cpus": "2", "name": "a b"}, ["-x"]),
        (["--hold", "-P", "-5", "true"], {"hold": True, "priority": "-5"}, ["true"]),
        (["--name=", "-"], {"name": ""}, ["-"]),
        (["-c", "1", "-c", "2", "x", "--", "y"], {"cpus": "2"}, ["x", "--", "y"]),
    ],
)
def test_options_end_at_the_first_word_that_is_none(words, typed, rest):
    assert split(words, SUBMIT, verb="submit") == (typed, rest)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nmae", "x"], "did you mean '--name'?"),
        (["--hold=1", "x"], "--hold takes no value"),
        (["-c"], "-c needs a value"),
        (["-Zx", "y"], "there is no option '-Z'"),
    ],
)
def test_a_wrong_option_is_told_in_one_sentence(words, said):
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        split(words, SUBMIT, verb="submit")


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/sh\n#SBATCH -c 2\necho\n",
        "#!/bin/sh\n\n# why\n#BURRO --name x\n",
        "#!/bin/sh\necho\n#SBATCH -c 2\n",
        "#!/bin/sh\n#SBATCHES\n",
        "#!/bin/sh\n#BURRO\t-c 2\n",
        "#!/bin/sh\n   \n#SBATCH -c 2",
        "#!/bin/sh\n # indented\n#SBATCH -c 2",
        "#!/bin/sh\n",
    ],
)
def test_the_client_sees_the_same_batch_scripts_as_the_server(text):
    assert has_option_lines(text) == is_batch(text)


def test_the_quick_client_writes_what_json_writes():
    value = {"a": ["x", 'q"\\\n', "\u00e9", "\udc80", "\U0001f434"], "n": -1, "t": True, "f": False, "o": None, "d": {}}
    assert json.loads(encode(value)) == value
    assert encode(value) == json.dumps(value, separators=(",", ":"))
    assert decode(json.dumps(value)) == value


@pytest.mark.parametrize("wrong", ["", "[1]", "{", "x"])
def test_the_quick_client_does_not_take_half_an_answer(wrong):
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence is for nobody
        decode(wrong)


def test_what_could_move_the_cursor_is_shown_as_an_escape():
    assert clean("a\nb\t\x1b[31m\x7f\u202e\u00e9 \u4e2d") == "a\\nb\\t\\x1b[31m\\x7f\\u202eé 中"
    assert clean(os.fsdecode(b"\xff\x80")) == "\\xff\\x80"


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_the_last_lines_of_a_file_are_found_from_its_end(tmp_path, size):
    text = b"".join(b"%d " % number + b"x" * size + b"\n" for number in range(5))
    for content in (text, text[:-1]):
        path = tmp_path / "out"
        path.write_bytes(content)
        for lines in range(7):
            expected = b"".join(content.splitlines(keepends=True)[-lines:] if lines else [])
            assert _all(Tail(str(path), lines=lines)) == expected


def test_a_pipe_is_not_read_in_place_of_its_reader(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert Tail(str(tmp_path / "pipe")).read() == b""


def _all(tail):
    parts = []
    while block := tail.read():
        parts.append(block)
    tail.close()
    return b"".join(parts)


def test_importing_burro_imports_nothing_else():
    heavy = {"json", "socket", "dataclasses", "typing", "argparse"} & _imported_by("import burro")
    assert not heavy


def _imported_by(statement):
    code = f"import sys; old = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - old))"
    env = {"PYTHONPATH": str(Path(burro.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env=env)
    return set(done.stdout.split())
