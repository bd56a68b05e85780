"""Lists of nodes as Slurm prints them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burro.base.errors import UsageError
from burro.pools.nodelist import expand


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("(null)", ()),
        ("None assigned", ()),
        ("node1", ("node1",)),
        ("node[1-3]", ("node1", "node2", "node3")),
        ("node[08-10,2]", ("node08", "node09", "node10", "node2")),
        ("a[1-2],login,b[7]", ("a1", "a2", "login", "b7")),
        ("r[1-2]n[01-02]-ib", ("r1n01-ib", "r1n02-ib", "r2n01-ib", "r2n02-ib")),
    ],
)
def test_a_list_names_every_node(text, names):
    assert expand(text) == names


@pytest.mark.parametrize(
    "text", ["node[1-", "node[]", "node[3-1]", "a,,b", "a,", "[1-9999999]", "n[1-999]x[1-999]", "n]"]
)
def test_what_is_no_list_is_refused(text):
    with pytest.raises(UsageError):
        expand(text)


@given(st.lists(st.integers(0, 9999), min_size=1, max_size=30), st.integers(1, 5))
def test_numbers_keep_their_zeros(numbers, width):
    folded = f"n[{','.join(f'{number:0{width}}' for number in numbers)}]"
    assert expand(folded) == tuple(f"n{number:0{width}}" for number in numbers)
