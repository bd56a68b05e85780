"""The system's own commands that the rig is made of."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

PLACES = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
_SFTP_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server")


class Unavailable(Exception):
    """A rig that cannot be had on this computer, with what it would need."""


class Missing(Exception):
    """A command that was not installed, though it could be."""


def program(name: str) -> str:
    """The path of a command: sshd wants to be called by it, and the user's own `ssh` must not find itself."""
    path = shutil.which(name, path=PLACES)
    if path is None:
        raise Missing(f"this computer has no {name}; tools/for-tests installs what the tests need, `make test` runs it")
    return path


def sftp_server() -> str:
    """The program behind scp and sftp, which lies elsewhere in every distribution."""
    return next((path for path in _SFTP_SERVERS if Path(path).exists()), "internal-sftp")


@functools.cache
def no_penalties() -> str:
    """What a newer sshd must be told, so that it goes on listening to a user whom it has refused a few times."""
    version = subprocess.run([program("ssh"), "-V"], capture_output=True, text=True, check=True).stderr
    found = re.match(r"OpenSSH_(\d+)\.(\d+)", version)
    return "PerSourcePenalties no\n" if found and tuple(map(int, found.groups())) >= (9, 8) else ""


@functools.cache
def can_unshare(*namespaces: str) -> bool:
    """Whether we may have namespaces of our own: root may, but for the root of most containers."""
    if os.geteuid() != 0:
        return False
    return subprocess.run([program("unshare"), *namespaces, "true"], capture_output=True, check=False).returncode == 0


def new_key(path: Path, comment: str) -> str:
    """Make a key pair at `path` and `path`.pub, over an earlier one; the public half."""
    public = path.with_name(f"{path.name}.pub")
    for old in (path, public):
        old.unlink(missing_ok=True)
    command = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)]
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
    return public.read_text().strip()
