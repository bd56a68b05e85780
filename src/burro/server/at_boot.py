"""Having a queue's server started at boot: by the user's systemd where one really answers, else by cron."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..base.errors import Failed, UsageError
from .boot_entry import BootEntry

_ANSWERS = ("running", "degraded", "starting", "initializing")  # what systemctl says where one is there
_WITHIN = 30.0  # seconds for such a command; starting may take longer


@dataclass(frozen=True)
class Installed:
    """`by`: systemd or cron. `notes`: what the user has to know besides."""

    by: str
    text: str
    notes: list[str] = field(default_factory=list)


def install(queue: str) -> Installed:
    """Have it started from now on. Raises UsageError or Failed with what to do where nothing here does such a thing."""
    if "\n" in queue or not queue.isprintable():
        raise UsageError(f"neither systemd nor cron takes a queue of that name: {queue!r}; choose another directory")
    entry = BootEntry(queue, tuple(sorted(os.environ.items())))
    if _has_systemd():
        _to_cron(entry, wanted=False)
        return _to_systemd(entry)
    if _to_cron(entry, wanted=True):
        return Installed("cron", f"the server starts again at boot: a line in your crontab, {entry.name}")
    raise Failed(
        f"no systemd of yours answers here, and crontab takes nothing; where your site starts things: {entry.start}"
    )


def remove(queue: str) -> bool:
    """Have it started no more; whether it was."""
    entry = BootEntry(queue)
    path = _unit_path(entry)
    was = os.path.exists(path)
    if was:
        _run("systemctl", "--user", "disable", f"{entry.name}.service")
        os.unlink(path)
        _run("systemctl", "--user", "daemon-reload")
    return _to_cron(entry, wanted=False) or was


def found(queue: str) -> str | None:
    """What starts it at boot; None where nothing does."""
    entry = BootEntry(queue)
    if os.path.exists(_unit_path(entry)):
        return f"the unit {entry.name} of your systemd starts it"
    return f"the line {entry.name} of your crontab starts it" if entry.name in _crontab() else None


def start(queue: str) -> bool:
    """Start the server as at boot, so that it is in nobody's session; whether systemd did."""
    entry = BootEntry(queue)
    return (
        os.path.exists(_unit_path(entry))
        and not _run("systemctl", "--user", "restart", f"{entry.name}.service", within=2 * _WITHIN).returncode
    )


def _has_systemd() -> bool:
    return _run("systemctl", "--user", "is-system-running").stdout.strip() in _ANSWERS


def _to_systemd(entry: BootEntry) -> Installed:
    path = _unit_path(entry)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(entry.unit)
    for words in (("daemon-reload",), ("enable", f"{entry.name}.service")):
        done = _run("systemctl", "--user", *words)
        if done.returncode:
            os.unlink(path)
            raise Failed(f"systemctl --user {' '.join(words)}: {done.stderr.strip() or 'it failed'}")
    user = pwd.getpwuid(os.geteuid()).pw_name
    lingers = _run("loginctl", "show-user", user, "--property=Linger").stdout.strip() == "Linger=yes"
    hint = "it starts when you log in, and ends when you log out; to have it from boot on: loginctl enable-linger"
    return Installed("systemd", f"the server starts again at boot: {path}", [] if lingers else [hint])


def _unit_path(entry: BootEntry) -> str:
    settings = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(settings, "systemd", "user", f"{entry.name}.service")


def _to_cron(entry: BootEntry, *, wanted: bool) -> bool:
    """Whether something was changed, or is as wanted already."""
    before = _crontab()
    after = entry.added_to(before) if wanted else entry.removed_from(before)
    if after == before:
        return wanted
    return not _run("crontab", "-", text=after).returncode


def _crontab() -> str:
    """The user's own; empty where there is none."""
    done = _run("crontab", "-l")
    return done.stdout if done.returncode == 0 else ""


def _run(*words: str, text: str | None = None, within: float = _WITHIN) -> subprocess.CompletedProcess[str]:
    """A command that may not be there, and must not change what it says with the language."""
    env: Mapping[str, str] = {**os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(
            words, input=text, capture_output=True, encoding="utf-8", env=env, timeout=within, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(words, 127, "", str(error))
