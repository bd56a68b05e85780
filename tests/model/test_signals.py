"""Signals as people name them."""

from __future__ import annotations

import signal

import pytest

from burro.base.errors import UsageError
from burro.model.script import script_options
from burro.model.signals import name_of, parse_signal, parse_warning


@pytest.mark.parametrize("word", ["USR1", "sigusr1", " 10 ", 10, signal.SIGUSR1])
def test_a_signal_has_several_names(word):
    assert parse_signal(int(word) if isinstance(word, int) else word) == signal.SIGUSR1


@pytest.mark.parametrize("word", ["", "0", "-1", "65", "SIG", "NOPE", None])
def test_what_is_no_signal_is_refused(word):
    with pytest.raises(UsageError, match="there is no signal"):
        parse_signal(word)


def test_numbers_are_told_by_name():
    assert (name_of(10), name_of(15), name_of(35)) == ("USR1", "TERM", "35")


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("5m:USR1", (300.0, 10)),
        ("90s", (90.0, 10)),
        ("1h:sigterm", (3600.0, 15)),
        ("0:30:12", None),
        ("B:USR1@300", (300.0, 10)),
        ("USR2@120", (120.0, 12)),
        ("R:10@5", (5.0, 10)),
        ("B:USR1", (60.0, 10)),
        ("5m:KILL", None),
        ("5m:STOP", None),
        ("0s", None),
        ("USR1", None),
        ("soon:USR1", None),
    ],
)
def test_a_warning_is_a_time_and_a_signal(text, warning):
    if warning is None:
        with pytest.raises(UsageError, match="--warn takes a time and a signal"):
            parse_warning(text)
    else:
        assert parse_warning(text) == warning


def test_a_script_may_ask_for_it_in_words_of_slurm():
    options, notes = script_options("#!/bin/sh\n#SBATCH --signal=B:USR1@300\ntrue\n")
    assert (parse_warning(options["warn"]), notes) == ((300.0, 10), [])
    assert script_options("#!/bin/sh\n#BURRO --warn 5m\ntrue\n")[0] == {"warn": "5m"}
