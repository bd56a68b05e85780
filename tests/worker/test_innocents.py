"""Whoever the worker takes for its keeper: processes that carry no mark of this worker are never ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_WORKER = """
import os, select, sys
from burro.base.clock import steady
from burro.base.log import Log
from burro.worker.claim import Claim
from burro.worker.groups import Groups
from burro.worker.journal import Journal
from burro.worker.processes import become_subreaper, child_signals
from burro.worker.reaper import Reaper
from burro.worker.room import Room
from burro.worker.slots import Slots
from burro.worker.spec import JobSpec
from burro.worker.outbox import Outbox

directory, keeper = sys.argv[1], int(sys.argv[2])
become_subreaper()
box, journal, log = Outbox(), Journal(directory, "boot"), Log(directory + "/log", "worker")
slots = Slots(journal, box, log, room=Room(cpus=1, mem=2**40), groups=Groups(None, "w", log))
reaper = Reaper(slots, journal, log, worker="w", keeper=keeper)
wire = dict(job=1, kind="argv", command=["true"], cpus=1, mem=0, time=None, leave=False, dir="/", umask=18, name="x",
    limits={}, out="/dev/null", err=None, own=False, submitted=1.0, single=True, span=[0, 0, 1], env="e", user="")
wire["in"] = None
spec = JobSpec(wire, {"PATH": os.environ["PATH"]}, directory=directory, queue="/q", worker="w")
poll = select.poll()
poll.register(child_signals(), select.POLLIN)
over = steady() + 4.0  # longer than the grace of what a task leaves behind
token = 0
while steady() < over:
    if not slots.by_key and not slots.queue:
        token += 1
        slots.queue.append(Claim((1, 0, token), token, None, steady(), spec, spec.needs))
    slots.start_ready()
    poll.poll(50)
    reaper.reap()
    reaper.tend()
print(token)
"""


@pytest.fixture
def neighbour():
    """A process with a child of its own: nothing of burro's."""
    with subprocess.Popen(["/bin/sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        yield parent.pid, child
        os.kill(child, 9)
        parent.kill()


def test_children_of_a_process_that_is_wrongly_taken_for_the_keeper_live_on(neighbour, tmp_path):
    parent, child = neighbour
    ended = subprocess.run(
        [sys.executable, "-c", _WORKER, str(tmp_path), str(parent)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert int(ended.stdout) > 10
    assert b"sleep" in Path(f"/proc/{child}/cmdline").read_bytes()
    os.kill(child, 0)
