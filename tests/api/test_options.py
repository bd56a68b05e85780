"""Options and commands from Python: the values a script has at hand, or one sentence."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from burro.api.options import plain_options
from burro.base.errors import UsageError


def depends(job):
    return job.show().spec["dependency"]


def test_jobs_are_what_others_wait_for(book):
    first, second = book.submit(["true"], hold=True), book.array(["true"], indices=range(2), hold=True)
    held = {"hold": True}
    assert depends(book.submit(["true"], dependency=first, **held)) == "1"
    assert depends(book.submit(["true"], dependency=[first, second], **held)) == ["1", "2"]
    assert depends(book.submit(["true"], dependency=(1, "afterany:2.1"), **held)) == ["1", "afterany:2.1"]
    waits = book.submit(["true"], dependency={"afterok": [first], "afterany": second})
    assert depends(waits) == ["afterok:1", "afterany:2"]
    assert waits.set(dependency=first).changed["dependency"][1] == "afterok:1"
    with pytest.raises(UsageError, match="None names no job"):
        book.submit(["true"], dependency=[None])


def test_what_begins_when_a_job_allows_it_waits_for_it(book):
    first = book.submit(["true"], output="none", hold=True)
    then = book.submit(["true"], output="none", dependency=first)
    assert then.show().state == "waiting"
    first.release()
    assert then.result(timeout=30).ok


def test_moments_and_lengths_are_datetimes_and_timedeltas(book):
    moment = datetime.now(UTC) + timedelta(hours=2)
    job = book.submit(["true"], begin=moment, time=timedelta(minutes=1.5), time_min=timedelta(seconds=5))
    shown = job.show()
    assert (shown.state, shown.spec["time_limit"], shown.spec["time_min"]) == ("waiting", 90, 5)
    assert abs(datetime.fromisoformat(shown.spec["begin"]) - moment) < timedelta(milliseconds=2)
    assert book.submit(["true"], begin=timedelta(hours=1)).show().state == "waiting"
    assert job.set(begin=None, time=timedelta(hours=1)).changed["time"] == [90.0, 3600.0]


def test_a_moment_without_a_zone_is_a_local_one():
    day = date(2027, 1, 2)
    midnight = time.mktime((2027, 1, 2, 0, 0, 0, 0, 0, -1))
    assert plain_options({"begin": day}) == plain_options({"begin": datetime(2027, 1, 2)}) == {"begin": midnight}  # noqa: DTZ001  # on purpose
    assert plain_options({"begin": datetime(2027, 1, 2, 8, 30).time()}) == {"begin": "08:30:00"}  # noqa: DTZ001  # as above


def test_words_of_a_command_are_texts_paths_and_numbers(book):
    job = book.submit(["echo", 1, 2.5, Path("a/b"), b"c\xff", "d"])
    assert job.result(timeout=30).output() == "1 2.5 a/b c\ufffd d\n"
    assert book.submit(["true"], hold=True).set(["echo", 7, Path("x")]).changed["command"][1] == "echo 7 x"
    with pytest.raises(UsageError, match="None is no word of a command"):
        book.submit(["echo", None])


def test_numbers_and_mappings_are_what_they_count(book):
    job = book.submit(
        ["true"], mem=6.4e7, retries=2, retry_on=("exit:75", "lost"), retry_delay=timedelta(seconds=3), hold=True
    )
    shown = job.show()
    assert shown.spec["mem"] == 64_000_000
    assert (shown.spec["retry"]["causes"], shown.spec["retry"]["delay"]) == (["exit:75", "lost"], 3)
    assert plain_options({"need": {"licence": 2}, "cpus": Fraction(2)}) == {"need": {"licence": 2}, "cpus": 2.0}
    assert (
        book.submit(["sh", "-c", "echo $N $P"], env={"N": 1, "P": Path("/x")}).result(timeout=30).output() == "1 /x\n"
    )


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        (["true"], {"time": float("nan")}, "time= takes no float"),
        (["true"], {"cpus": [2]}, "cpus= takes no list"),
        (["true"], {"name": object()}, "name= takes no object"),
        (["true"], {"begin": timedelta(hours=-1)}, "no duration"),
        (["true"], {"stage_in": "x"}, "stage_in= is something for the command line"),
        (None, {"lines": "true"}, "lines= is a list of shell commands"),
        (None, {"script": "/dev/null", "args": "xy"}, "args= is a list"),
        (7, {}, "a command is a list of words"),
    ],
)
def test_what_an_option_cannot_be_is_told_in_a_sentence(book, command, options, sentence):
    with pytest.raises(UsageError, match=sentence):
        book.submit(command, **options)


def test_a_new_command_is_no_text(book):
    job = book.submit(["true"], hold=True)
    with pytest.raises(UsageError, match="a command is a list of words"):
        job.set("echo new")
