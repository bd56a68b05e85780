"""DataLad's commands `schedule`, `finish` and `reschedule`; under datalad-slurm's names too where that is not there."""

from __future__ import annotations

from importlib.util import find_spec

_COMMANDS = ("schedule", "finish", "reschedule")

Suite = tuple[str, list[tuple[str, str, str, str]]]


def _suite() -> Suite:
    """What the entry point gives: a description, and for each command its module, class, name and Python name.

    Two extensions with one name break that command, so datalad-slurm keeps its own.
    """
    found = [(f"{__name__}.{name}", name.capitalize(), name, name) for name in _COMMANDS]
    if find_spec("datalad_slurm") is None:
        found += [(f"{__name__}.{name}", name.capitalize(), f"slurm-{name}", f"slurm_{name}") for name in _COMMANDS]
    return ("burro: schedule commands on any machine, and record what they wrote", found)


command_suite = _suite()
