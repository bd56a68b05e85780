"""The quick `submit`: it imports next to nothing, and nothing is lost where it gives up."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig

import pytest

from burro.base.errors import Unreachable
from burro.cli import quick
from tests.waiting import until

ALLOWED = {
    "__future__",
    "_json",
    "_socket",
    "burro",
    "burro.api",
    "burro.api.context",
    "burro.base",
    "burro.base.errors",
    "burro.base.paths",
    "burro.cli",
    "burro.cli.first",
    "burro.cli.forms",
    "burro.cli.lines",
    "burro.cli.options",
    "burro.cli.quick",
    "burro.cli.submitted",
    "burro.cli.words",
    "burro.model",
    "burro.model.options",
    "resource",
}


def _modules(queue, *command):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command], env=queue.env, cwd=queue.work, capture_output=True, check=True
    )
    lines = done.stderr.decode().splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


def test_submit_imports_nothing_but_this(queue):
    queue.well("up")
    burro = os.path.join(sysconfig.get_path("scripts"), "burro")
    new = _modules(queue, burro, "submit", "true") - _modules(queue, "-c", "pass")
    assert new <= ALLOWED, f"the quick client imports more: {sorted(new - ALLOWED)}"


def test_a_submission_outlives_its_server(queue):
    queue.well("up")
    for number in range(1, 6):
        os.kill(queue.server(), signal.SIGKILL)
        assert queue.submit("-o", "none", "true") == str(number)
    assert queue.burro("wait", "1-5").code == 0


def test_a_submission_whose_answer_never_came_is_neither_lost_nor_doubled(queue):
    queue.well("up")
    os.kill(queue.server(), signal.SIGSTOP)
    client = queue.start("submit", "--parsable", "-o", "none", "true")
    until(lambda: _sent(client.pid), within=10)
    os.kill(queue.server(), signal.SIGKILL)
    out, err = client.communicate(timeout=60)
    assert (client.returncode, out) == (0, b"1\n"), err
    assert queue.submit("true") == "2"


def _sent(pid):
    """Whether the client has its socket open and sleeps: it waits for its answer."""
    with open(f"/proc/{pid}/stat") as file:
        asleep = file.read().rpartition(")")[2].split()[0] == "S"
    try:
        links = [os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")]
    except FileNotFoundError:
        return False  # it closed one meanwhile, so it is not waiting yet
    return asleep and any(link.startswith("socket:") for link in links)


def test_both_paths_say_the_same(queue):
    quick = queue.burro("submit", "true")
    full = queue.burro("submit", "--wait", "true")
    assert (quick.out, full.out) == ("Submitted job 1\n", "Submitted job 2\n")
    specs = [queue.show(job)["spec"] for job in ("1", "2")]
    assert specs[0] == specs[1]


def test_a_socket_that_others_could_have_put_there_is_not_told_anything(tmp_path):
    """In a directory open to all anybody may listen: what would be sent is a whole environment."""
    tmp_path.chmod(0o777)
    address = str(tmp_path / "sock")
    (tmp_path / "server.json").write_text(json.dumps({"host": os.uname().nodename, "socket": address}, indent=1))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        listener.settimeout(0)
        with pytest.raises(Unreachable):
            quick._ask(str(tmp_path), b"secret\n")
        with pytest.raises(BlockingIOError):
            listener.accept()
