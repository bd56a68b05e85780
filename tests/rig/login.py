"""What somebody who logs in finds: the machine's own home, environment and shell.

sshd takes home and shell from the password file, where all machines of the rig would have the same ones. So every key
is bound to the script below, which goes to the machine's home and starts its shell as sshd would have done. The first,
short-lived shell gets an empty home (SetEnv): the developer's own start files stay out of it. A ForceCommand of sshd
would do the same, but it overrules a key's own command, which some tests need.
"""

from __future__ import annotations

import fnmatch
import os
import shlex
import shutil
import sys
from pathlib import Path

SYSTEM = "/usr/local/bin:/usr/bin:/bin"

_SCRIPT = """#!/bin/sh
cd {home} || exit 1
export HOME={home} PATH={path} TMPDIR={tmp} SHELL={shell} RIG_MACHINE={name}
if [ $# -gt 0 ]; then
    exec env -u OLDPWD -u SHLVL {shell} -c "$1" # the one command that this key is good for
elif [ -z "${{SSH_ORIGINAL_COMMAND+x}}" ]; then
    exec env -u OLDPWD -u SHLVL {shell} -l
fi
command=$SSH_ORIGINAL_COMMAND
# Without SHLVL bash takes itself for a child of sshd, which reads .bashrc.
exec env -u OLDPWD -u SHLVL -u SSH_ORIGINAL_COMMAND {shell} -c "$command"
"""


class Login:
    """A machine's home and what is found there."""

    def __init__(self, name: str, directory: Path) -> None:
        self.home, self.tmp, self.bin = directory / "home", directory / "tmp", directory / "bin"
        self.nobodys, self._visible = directory / "nobodys", directory / "visible"
        for folder in (self.home, self.tmp, self.bin, self.nobodys, self._visible):
            folder.mkdir(parents=True)
        self._name, self._script = name, directory / "login"
        if shutil.which("python3", path=SYSTEM) is None:
            (self.bin / "python3").symlink_to(os.path.realpath(sys.executable))
        self.change()

    def change(self, *, path: str = SYSTEM, shell: str = "/bin/bash") -> None:
        """What commands find from now on. The machine's `bin` always comes first."""
        words = {"home": self.home, "path": f"{self.bin}:{path}", "tmp": self.tmp, "shell": shell, "name": self._name}
        text = _SCRIPT.format(**{key: shlex.quote(str(value)) for key, value in words.items()})
        fresh = self._script.with_name("login.new")  # somebody may be reading the old one
        fresh.write_text(text)
        fresh.chmod(0o755)
        fresh.rename(self._script)

    def hide(self, *patterns: str) -> None:
        """Leave commands whose names match out of the PATH: `hide("python*")`."""
        for folder in map(Path, SYSTEM.split(":")):
            for command in folder.iterdir() if folder.exists() else ():
                self._show(command, patterns)
        self.change(path=str(self._visible))

    def _show(self, command: Path, patterns: tuple[str, ...]) -> None:
        link = self._visible / command.name
        if any(fnmatch.fnmatch(command.name, pattern) for pattern in patterns):
            link.unlink(missing_ok=True)
        elif not os.path.lexists(link):
            link.symlink_to(command)

    def add(self, name: str, script: str) -> Path:
        """Put a command of our own before all others."""
        path = self.bin / name
        path.write_text(script)
        path.chmod(0o755)
        return path

    def line(self, public_key: str, only: str | None = None) -> str:
        """The line of authorized_keys that lets this key in; `only`: for one command."""
        words = [str(self._script)] if only is None else [str(self._script), only]
        command = shlex.join(words).replace('"', r"\"")
        return f'command="{command}" {public_key}\n'
