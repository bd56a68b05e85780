"""Messages as lines, however the stream was cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burro.link import lines
from burro.link.lines import BadLine, LineReader, encode

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
MESSAGES = st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=3), max_size=5)


@given(MESSAGES, st.lists(st.integers(0, 400), max_size=12))
def test_messages_arrive_whole_wherever_the_stream_is_cut(messages, cuts):
    stream = b"".join(map(encode, messages))
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    reader = LineReader()
    found = [message for first, last in itertools.pairwise(edges) for message in reader.feed(stream[first:last])]
    assert found == messages


def test_a_message_is_one_line_of_ascii():
    text = encode({"name": "ü\n\udc80"})
    assert text.isascii()
    assert text.count(b"\n") == 1
    assert LineReader().feed(text) == [{"name": "ü\n\udc80"}]


def test_empty_lines_are_nothing():
    assert LineReader().feed(b'\n\n{"a": 1}\n\n') == [{"a": 1}]


@pytest.mark.parametrize("line", [b"{", b"[]", b"7", b"null", b"\xff\xfe", b"GET / HTTP/1.1", b'{"a": 1} x'])
def test_what_is_no_object_ends_the_connection(line):
    with pytest.raises(BadLine):
        LineReader().feed(line + b"\n")


def test_a_line_without_end_is_not_collected_for_ever():
    reader = LineReader()
    chunk = b"x" * (lines.LONGEST // 4)
    for _ in range(4):
        reader.feed(chunk)
    with pytest.raises(BadLine, match="too long"):
        reader.feed(chunk)
