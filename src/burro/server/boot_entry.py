"""What is written down so that a queue's server starts at boot: a unit of systemd's, or a line of cron's."""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
from dataclasses import dataclass

_KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "SLURM_CONF", "SGE_ROOT", "SGE_CELL", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
_TRIES = 40
_PAUSE = 15  # seconds: at boot a home directory on the network may be late

_UNIT = """\
# Made by `burro up --at-boot`; `burro up --no-at-boot` removes it.
[Unit]
Description=burro: the queue {queue}

[Service]
Type=oneshot
RemainAfterExit=yes
Delegate=yes
ExecStart=/bin/sh -c {start}
ExecStop=/bin/sh -c {stop}
TimeoutStartSec=infinity
TimeoutStopSec=60

[Install]
WantedBy=default.target
"""


@dataclass(frozen=True)
class BootEntry:
    """That of one queue. `env`: ours, of which a little is kept, so that a scheduler's commands are found then."""

    queue: str
    env: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """It names the queue, which is hardly a name for a file."""
        return "burro-" + hashlib.sha256(os.fsencode(self.queue)).hexdigest()[:16]

    @property
    def start(self) -> str:
        """The shell text that starts the server, tried again for a while."""
        up = shlex.join([sys.executable, "-P", "-m", "burro", "up", "--queue", self.queue])
        given = " ".join(f"{name}={shlex.quote(value)}" for name, value in self.env if name in _KEPT and value)
        again = f"n=$((n+1)); [ $n -lt {_TRIES} ] || exit 1; sleep {_PAUSE}"
        return f"n=0; until {given} {up}; do {again}; done"

    @property
    def unit(self) -> str:
        """The text of the unit (systemd.service(5)). Stopped, it lets the server put back what runs here."""
        stop = shlex.join([sys.executable, "-P", "-m", "burro.server", self.queue, "--end"])
        named = self.queue.replace("%", "%%").encode("unicode_escape").decode("ascii")
        return _UNIT.format(queue=named, start=_word(self.start), stop=_word(stop))

    @property
    def line(self) -> str:
        """The line of a crontab (crontab(5), where % is the end of a line)."""
        text = f"/bin/sh -c {shlex.quote(self.start)} >/dev/null 2>&1".replace("%", "\\%")
        return f"@reboot {text} # {self.name}"

    def added_to(self, crontab: str) -> str:
        """A crontab with our line, once, behind all others."""
        rest = self.removed_from(crontab)
        return f"{rest}{'' if not rest or rest.endswith(chr(10)) else chr(10)}{self.line}\n"

    def removed_from(self, crontab: str) -> str:
        """A crontab without our line; all else stays as it is."""
        return "".join(line for line in crontab.splitlines(keepends=True) if not self._is_ours(line))

    def _is_ours(self, line: str) -> bool:
        return line.startswith("@reboot ") and line.rstrip("\n").endswith(f" # {self.name}")


def _word(text: str) -> str:
    """One word of a command line in a unit (systemd.service(5), Command lines; systemd.unit(5), Specifiers)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'
