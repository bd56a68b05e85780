"""`python -m burro.inbox QUEUE FILE`: watches an inbox for the server, until standard input ends."""

from __future__ import annotations

import json
import os
import sys

from ..api.caller import Caller
from ..base.errors import BurroError
from ..base.log import Log
from ..base.title import set_title
from ..model.inbox import parse_settings
from . import memory
from .root import opened
from .watch import Watcher


def main(queue: str, path: str) -> int:
    """Watch; the exit code."""
    set_title("burro-inbox")
    log = Log(os.path.join(queue, "inbox.log"), "inbox")
    try:
        with open(path, encoding="ascii") as file:
            said = json.load(file)
        settings, root = parse_settings(said["settings"]), said["root"]
        os.umask(int(said["context"].get("umask", 0o077)))

        def tell(line: str) -> None:
            log.say(f"{root}: {line}")

        watcher = Watcher(queue, root, settings, context=said["context"], tell=tell, paused=said["paused"], parent=0)
        if said.get("resumed"):
            with opened(root) as parts:
                memory.resume(parts, said["resumed"])
        watcher.run()
        if watcher.orphaned:
            Caller(queue).ask({"op": "ping"})  # a server that died is started again, and starts another watcher
    except (BurroError, OSError) as error:
        text = str(error) if isinstance(error, BurroError) else f"{error.filename}: {error.strerror}"
        if isinstance(error, FileNotFoundError):
            text += "; bring the inbox back, make it anew (burro inbox add), or: burro inbox remove"
        log.say(f"cannot watch: {text}")
        _tell_trouble(queue, path, text)
        return error.code if isinstance(error, BurroError) else 1
    return 0


def _tell_trouble(queue: str, path: str, text: str) -> None:
    """The server shows it; where it cannot be told, the log has it."""
    try:
        with open(path, encoding="ascii") as file:
            root = json.load(file)["root"]
        Caller(queue, starts=False).ask({"op": "inbox", "act": "seen", "root": root, "seen": {"trouble": text}})
    except (BurroError, OSError):
        return


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
