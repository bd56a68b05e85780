"""The role `link`: the far end of one ssh connection. It finds or starts the worker and carries its messages.

It ends with the connection, or when nothing was heard through it for long; the worker stays.
"""

from __future__ import annotations

import json
import os
import pwd
import signal
from typing import Optional

from ..base.errors import BurroError
from ..base.failpoint import hit
from ..base.paths import boot_id, home, host
from ..base.title import set_title
from ..link.lines import Message, encode
from .lodging import Lodging
from .relay import SILENCE, Relay

_LONGEST = 2**20  # bytes of settings


def run_link() -> int:
    """Be the link until the connection ends; the exit code."""
    set_title("burro-link")
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    line, rest = _read_line()
    if line is None:
        return 0
    try:
        settings = json.loads(line)
        lodging = Lodging(settings)
        end = lodging.open()
    except (BurroError, OSError, ValueError, KeyError) as error:
        os.write(1, encode({"error": _sentence(error)}))
        return 1
    _forget_children()
    hit("link.before_linked")
    os.write(1, encode(_linked(lodging, settings)))
    silence = float(os.environ.get("BURRO_LINK_TIMEOUT") or settings.get("timeout") or SILENCE)
    return Relay(end, rest, silence=silence).run()


def _forget_children() -> None:
    """The keeper goes its own way, the login shell is done: neither is to stay as a zombie of ours."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _read_line() -> tuple[Optional[bytes], bytes]:
    """The settings, and what came behind them; None where nobody is there any more."""
    text = b""
    while b"\n" not in text:
        chunk = os.read(0, 1 << 16)
        if not chunk or len(text) > _LONGEST:
            return None, b""
        text += chunk
    line, _, rest = text.partition(b"\n")
    return line, rest


def _linked(lodging: Lodging, settings: Message) -> Message:
    assert lodging.place is not None
    return {
        "op": "linked",
        "worker": lodging.place.name,
        "home": home(),
        "host": host(),
        "boot": boot_id(),
        "user": pwd.getpwuid(os.geteuid()).pw_name,
        "shared": _is_shared(settings.get("probe"), settings.get("home")),
        "worker_dirs": lodging.names(),
        "fresh": lodging.fresh,
    }


def _is_shared(probe: Optional[Message], their_home: Optional[str]) -> bool:
    """Whether the server's paths hold here: a file that only it can have made is here too, and so is its home."""
    if not probe or (their_home is not None and os.path.realpath(their_home) != os.path.realpath(home())):
        return False
    try:
        with open(str(probe["path"]), encoding="utf-8") as file:
            return file.read(1000).strip() == str(probe["text"])
    except (OSError, ValueError):
        return False


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"at {host()}: {error.filename or 'the worker'}: {error.strerror}"
    return str(error)
