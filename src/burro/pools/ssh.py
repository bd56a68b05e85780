"""Reaching a machine through the system's ssh: the command, and what is said before messages flow.

Nothing is installed there. One fixed command (`REMOTE`) finds a Python and runs `LOADER`; all that varies travels on
standard input: a first program (worker/boot.py), which keeps the worker's file, and the settings of the link.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from ..base.errors import Unreachable, UsageError

Message = dict[str, Any]  # a line of JSON
MARK = b"\x01burro-link 1\n"
_TROUBLE = b"\x01burro-error "
NO_PYTHON = 86  # exit code of REMOTE where there is none that serves
MOST_NOISE = 2**20  # bytes of banner and .bashrc before the mark
WITHIN = 20.0  # seconds for the mark to come

# Every login shell has to take these, also csh and fish, and one key may be bound to them for years: one line without
# quotes, backslashes and exclamation marks in LOADER, and none but single quotes around all of it in REMOTE.
_OPEN = f"import os; os.write(1, bytes({list(MARK)})); exec(open(0, bytes([114, 98]).decode(), 0, closefd=False)"
# A key that is bound to it says so to whoever wants something else and has nothing to tell it.
_ONLY = b"raise SystemExit('this key is only for tasks of burro')"
LOADER = f"{_OPEN}.readline() or bytes({list(_ONLY)}).decode())"
_NAMES = " ".join(["python3", *(f"python3.{minor}" for minor in range(14, 8, -1))])
_HOST = re.compile(r"[A-Za-z0-9._@][A-Za-z0-9._@-]*")
_PYTHON = re.compile(r"[A-Za-z0-9._/~+][A-Za-z0-9._/~+-]*")


def remote(python: str | None = None) -> str:
    """The command that runs there: `python` alone is tried where it is given. Raises UsageError."""
    if python is not None and not _PYTHON.fullmatch(python):
        raise UsageError(f"python takes the path of a Python without blanks or quotes, not '{python}'")
    return (
        f"exec sh -c 'for p in {python or _NAMES}; do "
        'x=$("$p" -I -S -c "import sys; print(sys.executable * (sys.version_info >= (3, 9)))" 2>/dev/null); '
        f'[ -x "$x" ] && exec "$x" -I -S -c "{LOADER}"; '
        'v=$("$p" -V 2>&1) && n="$n, $p is $v"; done; '
        f'printf "\\001burro-error %s\\n" "$n"; exit {NO_PYTHON}\''
    )


REMOTE = remote()


def check_host(name: str) -> str:
    """`name`, where it can be a Host of ssh's config. Raises UsageError."""
    if not _HOST.fullmatch(name):
        raise UsageError(f"'{name}' is no name of a host; letters, digits and . _ - @ make one")
    return name


def ssh_program() -> str:
    """The first ssh on PATH. Raises Unreachable."""
    found = shutil.which("ssh")
    if found is None:
        raise Unreachable("there is no ssh on the PATH of the server; install OpenSSH's client")
    return found


def ssh_argv(
    host: str, command: str | None = None, *, python: str | None = None, control_path: str | None = None
) -> list[str]:
    """The command line that runs `command` at a host, by default the link, and asks nobody anything.

    `control_path`: of a master connection that may be there. Raises UsageError, or Unreachable without an ssh.
    """
    options = [
        *("BatchMode=yes", "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no"),
        *("ServerAliveInterval=15", "ServerAliveCountMax=3", "ConnectTimeout=15"),
        *([f"ControlPath={control_path}"] if control_path else []),
    ]
    flags = [word for option in options for word in ("-o", option)]
    return [ssh_program(), "-T", *flags, "--", check_host(host), command or remote(python)]


def first_program() -> bytes:
    """The line that LOADER runs."""
    source = (Path(__file__).resolve().parent.parent / "worker" / "boot.py").read_text(encoding="utf-8")
    source += "\nboot()\n"
    return b"exec(" + ascii(source).encode("ascii") + b")\n"


