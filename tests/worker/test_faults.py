"""Fault drills: a process is killed at each failpoint, and afterwards all is as docs/faults.md says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from burro.base.failpoint import NAMES
from tests.crew import crew_of, kill
from tests.waiting import until

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
TASKS = 8


@pytest.fixture
def drill(queue, tmp_path):
    """A queue in which a process dies at the failpoint that `arm` names, once."""

    def arm(name):
        queue.env |= {
            "BURRO_TESTING": "1",
            "BURRO_FAILPOINT": f"{name}=kill9",
            "BURRO_FAILPOINT_ONCE": str(tmp_path / "spent"),
            "BURRO_FAILPOINT_LOG": str(tmp_path / "log"),
        }
        return lambda: [line.split()[0] for line in (tmp_path / "log").read_text().splitlines()]

    return arm


ELSEWHERE = (  # they have drills of their own, with what they need
    *("stop.", "keeper.after_wait", "clean.", "limit.", "link.", "tether.", "pool.", "home.", "dial.", "lease."),
    *(
        "allocation.",
        "aside.",
        "direct.",
        "finish.",
        "folder.",
        "inbox.",
        "over.",
        "parcel.",
        "recorded.",
        "schedule.",
        "stay.",
        "succession.",
        "walltime.",
        "warn.",
    ),
)


def test_the_page_has_a_row_for_every_failpoint():
    assert sorted(re.findall(r"^\| `(\S+)` \|", PAGE.read_text(), re.MULTILINE)) == sorted(NAMES)


@pytest.mark.parametrize(
    "name",
    [name for name in NAMES if not name.startswith(ELSEWHERE)],
)
def test_every_task_runs_once_and_ends_well(queue, drill, name):
    hits = drill(name)
    job = queue.submit("-o", "none", "-a", f"0-{TASKS - 1}", "--shell", "echo $BURRO_TASK_ID >> ran")
    assert queue.burro("wait", job).code == 0
    assert hits() == [name]
    assert sorted((queue.work / "ran").read_text().split()) == [str(idx) for idx in range(TASKS)]
    shown = queue.show(job)["tasks"]
    assert [[one["outcome"] for one in task["attempts"]] for task in shown] == [["exited"]] * TASKS


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("stop.")])
def test_what_is_being_stopped_is_stopped_all_the_same(queue, drill, name):
    hits = drill(name)
    job = queue.submit("-o", "none", "--shell", "echo $BURRO_ATTEMPT >> ran; sleep 600")
    queue.runs(job)
    until((queue.work / "ran").exists, within=20)
    queue.well("cancel", job)
    assert queue.burro("wait", job).code == 1
    assert hits() == [name]
    assert queue.state(job) == "cancelled"
    assert (queue.work / "ran").read_text() == "1\n"


def test_an_end_that_nobody_saw_is_lost_and_the_task_runs_again(queue, drill):
    hits = drill("keeper.after_wait")
    text = "echo $BURRO_ATTEMPT >> ran; until [ -e go ]; do sleep 0.05; done"
    job = queue.submit("-o", "none", "--shell", text)
    until((queue.work / "ran").exists, within=20)
    kill(next(one.pid for one in crew_of(queue.queue) if one.role == "worker"))
    (queue.work / "go").touch()
    assert queue.burro("wait", job).code == 0
    assert hits() == ["keeper.after_wait"]
    assert (queue.work / "ran").read_text() == "1\n2\n"
    (task,) = queue.show(job)["tasks"]
    assert [(one["number"], one["outcome"]) for one in task["attempts"]] == [(1, "lost"), (2, "exited")]
