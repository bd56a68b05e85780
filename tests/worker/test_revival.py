"""A dead server is started again by the worker beside it, and not for ever in a hurry."""

from __future__ import annotations

import os
import signal

import pytest

from burro.base.log import Log
from burro.link.place import Place
from burro.worker.revival import EARLY, Revival
from tests.crew import server_of
from tests.waiting import until


class Deaths:
    """A worker's memory of servers that die, with a clock that the test moves."""

    def __init__(self, queue):
        self.queue, self.now, self.starts = queue, 1000.0, []
        self.queue.mkdir(mode=0o700)
        place = Place(str(queue / "workers" / "local"), "local", str(queue), "local", server=["server"])
        self.log = queue / "worker.log"
        self.revival = Revival(place, Log(str(self.log), "worker"), start=self._start)

    def _start(self, command):
        self.starts.append(self.now)

    def lives(self, seconds):
        self.revival.came(self.now)
        self.now += seconds
        self.revival.look(self.now)
        self.revival.went(self.now)

    def tend(self):
        self.revival.tend(self.now, gone_since=0.0, holding=True)

    def waits(self, seconds):
        end = self.now + seconds
        while self.now < end:
            self.tend()
            self.now += 1.0

    @property
    def told(self):
        path = self.queue / "server.deaths"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def deaths(tmp_path):
    return Deaths(tmp_path / "queue")


def test_one_death_is_mended_at_once_and_nobody_is_told(deaths):
    deaths.lives(3600)
    deaths.tend()
    assert (len(deaths.starts), deaths.told) == (1, "")


def test_a_server_that_never_comes_is_started_ever_more_seldom(deaths):
    deaths.lives(3600)
    deaths.waits(2400)
    pauses = [int(later - earlier) for earlier, later in zip(deaths.starts, deaths.starts[1:], strict=False)]
    assert pauses == [2, 2, 5, 15, 60, 300, 600, 600, 600]
    assert "died 9 times in a row" in deaths.told
    assert deaths.told.strip() in deaths.log.read_text()


def test_who_lives_long_enough_is_forgiven(deaths):
    for _ in range(4):
        deaths.lives(1)
        deaths.waits(1)
        deaths.now += 100
    assert "died 4 times in a row" in deaths.told
    deaths.lives(EARLY + 1)
    assert deaths.told == ""
    before = len(deaths.starts)
    deaths.waits(1)
    assert len(deaths.starts) == before + 1


def test_a_server_that_was_killed_comes_back_though_nobody_asks(queue):
    queue.well("up", "-c", "0")
    before = queue.server()
    os.kill(before, signal.SIGKILL)
    after = until(lambda: (pid := server_of(queue.queue)) != before and pid, within=10)
    assert queue.well("up", "-c", "0").startswith(f"the server (pid {after}) is up")


def test_doctor_tells_of_a_server_that_dies_again_and_again(queue):
    queue.well("up", "-c", "0")
    (queue.queue / "server.deaths").write_text("it died 4 times in a row\n")
    ended = queue.burro("doctor")
    assert ended.code == 1
    assert "BAD  restarts" in ended.out
    queue.well("down")
    assert not (queue.queue / "server.deaths").exists()


def test_who_keeps_a_server_in_the_foreground_starts_it_again_himself(queue):
    """As systemd does with Restart=always and KillMode=process."""
    first = queue.start("up", "-c", "0", "--foreground")
    until(lambda: (queue.queue / "server.json").exists() and "local" in queue.well("workers"), within=20)
    first.kill()
    first.wait()

    second = queue.start("up", "-c", "0", "--foreground")

    until(lambda: (queue.queue / "server.json").exists() and queue.server() == second.pid, within=20)
    assert second.poll() is None
    second.terminate()
    second.wait(20)
