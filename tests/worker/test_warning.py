"""Tasks that asked for it are told that their end is near, once, and those of their processes that listen."""

from __future__ import annotations

import pytest

from tests.waiting import until

# It waits in the shell itself, which hears at once: of two signals during a program of the shell it would hear one.
LISTENS = "trap 'echo warned >> ran' USR1; echo begun >> ran; sleep 60 & while :; do wait; done"


def ran(world):
    path = world.work / "ran"
    return path.read_text().split() if path.exists() else []


def test_before_its_time_limit_a_task_is_warned_once(queue):
    job = queue.submit("-t", "4s", "--warn", "2s:USR1", "--shell", LISTENS)
    assert queue.burro("wait", job).code == 1
    assert ran(queue) == ["begun", "warned"]
    assert queue.show(job)["tasks"][0]["attempts"][0]["outcome"] == "timeout"
    assert queue.show(job)["spec"]["warn"] == {"before": 2.0, "signal": "USR1"}
    assert "USR1, 0:02 before the end" in queue.well("show", job)


def test_only_who_listens_hears_it(queue):
    """The shell waits for a program that listens; beside that one runs that does not."""
    program = "import signal, time; signal.signal(10, lambda *_: open('ran', 'w').write('heard')); time.sleep(60)"
    (queue.work / "batch.sh").write_text(
        f'#!/bin/sh\n#SBATCH --signal=USR1@2 --time=0:06\nsleep 60 &\npython3 -c "{program}"\n'
    )
    job = queue.submit("./batch.sh")
    assert queue.burro("wait", job).code == 1
    assert ran(queue) == ["heard"]
    assert queue.show(job)["tasks"][0]["attempts"][0]["outcome"] == "timeout"


def test_a_worker_that_dies_as_it_warns_warns_again(queue, tmp_path):
    log = tmp_path / "hits"
    queue.env |= {
        "BURRO_TESTING": "1",
        "BURRO_FAILPOINT": "warn.after_signal=kill9",
        "BURRO_FAILPOINT_LOG": str(log),
        "BURRO_FAILPOINT_ONCE": str(tmp_path / "once"),
    }
    job = queue.submit("-t", "8s", "--warn", "6s", "--shell", LISTENS)
    until(lambda: ran(queue).count("warned") == 2, within=20)
    assert queue.burro("wait", job).code == 1
    assert ran(queue) == ["begun", "warned", "warned"]
    assert log.read_text().startswith("warn.after_signal")


@pytest.mark.parametrize("wrong", ["5m:KILL", "soon"])
def test_what_is_no_warning_is_refused(queue, wrong):
    found = queue.burro("submit", "--warn", wrong, "true")
    assert (found.code, found.err.count("\n")) == (2, 1)
