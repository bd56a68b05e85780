"""`burro queues`: which queues are in use on this machine, without starting any server."""

from __future__ import annotations

import json
import shutil


def _rows(queue):
    return {row["queue"]: row for row in json.loads(queue.well("queues", "--json"))["queues"]}


def test_two_queues_side_by_side_are_listed_with_what_they_have_to_do(queue, tmp_path):
    other = str(tmp_path / "other")
    assert str(queue.queue) not in _rows(queue)
    queue.submit("--hold", "-a", "0-4", "true")
    runs = queue.submit("-o", "none", "sleep", "600")
    queue.runs(runs)
    try:
        queue.well("submit", "--queue", other, "--hold", "true")
        rows = _rows(queue)
        ours, theirs = rows[str(queue.queue)], rows[other]
        assert (ours["server"], ours["pid"], ours["queued"], ours["running"]) == ("up", queue.server(), 5, 1)
        assert (theirs["server"], theirs["queued"], theirs["running"]) == ("up", 1, 0)
        assert (ours["current"], theirs["current"]) == (True, False)
    finally:
        queue.well("down", "--queue", other, "--now")
    assert _rows(queue)[other]["server"] == "down"


def test_a_queue_without_a_server_is_shown_and_none_is_started_for_it(queue):
    queue.well("up")
    queue.well("down")
    row = _rows(queue)[str(queue.queue)]
    assert (row["server"], row["pid"], row["queued"]) == ("down", None, None)
    line = next(line for line in queue.well("queues").splitlines() if line.startswith(f"{queue.queue} "))
    assert line.split()[1:] == ["down", "(this", "one)"]
    assert queue.processes() == {}


def test_a_queue_whose_directory_is_gone_is_not_listed(queue):
    queue.well("up")
    queue.well("down")
    shutil.rmtree(queue.queue)
    assert str(queue.queue) not in _rows(queue)
    queue.queue.mkdir()
    assert str(queue.queue) not in _rows(queue)
