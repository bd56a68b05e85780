"""One server for a queue, also where the last one was in an allocation on a node that may be lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from burro.base.errors import Unreachable
from burro.server.lock import is_ours, take_lock
from tests.waiting import until


@pytest.fixture
def lost(tmp_path):
    """A queue with the lock and the record of a server on a node of which nobody has heard."""
    record = {"host": "node7", "boot": "another", "pid": 1, "allocation": "12"}
    (tmp_path / "server.json").write_text(json.dumps(record))
    return str(tmp_path), os.open(tmp_path / "server.lock", os.O_CREAT | os.O_RDWR)


def test_the_next_one_takes_the_place_of_one_whose_allocation_ended_which_sees_it(lost):
    queue, old = lost
    assert is_ours(queue, old)
    lock = take_lock(queue, succeeds=True, patience=0)
    assert is_ours(queue, lock)
    assert is_ours(queue, old) is False
    with pytest.raises(Unreachable, match="runs already"):
        take_lock(queue)
    os.close(lock)


def test_one_on_a_login_node_is_left_in_peace(lost, tmp_path):
    queue, _ = lost
    with pytest.raises(Unreachable, match="is on record at node7"):
        take_lock(queue)
    (tmp_path / "server.json").write_text(json.dumps({"host": "login2", "boot": "another", "pid": 1}))
    with pytest.raises(Unreachable, match="--take-over"):
        take_lock(queue, succeeds=True, patience=0)


def test_a_server_serves_all_the_same_when_the_client_that_started_it_was_killed(queue):
    theirs, ours = os.pipe()
    os.close(theirs)
    command = [sys.executable, "-P", "-m", "burro.server", str(queue.queue), "--ready", str(ours)]
    subprocess.run(command, pass_fds=[ours], env=queue.env, check=True)  # it leaves us by itself
    os.close(ours)
    until((queue.queue / "server.json").exists, within=20)
    assert queue.done("-o", "none", "true")
    assert (queue.queue / "server.log").read_text().count("is up for") == 1
