"""What can be seen of a folder without taking it: when something in it changed last, and what must not be in it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

from .files import open_dir
from .names import ARCHIVES, shown

_DEEPEST = 64
_FIXED = ("job.sh", "tasks.txt", "job.toml", "job_name.txt", "job_output.txt")  # these are opened by name


@dataclass
class Sight:
    """A folder as it was seen. `why`: it is not taken, ever; `top`: when it itself was changed or moved last."""

    names: frozenset[str] = frozenset()
    top: float = 0.0
    inside: float = 0.0  # the last change of anything in it
    files: int = 0
    size: int = 0
    latest: float = 0.0  # the last time of modification
    why: str | None = None
    _links: list[str] = field(default_factory=list)

    @property
    def mark(self) -> tuple[float, ...]:
        """Another one when something has changed."""
        return (self.top, self.inside, self.files, self.size, self.latest)


def survey(under: int, name: str, *, links: bool, most: int, fresh: bool = False) -> Sight:
    """Look at all of a folder. `links`: they may lead out of it. `fresh`: do not believe what a cache says.

    Raises OSError where it vanishes meanwhile.
    """
    found = os.stat(name, dir_fd=under, follow_symlinks=False)
    if not stat.S_ISDIR(found.st_mode):
        kind = _kind(found.st_mode)
        known = f"; archives are {', '.join(ARCHIVES)}" if stat.S_ISREG(found.st_mode) else ""
        return Sight(why=f"it is {kind}, not a folder{known}", top=found.st_ctime, latest=found.st_mtime)
    if found.st_uid != os.geteuid():
        return Sight(why="it belongs to somebody else")
    if found.st_mode & 0o700 != 0o700:
        return Sight(why=f"it cannot be read and written by you; its mode is {found.st_mode & 0o777:04o}")
    if found.st_dev != os.fstat(under).st_dev:
        return Sight(why="another file system is mounted there")
    sight = Sight(top=found.st_ctime, latest=found.st_mtime, inside=found.st_mtime)
    _walk(sight, under, name, path="", device=found.st_dev, allow=(links, most, fresh))
    return sight


def _walk(sight: Sight, under: int, name: str, *, path: str, device: int, allow: tuple[bool, int, bool]) -> None:
    """Add what one directory has, then what those in it have. Stops at the first thing that must not be."""
    links, most, fresh = allow
    depth = path.count("/")
    end = open_dir(name, under=under)
    try:
        with os.scandir(end) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        if not path:
            sight.names = frozenset(entry.name for entry in found)
        for entry in found:
            facts = os.stat(entry.name, dir_fd=end, follow_symlinks=False)
            if fresh and stat.S_ISREG(facts.st_mode):
                facts = _looked_at_anew(end, entry.name, facts)
            _note(sight, facts)
            where = path + entry.name
            sight.why = sight.why or _objection(facts, end, entry.name, where, device=device, links=links)
            if sight.files > most:
                sight.why = f"it has more than {most:,} files"
            if depth > _DEEPEST:
                sight.why = "its directories are nested too deep"
            if sight.why is None and stat.S_ISDIR(facts.st_mode):
                _walk(sight, end, entry.name, path=where + "/", device=device, allow=allow)
            if sight.why is not None:
                return
    finally:
        os.close(end)


def _note(sight: Sight, facts: os.stat_result) -> None:
    sight.files += 1
    sight.size += facts.st_size
    sight.inside = max(sight.inside, facts.st_ctime, facts.st_mtime)
    sight.latest = max(sight.latest, facts.st_mtime)


def _looked_at_anew(under: int, name: str, facts: os.stat_result) -> os.stat_result:
    """Network file systems ask the server when a file is opened."""
    try:
        end = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=under)
    except PermissionError:
        return facts
    try:
        return os.fstat(end)
    finally:
        os.close(end)


def _objection(facts: os.stat_result, under: int, name: str, where: str, *, device: int, links: bool) -> str | None:
    mode = facts.st_mode
    if facts.st_uid != os.geteuid():
        return f"{shown(where)} in it belongs to somebody else"
    if stat.S_ISDIR(mode):
        closed = mode & 0o700 != 0o700
        return f"{shown(where)} in it cannot be read and written by you" if closed else _elsewhere(facts, device, where)
    if where in _FIXED and not stat.S_ISREG(mode):
        return f"{where} is {_kind(mode)}, not a plain file"
    if stat.S_ISREG(mode):
        return f"{where} has another name elsewhere (a hard link)" if where in _FIXED and facts.st_nlink > 1 else None
    if not stat.S_ISLNK(mode):
        return f"{shown(where)} in it is {_kind(mode)}"
    if not links and leads_out(os.readlink(name, dir_fd=under), depth=where.count("/")):
        return f"{shown(where)} in it is a link that leads out of it (to allow that: --links)"
    return None


def _elsewhere(facts: os.stat_result, device: int, where: str) -> str | None:
    return None if facts.st_dev == device else f"another file system is mounted at {shown(where)} in it"


def leads_out(target: str, *, depth: int) -> bool:
    """Whether a link so many directories deep may lead out. `..` may only begin it: behind a link it misleads."""
    parts = [part for part in target.split("/") if part not in ("", ".")]
    ups = next((place for place, part in enumerate(parts) if part != ".."), len(parts))
    return target.startswith("/") or ups > depth or ".." in parts[ups:]


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFREG: "a file",
        stat.S_IFLNK: "a symbolic link",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(mode), "a device")
