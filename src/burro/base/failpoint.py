"""Places where tests break off: `BURRO_FAILPOINT=name[:nth]=kill9|stop|raise` with `BURRO_TESTING=1`.

Off, a failpoint costs one look at a dictionary. Each hit is appended to `$BURRO_FAILPOINT_LOG`, so that a test can tell
a failpoint that was never reached. `BURRO_FAILPOINT_ONCE` names a file: where it exists the failpoint is spent.
"""

from __future__ import annotations

import errno
import os
import signal

NAMES = (
    "submit.before_commit",
    "turn.before_commit",
    "turn.after_commit",
    "turn.half_answered",
    "start.after_intent",
    "start.after_spawn",
    "start.after_journal",
    "limit.after_journal",
    "end.after_wait",
    "end.after_journal",
    "end.after_reap",
    "lease.before_write",
    "report.before_send",
    "report.after_outputs",
    "keeper.after_wait",
    "keeper.before_worker",
    "stop.before_term",
    "stop.after_term",
    "walltime.before_stop",
    "warn.after_signal",
    "journal.before_rename",
    "clean.in_slice",
    "link.after_place",
    "link.before_keeper",
    "link.before_linked",
    "link.to_worker",
    "link.to_server",
    "dial.open",
    "dial.to_worker",
    "dial.to_server",
    "folder.to_worker",
    "folder.to_server",
    "tether.linked",
    "home.before_commit",
    "parcel.before_offer",
    "parcel.before_unpack",
    "parcel.in_unpack",
    "parcel.after_unpack",
    "parcel.before_end",
    "stay.in_keys",
    "stay.after_keys",
    "pool.before_closed",
    "allocation.before_asked",
    "allocation.after_asked",
    "succession.after_asked",
    "direct.before_submit",
    "direct.after_submit",
    "inbox.before_key",
    "inbox.after_key",
    "inbox.after_place",
    "inbox.in_move",
    "inbox.after_pending",
    "inbox.in_unpack",
    "inbox.after_unpack",
    "inbox.after_submit",
    "inbox.after_job",
    "inbox.before_result",
    "inbox.after_result",
    "inbox.after_complete",
    "inbox.after_marker",
    "inbox.after_why",
    "inbox.before_cancel",
    "aside.before_note",
    "aside.after_move",
    "schedule.in_aside",
    "aside.in_finish",
    "aside.back_in_finish",
    "finish.in_ingest",
    "finish.after_ingest",
    "finish.after_below",
    "finish.after_commits",
    "finish.after_index",
    "finish.after_move",
    "finish.after_branches",
    "over.before_commit",
    "recorded.before_commit",
)


def _armed() -> dict[str, list[object]]:
    if os.environ.get("BURRO_TESTING") != "1" or not os.environ.get("BURRO_FAILPOINT"):
        return {}
    place, _, action = os.environ["BURRO_FAILPOINT"].partition("=")
    name, _, nth = place.partition(":")
    if name not in NAMES:
        raise ValueError(f"there is no failpoint {name}")
    return {name: [int(nth or 1), action]}


_ARMED = _armed()


def hit(name: str) -> None:
    """Break off here if a test asked for it. Raises OSError(EIO) for `raise`."""
    if name not in _ARMED:
        return
    armed = _ARMED[name]
    left = int(str(armed[0])) - 1
    armed[0] = left
    if left == 0 and _take_turn():
        _note(name)
        _act(str(armed[1]))


def _take_turn() -> bool:
    once = os.environ.get("BURRO_FAILPOINT_ONCE")
    if not once:
        return True
    try:
        os.close(os.open(once, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True


def _note(name: str) -> None:
    log = os.environ.get("BURRO_FAILPOINT_LOG")
    if log:
        end = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        os.write(end, f"{name} {os.getpid()}\n".encode())
        os.close(end)


def _act(action: str) -> None:
    if action == "kill9":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    else:
        raise OSError(errno.EIO, "a failpoint")
