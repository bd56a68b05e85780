"""`--at-boot` and `--no-at-boot`: whether the server starts by itself whenever its machine has started."""

from __future__ import annotations

from ..base.errors import UsageError
from .face import Face, note


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
