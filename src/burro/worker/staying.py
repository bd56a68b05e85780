"""A scheduled task in a clone of its repository at another machine: what it writes stays in the annex of that clone.

Index and branches of the clone are never touched, and its files are afterwards as they were: what the task wrote goes
into the annex, and home goes only which key each file has; text that git would have goes home as it is.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Callable

from ..base.errors import Failed
from ..base.failpoint import hit
from ..model.elsewhere import STAYS
from ..model.scheduled import ANNEX, CANNOT
from .alternative import files
from .away import pack, parcel_of
from .before import Before, forget_old, put_back_dead
from .clone import Clone
from .matching import is_literal, trunk

Wish = dict[str, Any]
Run = Callable[[list[str]], int]


def run_staying(wish: Wish, command: list[str], run: Run) -> int:
    """Run the command in the clone, give what it wrote to the annex there, and pack what home has to know."""
    parcel = parcel_of(wish["away"]["parcels"])
    try:
        clone = Clone(wish["away"]["clone"])
        directory = os.path.normpath(os.path.join(clone.root, wish["pwd"]))
        put_back_dead(clone)
        forget_old(clone)
        clone.check(wish["away"]["state"])
        clone.get([path for path in files(wish["reads"], directory, through=True) if _is_absent(path)])
        _need(wish["reads"], directory)
        for path in wish["paths"]:
            os.makedirs(trunk(os.path.normpath(os.path.join(directory, path))), exist_ok=True)
        before = Before(clone, os.path.basename(parcel)[: -len(".tar")])
        before.take(wish["paths"], directory, wish["overwrite"])
        os.chdir(directory)
    except (Failed, OSError) as error:
        sys.stderr.write(f"burro: the task was not started: {error}\n")
        return CANNOT
    os.environ["BURRO_DATASET"], os.environ["PWD"] = clone.root, directory
    try:
        code = run(command)
        written = sorted(set(files(wish["paths"], directory)))
        return _failed(before, written, code) if code else _kept(clone, before, parcel, written)
    finally:
        before.put_back()


def _failed(before: Before, written: list[str], code: int) -> int:
    aside = before.set_aside(written)
    if written:
        sys.stderr.write(f"burro: what the task left is in {aside}\n")
    return code


def _kept(clone: Clone, before: Before, parcel: str, written: list[str]) -> int:
    try:
        os.makedirs(os.path.dirname(parcel), mode=0o700, exist_ok=True)
        large = clone.large([path for path in written if not os.path.islink(path)])
        keys = clone.keep(large, before.meanwhile)
        hit("stay.after_keys")
        told = {os.path.relpath(path, clone.root): key for path, key in keys.items()}
        small = [path for path in written if path not in keys]
        pack(clone.root, small, parcel, beside={STAYS: json.dumps({"uuid": clone.uuid, "keys": told}).encode()})
        for path in small:
            os.unlink(path)
    except (Failed, OSError) as error:
        aside = before.set_aside([path for path in written if os.path.lexists(path)])
        sys.stderr.write(
            f"burro: outputs could not be given to the annex of {clone.root} ({error}); they are in {aside}\n"
        )
        return CANNOT
    return 0


def _need(reads: list[str], directory: str) -> None:
    for given in reads:
        path = os.path.normpath(os.path.join(directory, given))
        if is_literal(path) and not os.path.exists(path):
            raise Failed(f"its input {given} is not in the clone; bring that up to date there: git pull")


def _is_absent(path: str) -> bool:
    return os.path.islink(path) and not os.path.exists(path) and ANNEX in os.readlink(path)
