"""Where the server runs, and who starts it: `--at-boot`, `--no-at-boot`, `--in-allocation`."""

from __future__ import annotations

from ..base.errors import Refused, UsageError
from .face import Face, note, print_json


def at_boot(face: Face, *, take_over: bool) -> None:
    """Have it started at boot, and now, where it does not run, as it will be then."""
    from ..base.paths import make_queue_dir
    from ..server import at_boot, launch

    make_queue_dir(face.queue)
    installed = at_boot.install(face.queue)
    note(installed.text)
    for text in installed.notes:
        note(text)
    if not take_over and not launch.is_up(face.queue):
        at_boot.start(face.queue)


def not_at_boot(face: Face) -> None:
    """Have it started at boot no more."""
    from ..server import at_boot

    if face.elsewhere:
        raise UsageError("--no-at-boot is for the machine of the server; use it there")
    note("the server starts at boot no more" if at_boot.remove(face.queue) else "nothing here started it at boot")


def in_allocation(face: Face, *, as_json: bool) -> int:
    """Have it run in an allocation from now on; return when it answers, or waits in line."""
    from ..base.paths import make_queue_dir
    from ..link.call import is_served_elsewhere
    from ..server import launch, own_allocation
    from ..server.awaiting import await_server

    make_queue_dir(face.queue)
    if not own_allocation.is_wanted(face.queue):
        if launch.is_up(face.queue) or is_served_elsewhere(face.queue):
            raise UsageError(f"the queue {face.queue} has a server already; end that first: burro down")
        own_allocation.request(face.queue)  # what is wrong with it is told before anything is changed
        own_allocation.want(face.queue)
    try:
        await_server(face.queue)
        answer = face.ask("ping")
        text = f"the server (pid {answer['pid']}) is up in its allocation"
    except Refused as waits:
        answer, text = {"pid": None, "waits": str(waits)}, str(waits)
    if as_json:
        print_json({"pid": answer["pid"], "waits": answer.get("waits")})
    else:
        print(text)
    return 0
