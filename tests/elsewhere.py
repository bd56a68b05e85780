"""Another machine that a test can reach by ssh: an `ssh` on PATH that runs its last argument in another home."""

from __future__ import annotations

import sys
from pathlib import Path

_SSH = """\
#!/bin/sh
# stands for ssh: says what it was asked, as a banner would, and runs the command as another account's shell does
while [ $# -gt 2 ]; do
    case $1 in --) shift; break ;; *) shift ;; esac
done
host=$1
case $host in
    nowhere) echo "ssh: Could not resolve hostname nowhere: Name or service not known" >&2; exit 255 ;;
    bare) path=/usr/bin:/bin ;;
    *) path={python}:/usr/bin:/bin ;;
esac
echo "Welcome to $host"
echo "ssh $*" >> '{root}/asked'
echo $$ >> '{root}/pids'
cd '{root}/home' && exec env -i HOME='{root}/home' USER=bea SHELL=/bin/sh PATH="$path" SSH_CONNECTION=x \
    {more} sh -c "$2"
"""


class Machine:
    """The other machine: its home, and the queue of its account."""

    def __init__(self, root: Path, world) -> None:
        self.root, self.home = root, root / "home"
        self.home.mkdir(parents=True)
        self.queue = self.home / "q"
        (self.home / ".profile").write_text("export FROM_PROFILE=yes\necho the profile talks\n")
        place = world.home / "bin"
        place.mkdir()
        more = " ".join(f"{name}={world.env[name]}" for name in ("BURRO_TESTING",) if name in world.env)
        text = _SSH.format(root=root, python=Path(sys.executable).parent, more=more)
        (place / "ssh").write_text(text)
        (place / "ssh").chmod(0o755)
        world.env["PATH"] = f"{place}:{world.env['PATH']}"
        self.address = "ssh://far/~/q"

    def asked(self) -> list[str]:
        """What ssh was asked to run, in order."""
        return (self.root / "asked").read_text().splitlines() if (self.root / "asked").exists() else []
