"""Machines that a queue reaches by ssh, for all tests of this directory."""

from __future__ import annotations

import pytest

from tests.server.machines import Machines


@pytest.fixture
def machines(queue):
    made = Machines(queue)
    queue.env["BURRO_TESTING"] = "1"
    yield made
    queue.burro("down", "--now")
    made.leave()
