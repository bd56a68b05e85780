"""How git-annex names contents and where it keeps them, as far as burro does it by itself."""

from __future__ import annotations

import hashlib
import os
import struct

HASHES = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}
BACKENDS = {*HASHES, *(f"{name}E" for name in HASHES)}

_LETTERS = "0123456789zqjxkmvwgpfZQJXKMVWGPF"  # git-annex's own 32
_EXTENSIONS, _LONGEST = 2, 4  # how many, and how long, are kept in keys
_CHUNK = 1 << 20
_ESCAPES = (("&", "&a"), ("%", "&s"), (":", "&c"), ("/", "%"))


def key_of(path: str, backend: str) -> str:
    """The key of a file's content."""
    digest, size = hashlib.new(HASHES[backend.removesuffix("E")], usedforsecurity=False), 0
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return f"{backend}-s{size}--{digest.hexdigest()}{extension(path) if backend.endswith('E') else ''}"


def extension(path: str) -> str:
    """What of a file's name stands in its key: at most two short endings of letters and digits."""
    endings = os.path.basename(path).lstrip(".").split(".")[1:]
    kept: list[str] = []
    for ending in reversed(endings):
        if len(os.fsencode(ending)) > _LONGEST:
            break
        if all(letter.isalnum() or ord(letter) > 127 for letter in ending):
            kept.append(ending)
    return "".join(f".{ending}" for ending in reversed(kept[:_EXTENSIONS]) if ending)


def place_of(key: str) -> str:
    """Where a key's content lies, relative to the directory `annex/objects` of git."""
    first, second = _mixed(key)
    name = escaped(key)
    return f"{first}/{second}/{name}/{name}"


def escaped(key: str) -> str:
    """The key as a file's name."""
    for letter, stands in _ESCAPES:
        key = key.replace(letter, stands)
    return key


def unescaped(name: str) -> str:
    """The key that a file's name stands for."""
    for letter, stands in reversed(_ESCAPES):
        name = name.replace(stands, letter)
    return name


def _mixed(key: str) -> tuple[str, str]:
    (word,) = struct.unpack("<I", hashlib.md5(os.fsencode(key), usedforsecurity=False).digest()[:4])
    letters = [_LETTERS[word >> (6 * n) & 31] for n in range(4)]
    return letters[1] + letters[0], letters[3] + letters[2]


def key_of_link(target: str) -> str | None:
    """The key whose content a symbolic link means; None for links that are not git-annex's."""
    _, inside, rest = f"/{target}".partition("/.git/annex/objects/")
    return unescaped(os.path.basename(rest)) if inside and rest.count("/") == 3 else None


def link_to(key: str, path: str) -> str:
    """What the symbolic link at a path from the root says, for it to mean the content of a key."""
    return "../" * path.count("/") + f".git/annex/objects/{place_of(key)}"
