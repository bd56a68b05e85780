"""The role `scheduled`: a task whose outputs are recorded in a repository. It makes way for them, runs it, and waits.

`scheduled JSON COMMAND...`, in the task's directory. What git-annex keeps lies in the working tree as a symbolic link
to a file that nobody may write. By `overwrite` such a link is taken out of the way before the task starts (`replace`),
or becomes a copy that can be written (`unlock`), and is put back where the task fails; or it stays, and with it what an
earlier attempt has left (`keep`). git is not asked, here or anywhere in a task.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator

from ..base.errors import Failed
from ..model.scheduled import ANNEX, CANNOT
from .alternative import Alternative
from .leftovers import Leftovers
from .matching import matches, trunk

TYPE_CHECKING = False  # `typing` takes as long to import as half of the rest, and this starts with every task
if TYPE_CHECKING:
    from typing import Any, NoReturn

_INDEX = "{i}"


def run_scheduled(text: str, command: list[str]) -> int:
    """Run the command, and end as it ends."""
    wish: dict[str, Any] = json.loads(text)
    if wish["index"]:
        index = os.environ.get("BURRO_TASK_ID", "0")
        command = [word.replace(_INDEX, index) for word in command]
        for name in ("paths", "reads", "kept"):
            wish[name] = [path.replace(_INDEX, index) for path in wish.get(name) or ()]
    if wish.get("refused"):
        return _not_started(Failed(wish["refused"]))
    if "parcels" in (wish.get("away") or {}):
        code = _away(wish, command)
    elif wish.get("alternative"):
        code = _elsewhere(wish, command)
    else:
        code = _here(wish, command)
    if code < 0:
        _die_of(-code)
    return code


def _away(wish: dict[str, Any], command: list[str]) -> int:
    """At a machine that does not have the repository, or has a clone of it."""
    if "clone" in wish["away"]:
        from .staying import run_staying

        return run_staying(wish, command, _wait)
    from .away import run_away

    return run_away(wish, command, _wait)


def _here(wish: dict[str, Any], command: list[str]) -> int:
    taken: dict[str, str] = {}
    task, attempt = (os.environ.get(name, "") for name in ("BURRO_TASK", "BURRO_ATTEMPT"))
    begins_anew = wish.get("own") and wish["overwrite"] != "keep"
    left = _leftovers(wish, wish["paths"] if begins_anew else [], f"{task}.{attempt}")
    if "root" in wish:  # its command may speak of it
        os.environ["BURRO_DATASET"] = os.path.realpath(wish["root"])
    try:
        left.begin()
        with left.in_turn():
            _make_way(wish["paths"], wish["overwrite"], taken, kept=wish.get("kept") or ())
        left.hold(taken)
    except (Failed, OSError) as error:
        if wish.get("own"):
            put_back(taken)
        return _not_started(error)
    code = _wait(command)
    if code:
        if wish.get("own"):  # else others may be about to write there; `finish` sees to it
            put_back(taken)
        left.note()
    else:
        left.done()
    return code


def _leftovers(wish: dict[str, Any], paths: list[str], name: str) -> Leftovers:
    if paths and wish.get("below"):  # in several repositories
        from .scattered import Scattered

        return Scattered(paths, name)
    return Leftovers(paths, name)


def _elsewhere(wish: dict[str, Any], command: list[str]) -> int:
    """In a directory of its own; links of git-annex give way when what replaces them is whole."""
    name = f"burro-{os.environ.get('BURRO_TASK')}-{os.environ.get('BURRO_ATTEMPT')}-{os.getpid()}"
    there = Alternative(wish, name)
    try:
        there.fill(wish["reads"])
        os.chdir(there.directory)
        _make_way(wish["paths"], "keep", {})
    except (Failed, OSError) as error:
        there.give_up()
        return _not_started(error)
    os.environ["BURRO_DATASET"], os.environ["PWD"] = there.top, there.directory
    code = _wait(command)
    if code:
        sys.stderr.write(f"burro: what the task left is in {there.top}\n")
        return code
    try:
        there.bring_back(wish["paths"])
    except (Failed, OSError) as error:
        sys.stderr.write(f"burro: outputs could not be brought back ({error}); they are in {there.top}\n")
        return CANNOT
    return 0


def _not_started(error: Exception) -> int:
    sys.stderr.write(f"burro: the task was not started: {error}\n")
    return CANNOT


def _make_way(paths: Iterable[str], overwrite: str, taken: dict[str, str], *, kept: Iterable[str] = ()) -> None:
    """Let outputs be written. `taken`: what was taken out of the way, with where it led. Raises Failed, OSError.

    `kept`: what the task also reads, so that it becomes a copy instead.
    """
    for path in paths:
        os.makedirs(trunk(path) or ".", exist_ok=True)
    read = {os.path.abspath(one) for path in kept for one in matches(path)}
    for link, target in locked(paths):
        if overwrite == "refuse":
            raise Failed(f"{link} is there already, and --overwrite refuse was asked for")
        if overwrite == "keep" and os.geteuid() == 0:
            raise Failed(f"{link} is locked, and root would write into the annex itself; use --overwrite replace")
        if overwrite == "unlock" or _is_kept(link, read):
            _unlock(link)
            taken[link] = target
        elif overwrite == "replace" and _unlink(link):
            taken[link] = target


def _is_kept(link: str, read: set[str]) -> bool:
    """Whether it is at or below one of these, and its content is here."""
    parts = os.path.abspath(link).split("/")
    heads = {"/".join(parts[:count]) or "/" for count in range(1, len(parts) + 1)}
    return not heads.isdisjoint(read) and os.path.exists(link)


def _unlink(link: str) -> bool:
    """Whether it was ours to remove: tasks of an array may share outputs, and begin together."""
    try:
        os.unlink(link)
    except FileNotFoundError:
        return False
    return True


def _unlock(link: str) -> None:
    """A copy in place of the link, that its owner can write."""
    if not os.path.exists(link):
        raise Failed(f"the content of {link} is not here; get it first: datalad get {link}")
    from shutil import copy2  # dear, and rarely needed

    fresh = f"{link}.burro-{os.getpid()}"
    copy2(link, fresh)
    os.chmod(fresh, os.stat(fresh).st_mode | 0o200)
    os.replace(fresh, link)


def locked(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The links of git-annex at and below these paths or patterns, and where each leads."""
    for declared in paths:
        for path in matches(declared):
            for link in [path] if os.path.islink(path) else _links_below(path):
                target = os.readlink(link)
                if ANNEX in target:
                    yield link, target


