"""Names of a task's files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burro.model.patterns import another, expand, letters_of, of_attempt

SPEC = {"name": "fit", "user": "ann", "submitted": 0.0}
LETTERS = letters_of(SPEC, job=12, idx=3, number=2, host="n1")


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("plain", "plain"),
        ("%j.out", "12.out"),
        ("%A/%a", "12/3"),
        ("%x-%u@%N.%t", "fit-ann@n1.2"),
        ("100%%", "100%"),
        ("%%j", "%j"),
        ("%%%j", "%12"),
        ("%q", "%q"),
        ("%", "%"),
        ("%j%j", "1212"),
    ],
)
def test_letters_are_filled_in(pattern, name):
    assert expand(pattern, LETTERS) == name


def test_the_time_of_submission_is_a_letter():
    assert expand("%d", letters_of({**SPEC, "submitted": 86400.0 * 365}, job=1, idx=0, number=1, host="h"))[:4] in (
        "1970",
        "1971",
    )


def test_a_name_cannot_lead_to_another_directory():
    assert (
        expand("%x.out", letters_of({**SPEC, "name": "../../etc/x"}, job=1, idx=0, number=1, host="h"))
        == ".._.._etc_x.out"
    )


@given(st.text(alphabet="%jAaxNtud/.0", max_size=12))
def test_no_pattern_breaks_it(pattern):
    assert isinstance(expand(pattern, LETTERS), str)


def test_later_attempts_have_names_of_their_own():
    assert of_attempt("a.out", 1) == "a.out"
    assert of_attempt("a.out", 3) == "a.out.3"
    assert of_attempt("a-%t.out", 3) == "a-%t.out"


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("burro-1.out", "burro-1-1.out"),
        ("burro-1.out.2", "burro-1-1.out.2"),
        ("d.d/name", "d.d/name-1"),
        ("d/12/3.out", "d/12/3-1.out"),
        ("name", "name-1"),
    ],
)
def test_a_taken_name_has_others_beside_it(path, other):
    assert another(path, 1) == other


@given(st.from_regex(r"[a-z]{1,5}(/[a-z.0-9]{1,8}){0,2}", fullmatch=True))
def test_another_name_lies_in_the_same_directory_and_is_another(path):
    names = {another(path, count) for count in range(1, 5)}
    assert len(names | {path}) == 5
    assert {name.rpartition("/")[0] for name in names} == {path.rpartition("/")[0]}
