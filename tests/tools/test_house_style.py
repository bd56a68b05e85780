from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHECKER = Path(__file__).resolve().parents[2] / "tools" / "house_style.py"


@pytest.fixture
def tree(tmp_path):
    """A small checkout in which all is well."""
    write(tmp_path, "src/burro/model/room.py", "def fits(needs, room):\n    return needs <= room\n")
    write(tmp_path, "tests/test_room.py", "import time\n\n\ndef test_time_passes():\n    assert time.time()\n")
    return tmp_path


def write(tree, name, text):
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def check(tree):
    ran = subprocess.run([sys.executable, CHECKER, tree], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stderr == ""
    assert ran.returncode == (1 if ran.stdout else 0)
    return ran.stdout.splitlines()


def test_a_tree_in_which_all_is_well_passes_in_silence(tree):
    assert check(tree) == []


def test_a_function_of_forty_lines_passes_and_one_of_forty_one_does_not(tree):
    write(tree, "src/burro/long.py", "def fine():\n" + "    x = 1\n" * 39 + "\n\ndef long():\n" + "    x = 1\n" * 40)

    assert check(tree) == ["src/burro/long.py:43: a function has at most 40 lines and 'long' has 41; divide it"]


def test_a_docstring_does_not_make_a_function_long(tree):
    docstring = '    """Why.\n' + "    line\n" * 30 + '    """\n'
    write(tree, "src/burro/told.py", "def told():\n" + docstring + "    x = 1\n" * 39)

    assert check(tree) == []


def test_a_file_of_more_than_250_lines_is_refused_in_src_only(tree):
    write(tree, "src/burro/long.py", "x = 1\n" * 251)
    write(tree, "tests/test_long.py", "x = 1\n" * 251)

    assert check(tree) == ["src/burro/long.py:250: a file has at most 250 lines and this has 251; split it"]


@pytest.mark.parametrize(
    "code",
    [
        "class QueueManager: pass",
        "def perform_claim(): pass",
        "def do(): pass",
        "taskData = 1",
        "def ask(*, user_info): pass",
        "import os as os_utils",
        "class A:\n    def __init__(self): self.helper = 1",
        "class HTTPHandler: pass",
    ],
)
def test_a_name_that_says_nothing_is_refused(tree, code):
    write(tree, "src/burro/names.py", code + "\n")

    (finding,) = check(tree)
    assert "says nothing; use a noun of docs/words.md" in finding


def test_words_that_only_contain_a_banned_one_pass_and_so_do_the_names_of_others(tree):
    write(tree, "src/burro/names.py", "import logging\n\ndone = undo_log = commonly = logging.StreamHandler().data\n")

    assert check(tree) == []


def test_a_file_name_that_says_nothing_is_refused(tree):
    write(tree, "src/burro/base/utils.py", "")

    (finding,) = check(tree)
    assert finding.startswith("src/burro/base/utils.py:1: 'utils' in the file name 'utils.py'")


@pytest.mark.parametrize("caught", ["", " Exception", " (OSError, BaseException)"])
def test_a_broad_except_is_refused_unless_it_raises_on(tree, caught):
    write(tree, "src/burro/broad.py", f"try:\n    x = 1\nexcept{caught}:\n    pass\n")
    write(tree, "src/burro/undo.py", f"try:\n    x = 1\nexcept{caught}:\n    x = 2\n    raise\n")

    (finding,) = check(tree)
    assert finding.startswith("src/burro/broad.py:3: a broad except hides faults")


@pytest.mark.parametrize("code", ["import time\ntime.sleep(1)", "from time import sleep", "asyncio.sleep(1)"])
def test_a_test_that_sleeps_is_refused(tree, code):
    write(tree, "tests/test_slow.py", code + "\n")
    write(tree, "src/burro/slow.py", code + "\n")

    (finding,) = check(tree)
    assert "a test does not sleep" in finding
    assert finding.startswith("tests/test_slow.py:")


def test_a_mark_of_unfinished_work_is_refused_in_python_and_in_sql(tree):
    mark = "TO" + "DO"
    write(tree, "src/burro/store/sql/claim.sql", f"-- {mark}: faster\nselect 1\n")
    write(tree, "src/burro/late.py", f"x = 1  # {mark}\n")

    assert len(check(tree)) == 2
