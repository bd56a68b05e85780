"""Where a queue and its parts lie, and the only reader of HOME and XDG."""

from __future__ import annotations

import os
import stat

from .errors import Unreachable, UsageError

ELSEWHERE = "ssh://"  # how the address of a queue at another machine begins


def queue_dir(given: str | None = None) -> str:
    """The real path of the queue: what was given, else $BURRO_QUEUE, else the user's default. It need not exist.

    The address of a queue at another machine stays as it is. Raises UsageError in a task of such a queue, which has
    no directory here: another one must not be taken for it.
    """
    chosen, away = given or os.environ.get("BURRO_QUEUE"), os.environ.get("BURRO_QUEUE_AT")
    if not chosen and away:
        raise UsageError(
            f"this runs in a task of the queue {away}, which is not here; name one: "
            f"--queue {away} where that machine lets you in from here, or --queue DIR"
        )
    chosen = chosen or _default()
    if chosen.startswith(ELSEWHERE):
        return chosen
    return os.path.realpath(os.path.expanduser(chosen))


def _default() -> str:
    state = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(state, "burro")


def make_queue_dir(queue: str) -> None:
    """Make the queue's directory (0700), or adopt one that is there and ours; what else lies in it is left alone.

    Raises UsageError where it is no directory, belongs to somebody else, or cannot be made.
    """
    try:
        os.makedirs(os.path.dirname(queue), exist_ok=True)
        os.mkdir(queue, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise UsageError(
            f"cannot make the queue directory {queue}: {error.strerror}; choose another with --queue DIR"
        ) from None
    check_queue_dir(queue)


def check_queue_dir(queue: str) -> None:
    """Raise UsageError unless `queue` is a directory of this user in which nobody else can write."""
    try:
        found = os.stat(queue)
    except OSError as error:
        raise UsageError(
            f"cannot use the queue directory {queue}: {error.strerror}; choose another with --queue DIR"
        ) from None
    if not stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{queue} is not a directory; choose another queue with --queue DIR")
    if found.st_uid != os.geteuid():
        raise UsageError(f"the queue directory {queue} belongs to somebody else; choose your own with --queue DIR")
    if found.st_mode & 0o022:
        raise UsageError(f"others can write to the queue directory {queue}; close it with: chmod go-w {queue}")


def runs_dir(queue: str) -> str:
    """Where the output of `burro run` lies."""
    return os.path.join(queue, "runs")


def deaths_path(queue: str) -> str:
    """The file that says that a queue's server dies again and again; there is none where it does not."""
    return os.path.join(queue, "server.deaths")


def own_allocation_path(queue: str) -> str:
    """The file that says that a queue's server is to be in an allocation, and never on this machine."""
    return os.path.join(queue, "server.allocation")


def make_private_dir(path: str) -> None:
    """Make a directory that is closed to others; one that is there is closed."""
    os.makedirs(path, mode=0o700, exist_ok=True)
    if os.stat(path).st_mode & 0o077:
        os.chmod(path, 0o700)


def socket_path(queue: str) -> str:
    """The address of the queue's socket.

    Socket paths are short and network file systems have none, so it lies in /tmp under a hash of the queue's path.
    """
    import hashlib  # late: the quick client needs the rest of this file, not this

    name = hashlib.sha256(os.fsencode(queue)).hexdigest()[:16]
    return os.path.join(socket_dir(), name + ".sock")


def socket_dir() -> str:
    """The directory of this user's sockets, one per user, never anybody else's: see `check_socket_dir`."""
    return f"/tmp/burro-{os.geteuid()}"  # noqa: S108  # owner, mode and kind are checked before every use


def check_socket_dir(directory: str) -> None:
    """Raise Unreachable unless `directory` is a real directory (no link) of this user, closed to others."""
    try:
        found = os.lstat(directory)
    except OSError:
        raise Unreachable(f"there is no {directory}; is the server up? try: burro up") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Unreachable(f"{directory} is not a directory of yours alone; remove it and try again")


def home() -> str:
    """The home directory."""
    return os.path.expanduser("~")


def state_dirs(queue_id: str) -> list[str]:
    """Where the workers of a distant queue may live on this machine, the better place first."""
    state = os.environ.get("XDG_STATE_HOME") or os.path.join(home(), ".local", "state")
    return [os.path.join(state, "burro-worker", queue_id), os.path.join(socket_dir(), queue_id)]


def boot_id() -> str:
    """The kernel's name for this boot: processes of another one are dead."""
    if os.environ.get("BURRO_TESTING") == "1" and os.environ.get("BURRO_BOOT_ID"):
        return os.environ["BURRO_BOOT_ID"]
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def host() -> str:
    """This machine's name, as `hostname` prints it."""
    return os.uname().nodename
