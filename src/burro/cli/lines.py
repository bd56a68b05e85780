"""JSON lines without the json package, which costs the quick `submit` more than its round trip.

`_json` is the C part of it: its functions are those that json itself calls (Lib/json/encoder.py, scanner.py).
"""

from __future__ import annotations

from _json import encode_basestring_ascii, make_scanner

Value = object


class _Rules:
    """What json.JSONDecoder hands to the scanner."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo: dict[str, str] = {}  # noqa: RUF012 - the scanner's own


def encode(value: Value) -> str:
    """JSON of texts, whole numbers, booleans, None, and lists and dicts of them."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join([f"{encode_basestring_ascii(name)}:{encode(part)}" for name, part in value.items()]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([encode(part) for part in value]) + "]"
    raise TypeError(type(value).__name__)


def decode(text: str) -> dict[str, Value]:
    """The object that `text` holds. Raises ValueError for anything else."""
    try:
        value, _end = make_scanner(_Rules)(text, 0)  # type: ignore[arg-type] # typeshed has no name for the rules
    except StopIteration:
        raise ValueError(text[:40]) from None
    if isinstance(value, dict):
        return value
    raise ValueError(text[:40])
