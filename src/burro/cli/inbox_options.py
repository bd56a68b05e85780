"""The settings of an inbox as options of `inbox add` and `inbox run`."""

from __future__ import annotations

import argparse

from ..model.inbox import Settings, parse_settings
from .parser import Parser

# option, what stands for its value, help
_VALUES = (
    ("pool", "NAME", "the pool for folders that name none (wherever their files are seen)"),
    ("period", "SECONDS", "between two looks where nobody tells of changes (60)"),
    ("quiet", "TIME", "a folder in which nothing changed for so long is whole (5s)"),
    ("ready", "NAME", "a folder is whole when it has this file"),
    ("lock", "NAME", "do nothing while this file is in DIR"),
    ("finished", "NAME", "the file that is put last into what is complete (job_manager-finished)"),
    ("max-jobs", "N", "at most so many in the queue at a time (100)"),
    ("max-pending", "N", "at most so many of these that do not run yet (20)"),
    ("delay", "TIME", "between two submissions (0)"),
    ("max-error-percent", "N", "rest when more of what ended lately failed (50); 0: never"),
    ("error-window", "TIME", "how long lately is (10m)"),
    ("error-min", "N", "rest only after so many that failed (5)"),
    ("error-pause", "TIME", "how long to rest (30m)"),
    ("max-errors", "N", "stop for good after more than so many that failed (0: never)"),
    ("max-size", "SIZE", "of an archive, unpacked (10G)"),
    ("max-files", "N", "of a folder or archive (100,000)"),
)
_FLAGS = (
    ("group-writable", "give what is complete to the group of complete/, and to nobody else"),
    ("trust", "others may write to inbox/, and so run jobs as you"),
    ("links", "symbolic links may lead out of a folder"),
)


def take(parser: Parser) -> Parser:
    """The parser with the options."""
    for name, metavar, about in _VALUES:
        parser.add_argument(f"--{name}", metavar=metavar, help=about)
    for name, about in _FLAGS:
        parser.add_argument(f"--{name}", action="store_true", help=about)
    return parser


def typed(options: argparse.Namespace) -> Settings:
    """What was asked for. Raises UsageError."""
    names = [name.replace("-", "_") for name, *_ in (*_VALUES, *_FLAGS)]
    given = {name: getattr(options, name) for name in names}
    return parse_settings({name: value for name, value in given.items() if value not in (None, False)})
