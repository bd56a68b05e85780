"""Texts of others made safe to show: a name or command must not move the cursor, colour the screen or break a line."""

from __future__ import annotations

_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def clean(text: object) -> str:
    """`text` with an escape for whatever cannot be printed; a byte that is no UTF-8 counts as that."""
    shown = str(text)
    return shown if shown.isprintable() else "".join(map(_character, shown))


def _character(one: str) -> str:
    if one.isprintable():
        return one
    if one in _SHORT:
        return _SHORT[one]
    number = ord(one)
    if 0xDC80 <= number <= 0xDCFF:  # how Python carries a byte that is no UTF-8
        return f"\\x{number - 0xDC00:02x}"
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
