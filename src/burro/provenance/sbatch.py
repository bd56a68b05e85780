"""`sbatch ARGUMENTS`, as people type it: the script it submits, for a pool each of whose tasks is a job of Slurm's own.

What stands on the command line wins over the script's own lines, as with sbatch: it becomes lines behind these.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass

from ..base.errors import UsageError
from ..model.script import script_options

# sbatch(1): options whose value is a word of its own, by letter; long ones have it behind `=` or as the next word
_LETTERS = "AabBCcDdeFGiJLMmNnopqStwx"
_FLAGS = frozenset(
    {"parsable", "wait", "hold", "requeue", "no-requeue", "exclusive", "contiguous", "overcommit", "oversubscribe"}
    | {"quiet", "verbose", "ignore-pbs", "spread-job", "use-min-nodes", "reboot", "kill-on-invalid-dep", "get-user-env"}
)
_DROPPED = frozenset({"--parsable", "--wait", "-W", "-Q", "--quiet", "-v", "--verbose"})


@dataclass(frozen=True)
class Batch:
    """What an sbatch command line submits: a script with the options in it; `path`: None of `--wrap`."""

    text: str
    path: str | None
    args: tuple[str, ...]

    @property
    def array(self) -> str | None:
        """The indices of its tasks, where it is an array."""
        found = script_options(self.text)[0].get("array")
        return None if found is None else str(found)


def is_sbatch(command: str) -> bool:
    """Whether a command is one."""
    return command.split(None, 1)[:1] == ["sbatch"]


def parse(command: str, directory: str) -> Batch:
    """What it submits, in a directory. Raises UsageError where that cannot be read."""
    options, wrapped, rest = _split(command)
    if wrapped is not None:
        return Batch(_with(options, f"#!/bin/sh\n{wrapped}\n"), None, tuple(rest))
    if not rest:
        raise UsageError("sbatch has no script to submit; write: sbatch [options] SCRIPT")
    return Batch(_with(options, _read(os.path.join(directory, rest[0]))), rest[0], tuple(rest[1:]))


def _split(command: str) -> tuple[list[str], str | None, list[str]]:
    """The options that mean something in a script, what is wrapped, and the script with its words."""
    words = shlex.split(command)[1:]
    options: list[str] = []
    wrapped = None
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if _wants_value(word) and not equals:
            if not words:
                raise UsageError(f"sbatch's {word} needs a value; see: man sbatch")
            value = words.pop(0)
            word = f"{word}={value}" if word.startswith("--") else f"{word} {value}"
        if name == "--wrap":
            wrapped = value
        elif word not in _DROPPED:
            options.append(_quoted(word))
    return options, wrapped, words


def _with(options: list[str], text: str) -> str:
    """A script with more lines of options behind its own, which win over these."""
    lines = text.split("\n")
    place = next((at for at, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    return "\n".join([*lines[:place], *(f"#SBATCH {option}" for option in options), *lines[place:]])


def repeatable(command: str, *, apart: bool) -> str:
    """The same, waiting for the end of its job: what a record says, so that it can be run again.

    `apart`: for the one task {i} of its array.
    """
    rest = command.split(None, 1)[1]
    words = shlex.split(command)
    waits = rest if {"--wait", "-W"} & set(words) else f"--wait {rest}"
    path = _split(command)[2][:1]
    if apart and path and path[0] in waits:
        head, _, tail = waits.rpartition(path[0]) if waits.count(path[0]) == 1 else waits.partition(path[0])
        waits = f"{head}--array={{i}} {path[0]}{tail}"
    return f"sbatch {waits}"


def _wants_value(word: str) -> bool:
    if word.startswith("--"):
        return word[2:] not in _FLAGS
    return len(word) == 2 and word[1] in _LETTERS


def _quoted(option: str) -> str:
    """As a line of a script has it, where quotes are read."""
    if option.startswith("--") and "=" in option:
        name, _, value = option.partition("=")
        return f"{name}={shlex.quote(value)}"
    letter, blank, value = option.partition(" ")
    return f"{letter} {shlex.quote(value)}" if blank else option


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            text = os.fsdecode(file.read())
    except OSError as error:
        raise UsageError(f"cannot read the script '{path}': {error.strerror}; check its name") from None
    if not text.startswith("#!"):
        raise UsageError(f"the script '{path}' does not begin with #!, and sbatch refuses such; write #!/bin/sh there")
    return text
