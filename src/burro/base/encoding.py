"""Whether a file is text, for what treats texts and other files differently."""

from __future__ import annotations

import os
from typing import Optional

_LOOKED_AT = 64 * 1024  # bytes that tell of an encoding
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")  # texts of two and four bytes a letter
_TEXT = bytes({*range(7, 14), 27, *range(32, 127)})


def is_binary(path: str, size: int) -> Optional[bool]:
    """What `file --mime-encoding` would say, where it is beyond doubt; None where it is not."""
    if size == 0:
        return True
    with open(path, "rb") as file:
        begin = os.read(file.fileno(), _LOOKED_AT)
    if not begin.startswith(_MARKS) and 0 in begin[0::2] and 0 in begin[1::2]:
        return True
    if size <= len(begin) and not begin.translate(None, delete=_TEXT):
        return False
    return None
