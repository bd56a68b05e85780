"""When a folder is whole, also where a mount shows its changes late or its time stamps say nothing."""

from __future__ import annotations

import pytest

from burro.inbox.ready import Earlier, Moment, waits
from burro.inbox.sight import Sight
from burro.model.inbox import Settings

JOB = frozenset({"job.sh"})


def seen(sight, *, since, now, there=None, moved_in=False, **settings):
    found = waits(sight, Earlier(sight.mark, since), Moment(now, there), Settings(**settings), moved_in=moved_in)
    return None if found is None else found.why


class Copy:
    """A folder that somebody writes to at these moments; `view`: how it looks where changes are seen late."""

    def __init__(self, writes):
        self._writes = writes

    def view(self, at):
        made = [moment for moment in self._writes if moment <= at]
        return Sight(
            names=JOB if made else frozenset(),
            top=made[0] if made else 0.0,
            inside=max(made, default=0.0),
            files=len(made),
        )

    @property
    def whole(self):
        return len(self._writes)


@pytest.mark.parametrize("late", [0.0, 1.0, 5.0, 20.0])
@pytest.mark.parametrize("period", [1.0, 7.0, 60.0])
def test_nothing_is_taken_half_though_a_view_is_late(late, period):
    """No stamp is believed; as long as the pauses of the copy are shorter than --quiet."""
    copy, settings = Copy([3.0, 6.5, 11.0, 15.9, 20.0]), Settings(quiet=5.0)
    now, mark, since = 0.0, None, 0.0
    while True:
        sight = copy.view(now - late)
        if sight.mark != mark:
            mark, since = sight.mark, now
        if sight.names and waits(sight, Earlier(mark, since), Moment(now, None), settings, moved_in=False) is None:
            break
        now += period
    assert sight.files == copy.whole
    assert now <= 20.0 + late + 5.0 + 2 * period


def test_stamps_tell_what_was_before_we_came():
    sight = Sight(names=JOB, top=100.0, inside=100.0)
    assert seen(sight, since=0.0, now=0.0, there=104.0) == "it changed less than 5 s ago"
    assert seen(sight, since=0.0, now=0.0, there=105.0) is None


def test_what_was_renamed_in_is_taken_at_once():
    assert seen(Sight(names=JOB, top=100.0, inside=90.0), since=0.0, now=0.0, there=100.0) is None
    assert seen(Sight(names=JOB, top=100.0, inside=99.0), since=0.0, now=0.0, there=100.0) is not None
    assert seen(Sight(names=JOB, top=100.0, inside=99.0), since=0.0, now=0.0, there=100.0, moved_in=True) is None


def test_a_marker_alone_counts_where_one_was_agreed_on():
    sight = Sight(names=JOB | {"up"}, top=100.0, inside=100.0)
    assert seen(sight, since=0.0, now=0.0, there=100.0, ready="up") is None
    assert seen(sight, since=0.0, now=999.0, there=999.0, ready="other") == "there is no other in it yet"


def test_a_folder_without_a_job_waits_for_one():
    assert "no job.sh" in seen(Sight(top=1.0, inside=1.0), since=0.0, now=99.0)
