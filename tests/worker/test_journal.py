"""The journal: what was written before a kill is known after it, and a line that was cut off says nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burro.worker.entry import Ended, Entry, end_line, entry_lines
from burro.worker.journal import Journal, read

STORY = [
    "s 12 3 1 1 100000000 2 1024 30.0 0,GPU-6f",
    "p 12 3 1 4711 100100000 1700000000000000",
    "s 12 4 1 1 100200000 1 0 - -",
    "u 12 4 1",
    "s 12 5 2 2 100300000 1 0 -",
    'o 12 5 2 ["x-1.out", null]',
    "p 12 5 2 4712 100400000 1700000001000000",
    "e 12 5 2 exited 7 1700000002000000 4096 250000 null",
    "s 12 6 1 1 100500000 1 0 -",
    'e 12 6 1 lost - 1700000003000000 - - "its worker and \\"keeper\\" were killed"',
]


@pytest.fixture
def journal(tmp_path):
    made = Journal(str(tmp_path), "boot-a")
    for line in STORY:
        made.write(line)
    return made


def test_a_story_is_read_as_it_was_written(journal, tmp_path):
    found = read(str(tmp_path))
    assert set(found) == {(12, 3, 1), (12, 5, 2), (12, 6, 1)}
    first = found[12, 3, 1]
    assert (first.pid, first.begun, first.spawned, first.cpus, first.mem, first.limit) == (
        4711,
        100,
        100.1,
        2,
        1024,
        30,
    )
    assert (first.boot, first.end, first.gpus) == ("boot-a", None, ("0", "GPU-6f"))
    second = found[12, 5, 2]
    assert second.files == ("x-1.out", None)
    assert second.end == Ended("exited", 7, 1700000002.0, 4096, 0.25, None)
    assert second.gpus == ()
    assert found[12, 6, 1].end.reason == 'its worker and "keeper" were killed'


def test_where_there_is_none_nothing_is_known(tmp_path):
    assert read(str(tmp_path)) == {}


def test_the_first_end_that_was_written_is_the_end(journal, tmp_path):
    journal.write(end_line((12, 5, 2), Ended("lost", None, 1.0)))
    assert read(str(tmp_path))[12, 5, 2].end.outcome == "exited"


def test_wherever_it_was_cut_off_what_stood_before_is_known_and_nothing_is_invented(journal, tmp_path):
    path = tmp_path / "journal"
    whole, complete = path.read_bytes(), read(str(tmp_path))
    known = 0
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        found = read(str(tmp_path))
        assert set(found) <= {*complete, (12, 4, 1)}
        for key, entry in found.items():
            assert entry.end is None or entry.end == complete[key].end
        known = max(known, sum(entry.end is not None for entry in found.values()))
    assert known >= 1


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_who_opens_it_after_a_cut_ends_the_line_and_goes_on(journal, tmp_path, cut):
    path = tmp_path / "journal"
    journal.close()
    os.truncate(path, path.stat().st_size - cut)
    again = Journal(str(tmp_path), "boot-b")
    again.write("s 13 0 1 1 5000000 1 0 -")
    found = read(str(tmp_path))
    assert found[13, 0, 1].boot == "boot-b"
    assert found[12, 5, 2].end.code == 7
    assert (12, 6, 1) not in found or found[12, 6, 1].end is None or found[12, 6, 1].end.outcome == "lost"


def test_a_time_limit_that_was_changed_is_the_one_that_counts(journal, tmp_path):
    for limit, seconds in (("60.5", 60.5), ("-", None)):
        journal.write(f"l 12 3 1 {limit}")
        assert read(str(tmp_path))[12, 3, 1].limit == seconds


def test_an_end_that_the_keeper_saw_has_the_cause_that_the_dead_worker_wrote_down(journal, tmp_path):
    journal.write('c 12 3 1 memory "it used 2G of the 1G it asked for"')
    assert read(str(tmp_path))[12, 3, 1].cause == ("memory", "it used 2G of the 1G it asked for")
    journal.write("e 12 3 1 signalled -15 1700000002000000 - - null")
    end = read(str(tmp_path))[12, 3, 1].end
    assert (end.outcome, end.code, end.reason) == ("memory", -15, "it used 2G of the 1G it asked for")


def test_a_line_of_nonsense_is_left_out(journal, tmp_path):
    for line in ("e 12 3", "p 12 3 1 x y z", "q 1 2 3", "e a b c exited 0 1 - - null", 'e 12 3 1 exited 0 1 - - "cut'):
        journal.write(line)
    assert read(str(tmp_path))[12, 3, 1].end is None


def test_a_rewritten_one_knows_just_what_it_was_given(journal, tmp_path):
    found = read(str(tmp_path))
    kept = {key: entry for key, entry in found.items() if key != (12, 6, 1)}
    journal.rewrite(list(kept.values()))
    assert read(str(tmp_path)) == kept
    journal.write("u 12 3 1")
    assert set(read(str(tmp_path))) == {(12, 5, 2)}
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o600


def test_an_entry_of_another_boot_stays_known_as_that(tmp_path):
    Journal(str(tmp_path), "boot-a").write("s 1 0 1 1 5000000 1 0 -")
    Journal(str(tmp_path), "boot-b").write("s 2 0 1 1 5000000 1 0 -")
    assert {key: entry.boot for key, entry in read(str(tmp_path)).items()} == {(1, 0, 1): "boot-a", (2, 0, 1): "boot-b"}


NUMBERS = st.integers(0, 2**40)
SECONDS = st.integers(0, 10**9).map(lambda number: number / 10000)
ENTRIES = st.builds(
    Entry,
    st.tuples(NUMBERS, NUMBERS, NUMBERS),
    st.integers(1, 99),
    SECONDS,
    st.integers(1, 512),
    NUMBERS,
    st.none() | SECONDS,
    st.just("boot"),
    st.just(77),
    SECONDS,
    SECONDS,
    st.tuples(st.none() | st.text(max_size=9), st.none() | st.text(max_size=9)),
    st.none()
    | st.builds(
        Ended,
        st.sampled_from(["exited", "lost", "not-started"]),
        st.none() | st.integers(-64, 255),
        SECONDS,
        st.none() | NUMBERS,
        st.none() | SECONDS,
        st.none() | st.text(max_size=20),
    ),
    st.lists(st.sampled_from(["0", "1", "GPU-6f", "12"]), unique=True).map(tuple),
    st.none() | st.tuples(st.none() | st.text(max_size=9), st.none() | st.text(max_size=9)),
    st.none(),
    st.none() | st.tuples(SECONDS, st.integers(1, 64)),
)


@given(st.lists(ENTRIES, max_size=5, unique_by=lambda entry: entry.key))
def test_whatever_is_written_is_read_back(entries):
    text = "\n".join(line for entry in entries for line in entry_lines(entry))
    assert text.isascii()
    with tempfile.TemporaryDirectory() as directory:  # the same tmp_path for all examples would not do
        Path(directory, "journal").write_text(f"b boot\n{text}\n")
        assert read(directory) == {entry.key: entry for entry in entries}
