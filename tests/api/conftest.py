"""What the stories of the Python interface have in common."""

from __future__ import annotations

import os

import pytest

import burro


@pytest.fixture
def here(queue):
    """The directory that jobs are submitted from."""
    before = os.getcwd()
    os.chdir(queue.work)
    yield queue.work
    os.chdir(before)


@pytest.fixture
def book(queue, here):
    """A queue as a script holds it."""
    with burro.Queue(queue.queue) as held:
        yield held