def _links_below(path: str) -> list[str]:
    """All of them before the first is touched; a repository's own directory, and others below it, are no outputs."""
    found = []
    for directory, below, names in os.walk(path):
        if directory != path and ".git" in (*below, *names):
            below[:] = []  # a repository of its own
            continue
        below[:] = [name for name in below if name != ".git"]
        found += [os.path.join(directory, name) for name in [*below, *names]]
    return [one for one in found if os.path.islink(one)]


def put_back(taken: dict[str, str]) -> None:
    """The links as they were, where nothing has come in their place, or a copy that nobody has written to."""
    for link, target in taken.items():
        if os.path.lexists(link) and not _is_untouched(link, target):
            continue
        fresh = f"{link}.burro-{os.getpid()}"
        try:
            os.makedirs(os.path.dirname(link) or ".", exist_ok=True)
            os.symlink(target, fresh)
            os.replace(fresh, link)
        except OSError as error:
            sys.stderr.write(f"burro: {link} could not be put back: {error.strerror}\n")


def _is_untouched(copy: str, target: str) -> bool:
    try:
        one, other = os.lstat(copy), os.stat(os.path.join(os.path.dirname(copy), target))
    except OSError:
        return False
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _wait(command: list[str]) -> int:
    """The exit code of a command, below zero for a signal. Who stops the task signals the command as well as us."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT):
        signal.signal(number, _live_on)  # a handler: what is ignored would be ignored by the command too
    try:
        pid = os.posix_spawnp(command[0], command, os.environ)
    except OSError as error:
        sys.stderr.write(f"burro: {command[0]} cannot be run: {error.strerror}\n")
        return CANNOT
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _live_on(*_: object) -> None:
    """What is to be put back is put back after the command has ended."""


def _die_of(number: int) -> NoReturn:
    """End as the command did, without a second core file."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    signal.pause()
    raise AssertionError("a signal that ends processes did not end this one")
