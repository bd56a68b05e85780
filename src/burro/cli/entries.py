"""The entries of a pool as options of `pool add` and `pool set`, and the values that the server takes."""

from __future__ import annotations

import argparse
import os
from typing import Any

from ..base.errors import UsageError
from .parser import Parser

# option, entry, what stands for its value, help
PLAIN = (
    ("ssh", "HOST", "a Host of your ssh config, or user@name"),
    ("mem", "SIZE", "memory it may use (what there is): 64G"),
    ("policy", "NAME", "fifo: first come first served; mcf: most cpus first"),
    ("python", "PATH", "the Python there, where the first of at least 3.9 is not the right one"),
    ("root", "DIR", "the directory there that stands for the project (~): ~/proj"),
    ("project", "DIR", "the directory here that is found there as root (with `add --root` this one)"),
    ("lease", "TIME", "give its tasks to others when it was away so long: 40m; never (the default)"),
    ("ahead", "N|TIME", "hand it so many tasks ahead (200; 1,000 that name it), or so much work: 30m"),
    ("before", "LINE", "shell command that runs there first: after each sync, or on each node before its worker: make"),
    ("after", "LINE", "shell command that runs on each node of a scheduler when the worker has left"),
    ("wrap", "CMD", "put before each task's command: apptainer exec img.sif"),
    ("password-command", "LINE", "shell command that prints its password, where keys cannot be: pass show gpu1"),
    ("scheduler", "NAME", "its nodes are had from this scheduler: slurm, sge, pbs, lsf, flux"),
    ("command-prefix", "LINE", "its workers are started with this command before theirs: 'srun -N1 -p normal'"),
    ("mode", "NAME", "pilot: nodes that burro fills; direct: each task is a job of the scheduler's own"),
    ("max-jobs", "N", "in a direct pool so many tasks are with the scheduler at a time (1000)"),
    ("max-pending", "N", "and so many of them have not begun (all)"),
    ("link", "WAY", "how its workers reach the server: tls (the default), ssh, folder"),
    ("workers", "N", "allocations that are asked for or run, at most (1)"),
    ("nodes", "N", "nodes of each allocation (1)"),
    ("time", "TIME", "walltime of each allocation: 4h, 1-00:00:00"),
    ("idle", "TIME", "a worker there leaves after so long without work (5m)"),
    ("drain", "TIME", "so long before the end of its walltime begin only what says that it is shorter (0)"),
    ("min", "N", "so many allocations also while nothing waits (0)"),
    ("backlog", "N", "at most so many of them wait at the scheduler at a time"),
    ("max-per-hour", "N", "ask for at most so many in an hour"),
    ("datadir", "DIR", "the directory there for data sets"),
)


def take(parser: Parser) -> Parser:
    """The parser with options for the entries."""
    parser.add_argument("-c", "--cpus", metavar="N", help="cpus it may use (those found); 0 pauses it")
    parser.add_argument("-g", "--gpus", metavar="N|IDS", help="how many gpus, or their ids: 0,1 (one alone: 1,)")
    parser.add_argument("--counter", action="append", metavar="NAME=N", help="so many of something you name")
    for name, metavar, about in PLAIN:
        parser.add_argument(f"--{name}", metavar=metavar, help=about)
    parser.add_argument(
        "--join", action="store_true", default=None, help="its workers are started with: burro worker start"
    )
    parser.add_argument("--option", action="append", metavar="OPT", help="the scheduler's own: --option=--qos=long")
    parser.add_argument("--env", action="append", metavar="NAME=TEXT", help="a variable that tasks there get")
    parser.add_argument("--deploy", metavar="URL", help="what `burro pool deploy` clones there")
    parser.add_argument("--branch", metavar="NAME", help="the branch of --deploy")
    parser.add_argument("--dataset", action="append", metavar="NAME=PATH", help="a data set here, to be synced by name")
    return parser


def typed(options: argparse.Namespace, *, elsewhere: bool) -> dict[str, Any]:
    """The entries that were typed, by name. Raises UsageError."""
    names = ["cpus", "gpus", "join", *(name.replace("-", "_") for name, _, _ in PLAIN)]
    found = {name: value for name in names if (value := getattr(options, name)) is not None}
    if "," in found.get("gpus", ""):
        found["gpus"] = [gpu for gpu in found["gpus"].split(",") if gpu]
    for text in options.counter or ():
        name, equals, number = text.partition("=")
        if not equals or name in names:
            raise UsageError(f"--counter takes a name and a number, as in licence=3, not '{text}'")
        found[name] = number
    if "root" in found:
        found["root"] = below_home(found["root"])
    if "project" in found and not elsewhere and found["project"] != "auto":
        found["project"] = os.path.abspath(os.path.expanduser(found["project"]))
    if options.option:
        found["options"] = "auto" if options.option == ["auto"] else options.option
    return {**found, **_tables(options)}


def below_home(path: str) -> str:
    """`~/x` again of what the shell here has made of it: it means the home there."""
    home = os.path.expanduser("~").rstrip("/")
    if home and (path == home or path.startswith(home + "/")):
        return "~" + path[len(home) :]
    return path


def _tables(options: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if options.branch and not options.deploy:
        raise UsageError("--branch is of what --deploy clones; give both")
    if options.deploy == "auto":
        found["deploy"] = "auto"
    elif options.deploy:
        found["deploy"] = {"url": options.deploy, **({"branch": options.branch} if options.branch else {})}
    for option, entry, given in (("env", "env", options.env), ("dataset", "datasets", options.dataset)):
        if given == ["auto"]:
            found[entry] = "auto"
        elif given:
            found[entry] = dict(_pair(option, text) for text in given)
    return found


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--{option} takes a name and a text, as in A=b, not '{text}'")
    return name, value
