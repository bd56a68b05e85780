"""A desk for a test, closed after it."""

from __future__ import annotations

import pytest

from tests.worker.desk import Desk
from tests.worker.far import FarDesk


@pytest.fixture
def desk(tmp_path):
    """A desk whose worker has said hello."""
    made = Desk(tmp_path)
    try:
        yield made.open()
    finally:
        made.close()


@pytest.fixture
def desks(tmp_path):
    """Makes desks that are not open yet; all are closed after the test."""
    made = []

    def make(**welcome):
        root = tmp_path / str(len(made))
        root.mkdir()
        made.append(Desk(root, **welcome))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def fars(tmp_path):
    """Makes desks whose worker is elsewhere, not linked yet; all are closed after the test."""
    made = []

    def make(**welcome):
        made.append(FarDesk(tmp_path / f"far{len(made)}", **welcome))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def far(fars):
    """A desk whose worker is elsewhere, and linked."""
    return fars().open()
