"""Outputs that are recorded at home: a parcel goes there before its attempt's end is told.

The server unpacks it and says so; then the parcel goes and the end is told. Where anything breaks between, the parcel
is still here and is offered again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Optional

from ..base.failpoint import hit
from ..link.lines import Message
from ..model.elsewhere import parcel_name
from ..model.scheduled import CANNOT
from .entry import Key
from .homeward import LARGEST, read
from .outbox import Home, Outbox
from .spec import Files, Wire

_ENOUGH = 2**20  # bytes that travel together


def going_home(wire: Wire, directory: str, files: Files, *, idx: int, number: int) -> Optional[Home]:
    """Where output and error lie that go to the server at the end, and a parcel; None where they stay."""
    if not wire.get("home"):
        return None
    out, err = (os.path.join(directory, name) if name and name != os.devnull else None for name in files[:2])
    away = (wire.get("outputs") or {}).get("away")
    if not away:
        return out, err
    return out, err, os.path.join(away["parcels"], parcel_name(wire["job"], idx, number))


def parcel_in(home: Home) -> Optional[str]:
    """The parcel of an attempt, where it has made one."""
    path = home[2] if len(home) > 2 else None
    return path if path is not None and os.path.exists(path) else None


def offers(outbox: Outbox) -> Iterator[Message]:
    """A message for each parcel that the server has not heard of on this connection; what is small is in it."""
    left = _ENOUGH
    for key in outbox.unoffered():
        path = parcel_in(outbox.home[key])
        if path is None:
            outbox.deliver(key)
            continue
        said = read(path, most=max(0, min(left, LARGEST)))
        left -= len(said.get("b64") or said.get("text") or "")
        hit("parcel.before_offer")
        yield {"op": "parcel", "key": list(key), "path": path, **said}


def settle(outbox: Outbox, message: Message) -> None:
    """The server has it, or says why it cannot: now the end is told."""
    job, idx, token = message["key"]
    key: Key = (job, idx, token)
    if key not in outbox.parcels:
        return
    hit("parcel.before_end")
    path, trouble = parcel_in(outbox.home[key]), message.get("trouble")
    if trouble:
        _complain(outbox.home[key], f"burro: its outputs cannot come home ({trouble}); they are in {path}\n")
        outbox.parcels[key][4] = CANNOT
    elif path is not None:
        os.unlink(path)
    outbox.deliver(key)


def _complain(home: Home, sentence: str) -> None:
    """In the task's own output, where somebody will look for it."""
    for path in (home[1], home[0]):
        if path is None:
            continue
        try:
            with open(path, "a", encoding="utf-8", errors="surrogateescape") as file:
                file.write(sentence)
        except OSError:
            continue
        return
