"""Pools from Python: this machine, and one reached by ssh."""

from __future__ import annotations

import pytest

from burro.base.errors import NotFound, UsageError
from tests.elsewhere import Machine


@pytest.fixture
def far(queue, book, tmp_path):
    """A queue whose server can reach another machine."""
    machine = Machine(tmp_path / "far", queue)
    (machine.home / "proj").mkdir()
    queue.well("up", "-c", "1")
    yield book
    queue.burro("down", "--now")
    machine.end()


def test_this_machine_is_set_paused_and_resumed(book):
    book.up(cpus=2)
    local = book.pool("local")
    change = local.set(cpus=1, licence=3)
    assert change.changed == {"cpus": {"old": 2, "new": 1}, "licence": {"old": None, "new": 3}}
    assert local.pause().state == "paused"
    assert (local.show().paused, local.show().cpus, local.show().counters["licence"].total) == (True, 1, 3)
    assert local.resume().state == "up"
    assert "licence" not in (local.set(licence=None), local.show())[1].counters
    job = book.submit(["true"], output="none", pool="local")
    assert job.result(timeout=30).ok
    with pytest.raises(UsageError):
        local.set(cpus="many")
    with pytest.raises(UsageError, match="this machine"):
        local.stop()


def test_what_is_no_pool_is_not_found(book):
    for act in (book.pool("gpu9").show, book.pool("gpu9").pause, lambda: book.pool("gpu9").set(cpus=1)):
        with pytest.raises(NotFound, match="gpu9"):
            act()


def test_a_machine_is_added_used_and_removed(far, here):
    added = far.add_pool("gpu1", ssh="far", cpus=2, env={"A": "1"}, project=".", root="~/proj")
    assert (added.state, added.trouble) == ("up", None), added
    pool = far.pool("gpu1")
    shown = pool.show()
    assert (shown.kind, shown.host, shown.cpus, shown.entries["project"]) == ("ssh", "far", 2, str(here))
    pool.set(env={"B": 2}, project=None, root=None)
    assert pool.show().entries["env"] == {"A": "1", "B": "2"}
    assert "answers in" in pool.check().text
    assert (pool.stop().state, pool.start().state) == ("stopped", "up")
    jobs = far.submit_everywhere(shell="echo ran", key="k")
    assert sorted(jobs) == ["gpu1", "local"]
    assert far.wait(list(jobs.values()), timeout=60).done == 2
    assert {job.show().pool for job in jobs.values()} == {"gpu1", "local"}
    assert pool.drain().state == "stopped"
    assert list(far.submit_everywhere(["true"], hold=True)) == ["local"]
    assert pool.remove().state == "removed"
    assert [one.pool for one in far.pools()] == ["local"]
    with pytest.raises(UsageError, match="give one"):
        pool.remove(drain=True, now=True)


def test_a_machine_that_cannot_be_reached_says_why(far):
    added = far.add_pool("gpu2", ssh="nowhere")
    assert added.state == "down"
    assert "nowhere" in added.trouble
    shown = far.pool("gpu2").show()
    assert ("nowhere" in shown.error, shown.trouble_at is not None) == (True, True)


def test_one_job_cannot_go_everywhere(book):
    with pytest.raises(UsageError, match="submit_everywhere"):
        book.submit(["true"], pool="all")
    book.pool("local").pause()
    with pytest.raises(UsageError, match="no pool takes work now"):
        book.submit_everywhere(["true"])
