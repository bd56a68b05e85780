"""Another machine that a test can reach by ssh: an `ssh` on PATH that runs its command in another home."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

_SSH = """\
#!/bin/sh
# stands for ssh: notes what it was asked, talks as a banner does, and lets the shell of another account run the command
line="$*"
while :; do
    case $1 in
        --) shift; break ;;
        -o | -p | -l) shift 2 ;;
        -O) exit 255 ;;
        -*) shift ;;
        *) break ;;
    esac
done
host=$1; shift
case $host in
    nowhere) echo "ssh: Could not resolve hostname nowhere: Name or service not known" >&2; exit 255 ;;
    bare) path=/usr/bin:/bin ;;
    *) path={python}:/usr/bin:/bin ;;
esac
case $* in rsync*) ;; *) echo "Welcome to $host" >&2 ;; esac
echo "ssh $line" >> '{root}/asked'
echo $$ >> '{root}/pids'
cd '{root}/home' && exec env -i HOME='{root}/home' USER=bea SHELL=/bin/sh PATH="$path" SSH_CONNECTION=x sh -c "$*"
"""


class Machine:
    """The other machine: its home, and the queue of its account."""

    def __init__(self, root: Path, world: Any) -> None:
        self.root, self.home = root, root / "home"
        self.home.mkdir(parents=True)
        self.queue = self.home / "q"
        self.address = "ssh://far/~/q"
        (self.home / ".profile").write_text("export FROM_PROFILE=yes\n")
        place = world.home / "bin"
        place.mkdir()
        (place / "ssh").write_text(_SSH.format(root=root, python=Path(sys.executable).parent))
        (place / "ssh").chmod(0o755)
        world.env["PATH"] = f"{place}:{world.env['PATH']}"

    def asked(self) -> list[str]:
        """What ssh was asked to run, in order."""
        return (self.root / "asked").read_text().splitlines() if (self.root / "asked").exists() else []

    def end(self) -> None:
        """End what still runs there: a worker outlives its queue's server for a while."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and os.fsencode(self.home) in _command_line(entry):
                try:
                    os.kill(int(entry.name), signal.SIGKILL)
                except ProcessLookupError:
                    continue


def _command_line(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""
