"""What kind of file system a path lies on, from /proc/self/mountinfo (proc(5))."""

from __future__ import annotations

import os

_PLAIN = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "gpfs", "beegfs", "ceph", "glusterfs", "afs", "9p")
NETWORK = frozenset((*_PLAIN, "fuse.sshfs", "fuse.glusterfs", "pvfs2", "orangefs"))


def file_system(path: str) -> str:
    """The type of the file system that holds `path`, as mount(8) names it; `unknown` where that cannot be told."""
    path = os.path.realpath(path)
    best, kind = "", "unknown"
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            lines = file.readlines()
    except OSError:
        return kind
    for line in lines:
        fields, _, rest = line.partition(" - ")
        point = fields.split()[4].encode("latin-1", "surrogateescape").decode("unicode_escape")
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, rest.split()[0]
    return kind


def is_network(path: str) -> bool:
    """Whether `path` lies on a network file system, whose locks and maps are not to be trusted."""
    return file_system(path) in NETWORK
