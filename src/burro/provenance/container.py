"""Commands in containers that a repository knows by name, as `datalad containers-add` writes them down.

The record's command is the whole call, so that it can be repeated by who knows nothing of such names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..base.errors import UsageError
from .dataset import Dataset
from .sbatch import is_sbatch
from .wish import Wish

_SECTION = "datalad.containers."
Settings = dict[str, list[str]]  # of one container: `image`, `cmdexec`, `extra-input`


def contained(dataset: Dataset, wishes: Sequence[Wish]) -> Iterator[Wish]:
    """The same, those that name a container as calls of it, its image among what they read. Raises UsageError."""
    known = _known(dataset) if any(wish.container for wish in wishes) else {}
    for wish in wishes:
        yield _called(dataset, wish, known) if wish.container else wish


def _known(dataset: Dataset) -> dict[str, Settings]:
    """Those of the repository, and over them those of this clone and its user."""
    found: dict[str, Settings] = {}
    path = os.path.join(dataset.root, ".datalad", "config")
    for place in (("--file", path), ()) if os.path.exists(path) else ((),):
        said = dataset.git.tried("config", *place, "-z", "--get-regexp", r"^datalad\.containers\.").stdout
        mine: dict[str, Settings] = {}
        for line in os.fsdecode(said).split("\0")[:-1]:
            key, _, value = line.partition("\n")
            name, _, entry = key[len(_SECTION) :].rpartition(".")
            mine.setdefault(name, {}).setdefault(entry, []).append(value)
        for name, settings in mine.items():
            found[name] = {**found.get(name, {}), **settings}
    return found


def _called(dataset: Dataset, wish: Wish, known: dict[str, Settings]) -> Wish:
    settings = known.get(wish.container)
    if not settings or "image" not in settings:
        names = ", ".join(sorted(known)) or "none"
        raise UsageError(
            f"this repository has no container {wish.container}; known: {names}; see: datalad containers-add"
        )
    if is_sbatch(wish.command):
        raise UsageError("a container runs a command and no sbatch script; call it in the script")
    top = os.path.relpath(dataset.root, dataset.here)
    image = os.path.normpath(os.path.join(top, settings["image"][-1]))
    parts = {"img_dspath": top, "img_dirpath": os.path.dirname(image) or "."}
    call = settings.get("cmdexec", ["{img} {cmd}"])[-1]
    try:
        command = call.format(python=sys.executable, img=image, cmd=wish.command, **parts)
        extra = [text.format(**parts) for text in settings.get("extra-input", ())]
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise UsageError(
            f"the call of the container {wish.container} in .datalad/config cannot be filled in: {call} ({error})"
        ) from None
    return replace(wish, container="", command=command, extra_inputs=(image, *extra, *wish.extra_inputs))
