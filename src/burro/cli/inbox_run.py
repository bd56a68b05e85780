"""`burro inbox run`: watch a directory in the foreground, with a dot for each look and a line for each event."""

from __future__ import annotations

import os
import sys
from datetime import datetime

from ..base import clock
from ..base.errors import UsageError
from ..base.log import Log
from ..inbox.root import make
from ..inbox.watch import Watcher
from . import inbox_options
from .clean import clean
from .face import Face
from .parser import Parser
from .verbs import INBOX_ACTS

_ROW = 20  # dots
_EXAMPLES = (
    "burro inbox run ~/inbox",
    "burro inbox run /shared/drop --period 120 --ready upload-done --logfile /shared/drop/log",
)


def parser(act: str) -> Parser:
    """The parser."""
    made = Parser("inbox", act=act, acts=INBOX_ACTS, examples=_EXAMPLES)
    made.add_argument("dir", metavar="DIR", nargs=1, help="the directory that has inbox/, pending/ and complete/")
    made.add_argument("--logfile", metavar="FILE", help="put the lines there too")
    return inbox_options.take(made)


def main(act: str, words: list[str], face: Face) -> int:
    """Watch until a signal says stop. Raises Failed where somebody else does."""
    options = parser(act).parse(words)
    face = face.at(options.queue)
    if face.elsewhere:
        raise UsageError("an inbox is watched where the queue is; log in there, and watch it there")
    settings = inbox_options.typed(options)
    root = make(os.path.expanduser(options.dir[0]), group=settings.group_writable)
    shown = Shown(Log(os.path.abspath(options.logfile), "inbox") if options.logfile else None)
    context = face.context({}, None)
    watcher = Watcher(face.queue, root, settings, context=context, tell=shown.tell, looked=shown.look)
    shown.tell(f"watching {root}; end with Ctrl-C")
    watcher.run()
    shown.tell("left; what is in pending/ goes on, and is delivered by the next one that watches")
    return 0


class Shown:
    """What is seen of it. Dots only on a terminal."""

    def __init__(self, log: Log | None) -> None:
        self._log, self._dots = log, 0

    def tell(self, line: str) -> None:
        """One line, of something that happened."""
        if self._dots:
            print()
            self._dots = 0
        moment = datetime.fromtimestamp(clock.now()).astimezone()
        print(f"{moment:%m-%d %H:%M:%S} {clean(line)}", flush=True)
        if self._log is not None:
            self._log.say(line)

    def look(self) -> None:
        """One look."""
        if not sys.stdout.isatty():
            return
        self._dots += 1
        print(".", end="\n" if self._dots % _ROW == 0 else "", flush=True)
        self._dots %= _ROW
