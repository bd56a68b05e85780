"""Signals as people name them."""

from __future__ import annotations

import signal

import pytest

from burro.base.errors import UsageError
from burro.model.signals import name_of, parse_signal


@pytest.mark.parametrize("word", ["USR1", "sigusr1", " 10 ", 10, signal.SIGUSR1])
def test_a_signal_has_several_names(word):
    assert parse_signal(int(word) if isinstance(word, int) else word) == signal.SIGUSR1


@pytest.mark.parametrize("word", ["", "0", "-1", "65", "SIG", "NOPE", None])
def test_what_is_no_signal_is_refused(word):
    with pytest.raises(UsageError, match="there is no signal"):
        parse_signal(word)


def test_numbers_are_told_by_name():
    assert (name_of(10), name_of(15), name_of(35)) == ("USR1", "TERM", "35")
