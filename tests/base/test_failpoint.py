"""Failpoints do nothing unless a test asked for one, and then just what it asked."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import burro
from burro.base.failpoint import NAMES

SOURCE = Path(burro.__file__).parent
HIT = "from burro.base.failpoint import hit; hit('end.after_wait'); hit('end.after_wait'); print('through')"


def _run(**env):
    return subprocess.run(
        [sys.executable, "-c", HIT], env={**os.environ, **env}, capture_output=True, text=True, check=False
    )


def test_every_name_is_hit_in_one_place_or_more_and_every_hit_has_a_name():
    code = "".join(path.read_text() for path in SOURCE.rglob("*.py"))
    assert set(re.findall(r'\bhit\("([^"]+)"\)', code)) == set(NAMES)


def test_without_the_word_of_a_test_nothing_happens():
    assert _run(BURRO_FAILPOINT="end.after_wait=kill9", BURRO_TESTING="").stdout == "through\n"


@pytest.mark.parametrize("place", ["end.after_wait", "end.after_wait:2"])
def test_kill9_kills_at_the_hit_that_was_asked_for(place, tmp_path):
    ended = _run(BURRO_TESTING="1", BURRO_FAILPOINT=f"{place}=kill9", BURRO_FAILPOINT_LOG=str(tmp_path / "log"))
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")
    assert (tmp_path / "log").read_text().startswith("end.after_wait ")


def test_a_later_hit_that_does_not_come_changes_nothing():
    assert _run(BURRO_TESTING="1", BURRO_FAILPOINT="end.after_wait:3=kill9").stdout == "through\n"


def test_raise_is_an_io_error():
    assert "OSError" in _run(BURRO_TESTING="1", BURRO_FAILPOINT="end.after_wait=raise").stderr


def test_once_is_once_for_all_processes(tmp_path):
    env = {
        "BURRO_TESTING": "1",
        "BURRO_FAILPOINT": "end.after_wait=kill9",
        "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent"),
    }
    assert _run(**env).returncode == -signal.SIGKILL
    assert _run(**env).stdout == "through\n"


def test_a_name_that_does_not_exist_is_refused():
    assert "there is no failpoint nowhere" in _run(BURRO_TESTING="1", BURRO_FAILPOINT="nowhere=kill9").stderr
