"""Whether ssh leads to a node."""

from __future__ import annotations

import subprocess
from typing import Any

from ..base.clock import steady
from ..base.errors import BurroError
from .ssh import ssh_argv
from .troubles import in_words

_WITHIN = 30.0  # seconds


def by_ssh(node: str, *, jump: str | None) -> dict[str, Any]:
    """Try it from here; `jump`: through this host."""
    began = steady()
    try:
        argv = ssh_argv(node, "true")
        argv[1:1] = ["-J", jump] if jump else []
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_WITHIN, check=False)
    except (BurroError, OSError) as error:
        return {"link": "ssh", "ok": False, "text": str(error)}
    except subprocess.TimeoutExpired:
        return {"link": "ssh", "ok": False, "text": f"{node} did not answer within {_WITHIN:g} s"}
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace")
        return {"link": "ssh", "ok": False, "text": in_words(said, done.returncode, host=node, pool=node, linked=False)}
    return {"link": "ssh", "ok": True, "text": f"{node} lets us in, in {1000 * (steady() - began):.0f} ms"}
