"""Starting the server when a command needs it, detached from whoever needed it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from ..base.clock import pause, steady
from ..base.errors import Silent, Unreachable
from ..base.log import LARGEST
from ..base.paths import make_queue_dir, own_allocation_path
from ..link.call import connect, elsewhere, is_served_elsewhere, peer, server_record

Watcher = subprocess.Popen[bytes]
_WITHIN = 30.0  # seconds for a server to answer
_FINISH = ("--allow-open", "--unstarted")  # a server that has left meanwhile is not started for it
_KEPT_NAMES = (
    "BURRO_TESTING",
    "BURRO_FAILPOINT",
    "BURRO_FAILPOINT_LOG",
    "BURRO_FAILPOINT_ONCE",
    "BURRO_SQL",
    "BURRO_IDLE",
    "BURRO_LINK_TIMEOUT",
    "BURRO_SCHEDULER_EVERY",
    "BURRO_RECORDS_EVERY",
)


def ensure(queue: str, *, take_over: bool = False) -> None:
    """Start the server of a queue unless one answers, and return when one does.

    One that is on record at another machine is for who asks it to find out.
    Raises Unreachable with the sentence of a server that could not start, UsageError for an impossible directory.
    """
    if is_up(queue) or (not take_over and is_served_elsewhere(queue)):
        return
    if os.path.exists(own_allocation_path(queue)):
        from .awaiting import await_server

        await_server(queue)
        return
    make_queue_dir(queue)
    deadline = steady() + _WITHIN
    while steady() < deadline:
        said = _start(queue, take_over=take_over)
        if is_up(queue):
            return
        if said != "ok" and "runs already" not in said:
            why = said or f"it said nothing; see {queue}/server.log"
            raise Unreachable(f"the server did not start: {why}")
        pause(0.05)  # somebody else's is starting, one is just leaving, or ours was killed right after its start
    raise Unreachable(f"the server of {queue} does not answer; see {queue}/server.log and: burro doctor")


def end(queue: str) -> None:
    """Have the server of a queue leave as at the end of this machine's day, and return when it is gone."""
    try:
        connection = connect(queue)
    except Unreachable:
        return
    with connection:
        os.kill(peer(connection)[0], signal.SIGTERM)
        connection.settimeout(_WITHIN)
        try:
            while connection.recv(1 << 16):
                pass
        except OSError:
            return


def is_up(queue: str) -> bool:
    """Whether a server takes connections, or has more than it can take. Raises Unreachable for another machine's."""
    record = server_record(queue)
    if record is None or elsewhere(record):
        return False
    try:
        connect(queue).close()
    except Silent:
        return True
    except Unreachable:
        return False
    return True


def _start(queue: str, *, take_over: bool) -> str:
    """Start one; what it says: `ok`, or why not. It holds none of our descriptors but the one it closes after that."""
    ours, theirs = os.pipe()
    command = [sys.executable, "-P", "-m", "burro.server", queue, "--ready", str(theirs)]
    log = os.open(os.path.join(queue, "server.log"), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        started = subprocess.Popen(
            [*command, *(["--take-over"] if take_over else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[theirs],
            start_new_session=True,
            cwd="/",
            env=environment(),
        )
    finally:
        os.close(theirs)
        os.close(log)
    with os.fdopen(ours, encoding="utf-8") as answer:
        said = answer.read()
    started.wait()
    return said


def start_watcher(queue: str, name: str) -> Watcher:
    """Start a process that watches an inbox. It ends when its standard input does; its standard output ends with it."""
    log = os.open(os.path.join(queue, "inbox.log"), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "burro.inbox", queue, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env={**os.environ, "BURRO_ROLE": "inbox"},
        )
    finally:
        os.close(log)


def start_finish(queue: str, dataset: str) -> Watcher:
    """Start a process that writes the records of a repository. It says what it does in finish.log."""
    path = os.path.join(queue, "finish.log")
    log = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    if os.fstat(log).st_size > LARGEST:
        os.rename(path, path + ".1")
    kept = {name: value for name, value in os.environ.items() if name != "BURRO_ROLE"}
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "burro", "--queue", queue, "finish", *_FINISH, "--dataset", dataset],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=dataset,
            env=kept,
        )
    finally:
        os.close(log)


def environment() -> dict[str, str]:
    """Ours, but for what belongs to a task that this may run in: the server is nobody's task."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BURRO_") or name in _KEPT_NAMES}
    return {**kept, "BURRO_ROLE": "server"}
