"""What may be changed of a job: every field is read, told and kept where columns and spec have it."""

from __future__ import annotations

import json

import pytest

from burro.base.errors import UsageError
from burro.model.edit import FIELDS, edited, parse_edit, present
from burro.model.job import Needs, needs_from
from burro.model.retry import policy_from
from burro.model.spec import parse_submission

NOW = 1_000_000.0


def _row(options=None, **columns):
    """A job's row as the store gives it."""
    new = parse_submission({"argv": ["true"], "options": options or {}}, {"cwd": "/", "env": {}}, queue="/q", now=NOW)
    plain = {"id": 1, "name": new.name, "command": new.command, "priority": new.priority, "pool": new.pool}
    needs = {"cpus": new.needs.cpus, "mem": new.needs.mem, "gpus": new.needs.gpus, "counters": None}
    more = {"time_min": new.time_min, "most": new.most, "begin": new.begin, "max_fails": new.max_fails, "retry": None}
    return {
        **plain,
        **needs,
        **more,
        "started": None,
        "claimed": 0,
        "spec": json.loads(json.dumps(new.spec)),
        **columns,
    }


def _after(row, options, **form):
    asked = parse_edit({"options": options, **form}, now=NOW)
    return edited(row, asked.values, asked.form)


CHANGES = {
    "name": ("new", "new"),
    "priority": ("-3", -3),
    "cpus": (4, 4),
    "mem": ("4G", 4 * 2**30),
    "gpus": ("2", 2),
    "need": ("licence=2,disk=1", {"disk": 1, "licence": 2}),
    "time": ("2h", 7200.0),
    "time_min": ("30", 1800.0),
    "pool": ("local", "local"),
    "begin": (NOW + 60, NOW + 60),
    "dependency": ("12,afterany:13", "afterok:12,afterany:13"),
    "array_limit": ("%3", 3),
    "max_fails": ("0", 0),
    "retries": (2, 2),
}


@pytest.mark.parametrize("field", CHANGES)
def test_what_is_set_is_what_the_job_has_then(field):
    typed, meant = CHANGES[field]
    row = _row()
    assert present(_after(row, {field: typed}))[field] == meant
    others = {name: value for name, value in present(row).items() if name != field}
    assert {name: value for name, value in present(_after(row, {field: typed})).items() if name != field} == others


@pytest.mark.parametrize(
    "field", ["mem", "gpus", "need", "time", "time_min", "begin", "dependency", "array_limit", "max_fails", "retries"]
)
@pytest.mark.parametrize("nothing", ["none", None])
def test_what_can_be_taken_away_is_as_if_it_had_never_been_asked(field, nothing):
    row = _row()
    assert present(_after(_after(row, {field: CHANGES[field][0]}), {field: nothing}))[field] == present(row)[field]


def test_every_field_has_a_present_value():
    assert set(present(_row())) == set(FIELDS)


def test_retries_are_changed_piece_by_piece():
    row = _after(_row(), {"retries": 3, "retry_on": "exit:75,memory", "retry_mem": "x2", "mem": "1G"})
    row = _after(row, {"retry_delay": "30s"})
    policy = policy_from(json.loads(row["retry"]))
    assert (policy.retries, policy.delay, policy.causes, policy.mem_factor) == (3, 30.0, ("exit:75", "memory"), 2.0)
    assert row["spec"]["retry"]["delay"] == 30.0
    assert _after(row, {"retries": 0})["spec"]["retry"] is None
    for new in ({"mem": None}, {"retry_on": "exit"}):
        with pytest.raises(UsageError, match="--retry-mem"):
            _after(row, new)
    with pytest.raises(UsageError, match="--retries N"):
        _after(_row(), {"retry_delay": "30s"})


def test_a_new_command_is_words_or_a_line():
    row = _after(_row(), {}, argv=["echo", "a b"])
    assert (row["command"], row["spec"]["kind"], row["spec"]["command"]) == ("echo 'a b'", "argv", ["echo", "a b"])
    row = _after(row, {}, shell="a | b")
    assert (row["command"], row["spec"]["kind"], row["spec"]["command"]) == ("a | b", "shell", "a | b")
    with pytest.raises(UsageError, match="submit a script anew"):
        parse_edit({"script": {"text": "x", "path": None, "args": []}}, now=NOW)


def test_needs_are_what_placement_asks():
    row = _after(_row(), {"cpus": 2, "mem": 100, "gpus": 1, "need": {"b": 1, "a": 2}})
    assert needs_from(row) == Needs(2, 100, 1, (("a", 2), ("b", 1)))
    assert row["spec"]["cpus_given"]


@pytest.mark.parametrize(
    ("output", "columns", "kept"),
    [
        ("%x.txt", {"started": NOW}, "true"),
        ("%x.txt", {"claimed": 1}, "true"),
        ("%x.txt", {}, "new"),
        ("a", {"started": NOW}, "new"),
    ],
)
def test_files_that_are_named_after_the_job_keep_their_names(output, columns, kept):
    row = _after(_row({"output": output}, **columns), {"name": "new"})
    assert (row["name"], row["spec"]["name"]) == ("new", kept)


def test_a_start_time_in_the_past_is_none():
    assert parse_edit({"options": {"begin": "now"}}, now=NOW).values == {"begin": None}


@pytest.mark.parametrize(
    "options", [{}, {"output": "x"}, {"key": "x"}, {"cpus": None}, {"name": ""}, {"priority": "none"}]
)
def test_what_cannot_be_set_is_refused(options):
    with pytest.raises(UsageError):
        parse_edit({"options": options}, now=NOW)
