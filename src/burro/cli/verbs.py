"""The verbs: where each one lives, and what it says of itself. Their modules are imported late."""

from __future__ import annotations

from argparse import ArgumentParser
from importlib import import_module
from typing import Protocol, cast

from .face import Face

# verb: module, what it does
VERBS = {
    "submit": ("submitting", "put a job in the queue"),
    "run": ("running", "submit, wait, pass the output through and exit as the task does"),
    "status": ("status", "what is queued, running and recently ended; the workers and their room"),
    "show": ("showing", "everything about a job or a task"),
    "events": ("events", "what has happened in the queue, followed if asked"),
    "history": ("history", "every attempt: how it ended, how long it took, what it used of what it asked for"),
    "logs": ("logs", "what a task has written, followed if asked"),
    "cancel": ("acting", "cancel what waits and stop what runs"),
    "hold": ("acting", "keep from starting what has not started"),
    "release": ("acting", "let start what was held"),
    "retry": ("acting", "run again what ended without success"),
    "set": ("editing", "change what is in the queue: priority, needs, time, name, command"),
    "signal": ("editing", "send a signal to what runs"),
    "wait": ("waiting", "wait until jobs have ended"),
    "workers": ("looking", "the processes that run tasks, and what they have free"),
    "worker": ("joining", "start a worker on this computer, in an allocation that you got yourself"),
    "pools": ("pools", "the places that supply workers: what is used, what waits, what is wrong"),
    "allocations": ("allocations", "what was asked of schedulers, and what became of it"),
    "pool": ("pooling", "add a machine, set what it may use, pause it, bring files there, run something there"),
    "inbox": ("inbox", "watch folders: what is dropped there becomes a job, and comes back done"),
    "schedule": ("scheduling", "put a job in the queue whose outputs become a commit of your git repository"),
    "finish": ("finishing", "commit what scheduled jobs have written, with a record of how"),
    "reschedule": ("rescheduling", "schedule again what a commit, a file or a job tells of"),
    "log": ("origin", "which job made a file: the records in the history of your git repository"),
    "up": ("serving", "keep the server and this machine's worker running"),
    "down": ("stopping", "stop the server and its workers"),
    "clean": ("cleaning", "forget what has ended"),
    "queues": ("queues", "the queues of this user that are in use on this machine"),
    "doctor": ("doctor", "check the queue and say what is wrong"),
    "completion": ("completion", "print the completion script of a shell"),
}
# of no use to people: other commands of ours call them
HIDDEN = {"relay": ("relaying", "connect standard input and output to the server of a queue")}
# act of `pool`: module, what it does
ACTS = {
    "add": ("pool_acts", "add a machine that is reached by ssh, or nodes of a cluster"),
    "set": ("pool_acts", "change what a pool may use, or how it is reached"),
    "pause": ("pool_acts", "start nothing more there; what runs goes on"),
    "resume": ("pool_acts", "end a pause"),
    "start": ("pool_acts", "connect to a machine that was stopped or is down, now"),
    "stop": ("pool_acts", "end its worker and the connection"),
    "drain": ("pool_acts", "start nothing more there, and stop it when what runs has ended"),
    "check": ("pool_acts", "look whether a machine answers, and what is wrong if not"),
    "remove": ("pool_acts", "take a pool out of the queue"),
    "login": ("pool_login", "let ssh ask for a password or code once, and keep the connection"),
    "dry-run": ("pool_dry", "print what would be handed over to get a worker, and start nothing"),
    "sync": ("pool_sync", "bring the project's files to a machine, or back"),
    "run": ("pool_run", "run a command at a machine now, in its root"),
    "deploy": ("pool_run", "clone the project at a machine, where it is not there yet"),
    "import": ("pool_import", "add the machines of a simple-job-submit config"),
}
# act of `inbox`: module, what it does
INBOX_ACTS = {
    "add": ("inbox_acts", "watch a directory, or change how it is watched"),
    "list": ("inbox_acts", "the inboxes, and how they stand"),
    "remove": ("inbox_acts", "watch it no more; everything in it stays"),
    "pause": ("inbox_acts", "take nothing more; what was taken is delivered"),
    "resume": ("inbox_acts", "end a pause, also that of the circuit breaker"),
    "run": ("inbox_run", "watch in the foreground, until Ctrl-C"),
}
_MAIN = """\
usage: burro [--queue DIR] VERB ...

One queue for your computing jobs.

{verbs}

Each verb has its own help: burro VERB --help

  burro submit python train.py     put a command in the queue
  burro status                     look
  burro logs -f last               read what the last job writes
  burro cancel 12                  cancel a job

The queue is --queue DIR, else $BURRO_QUEUE, else your own one; ssh://HOST is your own one at HOST.
Options: -h/--help, -V/--version, --queue DIR (before or after the verb)."""


class Verb(Protocol):
    """What the module of a verb has."""

    def parser(self, verb: str) -> ArgumentParser:
        """What its options are."""

    def main(self, words: list[str], face: Face) -> int:
        """Parse `words`, ask the queue, say what it answered, and give the exit code."""


def module_of(verb: str) -> Verb:
    """The module of a verb that VERBS or HIDDEN names."""
    return cast("Verb", import_module(f"burro.cli.{(VERBS.get(verb) or HIDDEN[verb])[0]}"))


def main_help() -> str:
    """What `burro --help` prints."""
    width = max(map(len, VERBS))
    return _MAIN.format(verbs="\n".join(f"  {name:<{width}}  {about}" for name, (_, about) in VERBS.items()))


def version() -> str:
    """What `burro --version` prints."""
    from .. import __version__

    return f"burro {__version__}"
