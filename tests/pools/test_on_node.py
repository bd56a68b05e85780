"""What the shell of a node does before and after the worker, by a real one."""

from __future__ import annotations

import signal
import subprocess

import pytest

from burro.pools.on_node import on_node, shell
from burro.pools.scheduler import Request
from tests.waiting import until


def run(tmp_path, **what):
    request = Request(mark="m", log="l", **{"command": ("sh", "-c", "echo $A; exit 3"), **what})
    words = [*shell(request).split(), on_node(request)]
    return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False, cwd=tmp_path)


def test_the_worker_comes_between_and_its_exit_code_stays(tmp_path):
    done = run(tmp_path, before="export A=b", after="echo over")
    assert (done.returncode, done.stdout) == (3, "b\nover\n")


def test_where_what_goes_before_fails_no_worker_is_started(tmp_path):
    done = run(tmp_path, before="test -e /scratch/none # is the disk there?", after="echo over")
    assert (done.returncode, done.stdout) == (87, "")
    assert "what goes before the worker failed" in done.stderr


def test_the_worker_is_told_what_the_environment_was(tmp_path):
    done = run(tmp_path, before="export A=b", command=("sh", "-c", 'printf %s "$BURRO_BEFORE" | base64 -d'))
    assert "\0A=" not in done.stdout
    assert "PATH=" in done.stdout


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_ends_neither_the_waiting_nor_what_goes_after(tmp_path, told):
    command = ("sh", "-c", "trap 'echo told' USR1; echo $$ > up; while [ ! -e go ]; do sleep 0.05; done")
    request = Request(mark="m", log="l", command=command, after="echo over")
    words = [*shell(request).split(), on_node(request)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as node:
        until(lambda: (tmp_path / "up").exists() and (tmp_path / "up").read_text(), within=20)
        node.send_signal(told)
        if told == signal.SIGUSR1:
            until(lambda: node.stdout.readline() == "told\n", within=20)
        (tmp_path / "go").touch()
        assert node.communicate(timeout=20)[0] == "over\n"
    assert node.returncode == 0
