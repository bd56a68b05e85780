"""Start times as people and sbatch write them."""

from __future__ import annotations

import pytest

from burro.base.errors import UsageError
from burro.model.fields import moment


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("+2h", 7200),
        ("+30", 1800),
        ("+90s", 90),
        ("now+60", 60),
        ("now+1hour", 3600),
        ("now + 2minutes", None),
        ("now+2minutes", 120),
        ("now+3days", 3 * 86400),
        ("now+1week", 7 * 86400),
        ("now+5fortnights", None),
        ("now+", None),
    ],
)
def test_a_span_from_now(text, seconds):
    if seconds is None:
        with pytest.raises(UsageError, match="--begin takes"):
            moment(text, "begin", now=1000.0)
    else:
        assert moment(text, "begin", now=1000.0) == 1000.0 + seconds


def test_a_number_is_seconds_since_1970():
    assert moment(12.5, "begin", now=1000.0) == 12.5
