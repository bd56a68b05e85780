"""Contents of inputs that git-annex has elsewhere are brought here before their job waits for them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence

from ..base.errors import Failed
from ..base.text import counted
from .dataset import Dataset
from .git import MODULE, Git, terminated

_GET = ("annex", "get", "--json", "--json-error-messages")
_NAMED = 3  # paths in a sentence


def fetch(dataset: Dataset, inputs: Sequence[str]) -> int:
    """Have the content of annexed inputs here, all that is missing by one process a repository; how many came.

    Raises Failed where some cannot be had.
    """
    _refuse_empty(dataset, inputs)
    by_home: dict[str, list[str]] = {}
    for path in sorted(set(_missing(dataset, inputs))):
        by_home.setdefault(dataset.home(path), []).append(path)
    for home, missing in by_home.items():
        _get(dataset.git if home == dataset.root else Git.at(home), missing)
    return sum(map(len, by_home.values()))


def _get(git: Git, missing: list[str]) -> None:
    if not git.settings.get("annex.uuid"):
        git.tried("annex", "init", "--quiet")  # it would do so itself, and then not see what it was given
    names = [os.path.relpath(path, git.root) for path in missing]
    done = git.tried(*_GET, "--batch", "-z", given=terminated(name for name in names if "\n" not in name))
    broken = [name for name in names if "\n" in name]  # which git-annex does not take in a batch
    if broken:
        git.tried(*_GET, "--", *broken)
    left = [path for path in missing if not os.path.exists(path)]
    if not left:
        return
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{")]
    said = [text for row in rows for text in row.get("error-messages") or ()] or os.fsdecode(done.stderr).split("\n")
    why = next((line.strip() for line in said if line.strip()), "git-annex does not say why")
    shown = ", ".join(os.path.relpath(path, git.root) for path in left[:_NAMED])
    raise Failed(f"the content of {counted(len(left), 'input')} cannot be had ({shown}): {why}")


def _missing(dataset: Dataset, inputs: Sequence[str]) -> Iterator[str]:
    """Links that lead nowhere, at and below the inputs."""
    for name in dataset.expanded(inputs):
        path = os.path.join(dataset.here, name)
        if os.path.islink(path) and not os.path.exists(path):
            yield os.path.normpath(path)
        for directory, below, names in os.walk(path):
            below[:] = [one for one in below if one != ".git"]
            for one in names:
                inner = os.path.join(directory, one)
                if os.path.islink(inner) and not os.path.exists(inner):
                    yield os.path.normpath(inner)


def _refuse_empty(dataset: Dataset, inputs: Sequence[str]) -> None:
    """A subdataset of which only the place is here has no inputs. Raises Failed."""
    for name in dataset.absent(inputs):
        above = os.path.dirname(os.path.normpath(os.path.join(dataset.here, name)))
        while above.startswith(dataset.root + "/") and not os.path.lexists(above):
            above = os.path.dirname(above)
        place = os.path.relpath(above, dataset.root)
        if os.path.lexists(os.path.join(above, ".git")):
            continue
        if above.startswith(dataset.root + "/") and dataset.git.indexed([place]).get(place, ("", ""))[0] == MODULE:
            raise Failed(f"the input {name} lies in the subdataset {place}, which is not here: datalad get -n {place}")