class Greeting:
    """What is said through a new connection until the link answers: bytes in, bytes out.

    `zipapp`: the worker's file; `digest`: its SHA-256. `settings`: the link's, without `op`.
    """

    def __init__(self, zipapp: bytes, digest: str, settings: Message, *, version: str) -> None:
        self._zipapp, self._digest, self._settings, self._version = zipapp, digest, settings, version
        self._text = b""
        self._stage = self._find_mark
        self.noise = b""  # what came before the mark, the end of it
        self.python = ""  # the version of the Python there, once it is known
        self.sent_file = False  # whether the worker's file had to travel
        self.linked: Message | None = None  # the link's answer: from now on messages flow
        self.rest = b""  # what came behind that answer

    @property
    def is_marked(self) -> bool:
        """Whether our program runs there."""
        return self._stage != self._find_mark

    def feed(self, chunk: bytes) -> bytes:
        """What is to be sent now that `chunk` has come. Raises Unreachable with the sentence that says why not."""
        if self.linked is not None:
            self.rest += chunk
            return b""
        self._text += chunk
        answer = b""
        while (more := self._stage()) is not None:
            answer += more
        return answer

    def _find_mark(self) -> bytes | None:
        noise, mark, rest = self._text.partition(MARK)
        if not mark:
            self._check_noise()
            return None
        self.noise, self._text = noise[-2000:], rest
        self._stage = self._hear_boot
        asked = {"op": "boot", "sha256": self._digest, "size": len(self._zipapp), "version": self._version}
        return first_program() + _line_of(asked)

    def _check_noise(self) -> None:
        _, trouble, rest = self._text.partition(_TROUBLE)
        if trouble and b"\n" in rest:
            raise Unreachable(no_python(rest.partition(b"\n")[0].decode("utf-8", "replace")))
        if len(self._text) > MOST_NOISE:
            raise Unreachable("the login there prints more than 1 MB and no end; see what its .bashrc does")

    def _hear_boot(self) -> bytes | None:
        answer = self._line()
        if answer is None:
            return None
        self.python = str(answer.get("python") or "")
        self._stage = self._hear_link
        self.sent_file = not answer.get("have")
        settings = _line_of({"op": "link", **self._settings})
        return self._zipapp + settings if self.sent_file else settings

    def _hear_link(self) -> bytes | None:
        answer = self._line()
        if answer is None:
            return None
        self._stage = self._finish
        self.linked, self.rest, self._text = answer, self._text, b""
        return b""

    def _finish(self) -> bytes | None:
        return None

    def _line(self) -> Message | None:
        """The next line as a message; None where it is not whole."""
        line, end, rest = self._text.partition(b"\n")
        if not end:
            if len(self._text) > MOST_NOISE:
                raise Unreachable("what answers there is no burro")
            return None
        self._text = rest
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Unreachable(f"what answers there is no burro: {line[:200].decode('utf-8', 'replace').strip()}")
        if "error" in answer:
            raise Unreachable(str(answer["error"]))
        return answer


def _line_of(message: Message) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def no_python(found: str) -> str:
    """The sentence for a machine without a Python that serves; `found`: what REMOTE said of those there are."""
    there = found.strip(" ,")
    return (
        f"no Python of at least 3.9 there{f' ({there})' if there else ''}; "
        "name one with python = PATH, or install one: uv python install"
    )


def silent(host: str, *, stderr: str = "", within: float = WITHIN) -> str:
    """The sentence for a connection on which the mark did not come in time."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    said = f"; ssh said last: {lines[-1]}" if lines else ""
    return f"{host} was reached and burro's line did not come within {within:g} s{said}; try: ssh {host} true"


def control_path() -> str:
    """Where the master connections of `burro pool login` lie."""
    return f"/tmp/burro-{os.geteuid()}/cm-%C"  # noqa: S108  # owner and mode are checked before it is used
