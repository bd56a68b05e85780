"""A machine by ssh as a person reaches it: to log in, to run a command there, to bring files there and back."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO

from ..base.errors import Failed, UsageError
from ..base.paths import check_socket_dir, socket_dir

Hear = Callable[[str], None] | None  # gets lines
Env = Mapping[str, str] | None  # None: ours
SETTINGS = (
    *("ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no"),
    *("ServerAliveInterval=15", "ServerAliveCountMax=3", "ConnectTimeout=15"),
)
_MASTER = "cm-%C"  # as ssh names it, by host, port and user: ssh_config(5)
# The script travels as digits and backslashes only, so that no login shell takes it apart or turns it into another
# alphabet. It runs within the shell of a login, with the environment that tasks have there; csh knows no -l beside -c.
_THERE = (
    'exec sh -c \'BURRO_SCRIPT="{octal}"; export BURRO_SCRIPT; q=$(printf "\\047"); s=${{SHELL:-/bin/sh}}; '
    'c="exec sh -c ${{q}}eval \\"\\$(printf %b \\"\\$BURRO_SCRIPT\\")\\"$q"; '
    'case $s in *csh) exec "$s" -c "$c" ;; *) exec "$s" -l -c "$c" ;; esac\''
)
_LONGEST = 20_000  # bytes of a script
_UNREACHED = 255  # ssh's own exit code where it could not connect


def has_master() -> bool:
    """Whether `log_in` has left a connection, to whatever machine: only then is ssh sent to look for its own."""
    try:
        found = os.listdir(socket_dir())
    except OSError:
        return False
    return any(name.startswith(_MASTER.partition("%")[0]) for name in found)


def ssh_words(*, asks: bool = True, shares: bool | None = None) -> list[str]:
    """`ssh` and its options. `asks`: it may ask on the terminal. `shares`: use the connection of a login."""
    settings = [*SETTINGS, *([] if asks else ["BatchMode=yes"])]
    if has_master() if shares is None else shares:
        settings.append(f"ControlPath={socket_dir()}/{_MASTER}")
    return ["ssh", *(word for setting in settings for word in ("-o", setting))]


def log_in(host: str, *, env: Env = None) -> int:
    """Let ssh ask on the terminal what it has to, and keep the connection for all of ours; ssh's exit code."""
    _make_socket_dir()
    words = ssh_words(shares=True)
    kept = ["-o", "ControlMaster=auto", "-o", "ControlPersist=yes"]
    return subprocess.run([*words, *kept, "--", host, "true"], check=False, env=env).returncode


def log_out(host: str) -> int:
    """End that connection; ssh's exit code."""
    command = [*ssh_words(shares=True), "-O", "exit", "--", host]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode


def _make_socket_dir() -> None:
    try:
        os.mkdir(socket_dir(), 0o700)
    except FileExistsError:
        pass
    check_socket_dir(socket_dir())


def there(script: str) -> str:
    """The one word that makes ssh run a shell script there, whatever shell it meets. Raises UsageError."""
    text = b"unset BURRO_SCRIPT; " + os.fsencode(script)
    if len(text) > _LONGEST or b"\0" in text:
        raise UsageError("the command is too long for ssh; put it into a file there and run that")
    return _THERE.format(octal="".join(f"\\0{byte:03o}" for byte in text))


def in_directory(path: str, script: str, *, env: Mapping[str, str] | None = None) -> str:
    """The script that runs `script` in a directory there; `~` is the home there."""
    settings = "".join(f"export {name}={shlex.quote(text)}; " for name, text in (env or {}).items())
    return f"cd {quoted(path)} || exit 1; {settings}{script}"


def quoted(path: str) -> str:
    """A path for the shell there, of which only a leading `~` means something."""
    if path == "~":
        return '"$HOME"'
    return f'"$HOME"/{shlex.quote(path[2:])}' if path.startswith("~/") else shlex.quote(path)


def run(
    host: str, script: str, *, env: Env, terminal: bool = False, hear: Hear = None, given: IO[bytes] | None = None
) -> int:
    """Run a shell script at a machine; its exit code. `hear` gets its lines; without it they go where ours go.

    `env`: of ssh; `given`: what the script reads. Raises Failed where ssh cannot.
    """
    command = [*ssh_words(), "-t" if terminal else "-T", "--", host, there(script)]
    return _finish(command, host, hear, env, given=given)


def _finish(command: Sequence[str], host: str, hear: Hear, env: Env, *, given: IO[bytes] | None = None) -> int:
    if hear is None:
        return subprocess.run(command, check=False, env=env).returncode
    how = {"stdin": given or subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    last = ""
    with subprocess.Popen(command, text=True, errors="backslashreplace", env=env, **how) as started:  # type: ignore[call-overload]  # mypy loses `how`
        for line in started.stdout:
            last = line.rstrip("\n")
            hear(last)
    code: int = started.returncode
    if code == _UNREACHED and not last:
        raise Failed(f"{host} could not be reached by ssh; try: ssh {host} true")
    return code


def rsync(options: Iterable[str], sources: Sequence[str], target: str) -> list[str]:
    """The command line that copies; one side has `HOST:` before its paths.

    -s keeps the shell there from looking at paths, -R keeps what stands behind `/./`; what was cut off is gone on with.
    """
    words = " ".join(ssh_words())
    return ["rsync", "-a", "-R", "-s", "--partial-dir=.rsync-partial", *options, "-e", words, "--", *sources, target]


def far_path(host: str, path: str) -> str:
    """A path at a machine as rsync wants it: relative is relative to the home there."""
    if path in ("~", "~/"):
        return f"{host}:./"
    return f"{host}:{path.removeprefix('~/')}"


def copy(command: Sequence[str], hear: Hear, *, env: Env) -> int:
    """Run rsync; its exit code. Raises Failed where there is none."""
    try:
        return _finish(command, "", hear, env)
    except FileNotFoundError:
        raise Failed("there is no rsync here; install it, here and there") from None
