"""The worker as one file: a zipapp that any Python >= 3.9 runs, sent to machines where nothing is installed.

`setup.py` loads this file by its path, before burro can be imported: the standard library only, at import.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

NAME = "burro-worker.pyz"
PACKAGES = ("base", "link", "model", "worker")

_ENTRY = """\
import sys

from burro.worker.__main__ import main

sys.exit(main())
"""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold


def write_worker_zipapp(target: Path, *, package: Path) -> Path:
    """Write the worker of the package directory `package` to `target`, whole or not at all.

    The same source gives the same bytes.
    Raises OSError where `target` cannot be written.
    """
    return _replace(target, _zipapp(package))


def worker_zipapp() -> Path:
    """The worker's zipapp of the burro that runs, made anew if it is missing or older than its source.

    It lies in the package, or in the user's cache directory where the package cannot be written.
    Raises OSError where neither can.
    """
    package = Path(__file__).resolve().parent.parent
    content = _zipapp(package)
    beside = package / NAME
    if _holds(beside, content):
        return beside
    try:
        return _replace(beside, content)
    except OSError:
        cached = _cache_directory() / NAME
    return cached if _holds(cached, content) else _replace(cached, content)


def worker_file() -> tuple[bytes, str]:
    """The content of that zipapp, and its SHA-256 in hex: what travels to machines where nothing is installed."""
    content = _zipapp(Path(__file__).resolve().parent.parent)
    return content, hashlib.sha256(content).hexdigest()


def _zipapp(package: Path) -> bytes:
    # Stored, not deflated: what zlib makes differs from version to version.
    body = io.BytesIO(b"#!/usr/bin/env python3\n")
    body.seek(0, io.SEEK_END)
    with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_entry("__main__.py"), _ENTRY)
        for source in _sources(package):
            name = f"burro/{source.relative_to(package).as_posix()}"
            archive.writestr(_entry(name), source.read_bytes())
    return body.getvalue()


def _sources(package: Path) -> Iterator[Path]:
    yield package / "__init__.py"
    for name in PACKAGES:
        yield from sorted((package / name).rglob("*.py"))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_EPOCH)
    entry.create_system = 3  # Unix, also when made elsewhere
    entry.external_attr = 0o644 << 16
    return entry


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _replace(target: Path, content: bytes) -> Path:
    """Write by way of a neighbour, so that nobody ever reads a half."""
    target.parent.mkdir(parents=True, exist_ok=True)
    number, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        os.chmod(draft, 0o755)  # noqa: S103 - anybody may run it; it holds no secret
        os.replace(draft, target)
    except OSError:
        os.unlink(draft)
        raise
    return target


def _cache_directory() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "burro"
