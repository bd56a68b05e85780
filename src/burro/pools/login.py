"""The environment that somebody has who logs in here: what starts by ssh without a terminal has far less."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess

_LONGEST = 10.0  # seconds that the user's profile may take
_MARK = b"\nburro-environment\n"
_SHOW = "echo; echo burro-environment; exec env -0"  # understood by every shell that people log in with
_SESSION = ("SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "SSH_AUTH_SOCK", "SHLVL", "PWD", "OLDPWD", "_")


def login_environment() -> dict[str, str]:
    """What the user's shell has after a login, without what belongs to this session; ours where it does not say."""
    found = _asked() or dict(os.environ)
    return {name: value for name, value in found.items() if name not in _SESSION and not name.startswith("BURRO_")}


def home() -> str:
    """The user's home directory."""
    return os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir


def _asked() -> dict[str, str]:
    shell = os.environ.get("SHELL") or pwd.getpwuid(os.geteuid()).pw_shell or "/bin/sh"
    for words in ([shell, "-l", "-c", _SHOW], [shell, "-c", _SHOW]):
        found = _parse(_output(words))
        if found:
            return found
    return {}


def _output(words: list[str]) -> bytes:
    """What a command prints; nothing where it fails or takes too long. Its session is its own, to be ended whole."""
    try:
        shell = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError:
        return b""
    try:
        return shell.communicate(timeout=_LONGEST)[0]
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.communicate()
        return b""


def _parse(printed: bytes) -> dict[str, str]:
    settings = (b"\n" + printed).partition(_MARK)[2].split(b"\0")
    pairs = (os.fsdecode(setting).partition("=") for setting in settings if b"=" in setting)
    return {name: value for name, _, value in pairs if name}
