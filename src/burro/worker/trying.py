"""The role `try`: which ways lead from this very node to the server of a queue. Nothing of them is kept."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from ..base.clock import pause, steady
from ..base.errors import BurroError, Unreachable
from ..base.paths import host
from ..link.call import server_record
from ..link.knock import knock, see_anew
from ..link.lines import encode
from ..link.spool import Spool
from ..link.way import OPEN, dial, way_of

_PORT_WITHIN = 15.0  # seconds for the server to open its port: it looks for who knocks every 2 s
_FOLDER_WITHIN = 15.0
_STAYS = 60.0  # seconds, so that ssh can be tried while there is an allocation
_TICK = 0.1


def run_try(queue: str, result: str) -> int:
    """Write what was found to the file `result`, and stay until the server's side has come too; the exit code."""
    node = os.environ.get("BURRO_NODE") or os.environ.get("SLURMD_NODENAME") or host()
    text = json.dumps({"node": node, "tried": tries(queue)})
    with open(result + ".new", "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(result + ".new", result)
    until = steady() + _STAYS
    while os.path.exists(result) and steady() < until:
        pause(_TICK)
        see_anew(os.path.dirname(result))
    return 0


def tries(queue: str) -> list[dict[str, Any]]:
    """For each way whether it leads there, and a sentence."""
    return [_try("directory", lambda: _directory(queue)), _try("tls", lambda: _tls(queue)), _folder(queue)]


def _try(name: str, act: Callable[[], str]) -> dict[str, Any]:
    began = steady()
    try:
        text = act()
    except (BurroError, OSError) as error:
        return {"link": name, "ok": False, "text": str(error)}
    return {"link": name, "ok": True, "text": f"{text}, in {1000 * (steady() - began):.0f} ms"}


def _directory(queue: str) -> str:
    knock(queue, f"try-{host()}-{os.getpid()}")
    return f"{queue} can be read and written"


def _tls(queue: str) -> str:
    until = steady() + _PORT_WITHIN
    while True:
        see_anew(queue)
        record = server_record(queue)
        found = None if record is None else way_of(queue, record)
        if found is not None:
            break
        if steady() > until:
            raise Unreachable("no server opened its port for who knocked; is it up?")
        pause(_TICK)
    began = steady()
    dial(found).close()
    where = " or ".join(found.addresses)
    return f"{where} port {found.port} lets us in after {1000 * (steady() - began):.0f} ms"


def _folder(queue: str) -> dict[str, Any]:
    return _try("folder", lambda: _by_folder(queue))


def _by_folder(queue: str) -> str:
    spool = Spool.make(queue, f"try-{host()}")
    until = steady() + _FOLDER_WITHIN
    try:
        while not spool.take().startswith(encode(OPEN)):
            if steady() > until:
                raise Unreachable(f"no server answered in {spool.directory}")
            pause(_TICK)
    finally:
        spool.close()
    return "the server answered with a file"
