"""The statements: each is used, says what it does, fits the schema, and those that run often scan nothing."""

from __future__ import annotations

import re
from pathlib import Path

import apsw
import pytest

import burro
from burro.store.db import Database, StoreTrouble
from burro.store.statements import names, sql

SOURCE = Path(burro.__file__).parent
STATEMENTS = [name for name in names() if not name.startswith("schema")]

# What runs for every task, every turn or every look at the queue.
HOT = [
    "claim_tasks",
    "start_task",
    "finish_task",
    "finish_claimed",
    "finish_short",
    "claim_single",
    "ripen_task",
    "meet_dependency",
    "mark_dependency",
    "finish_badly",
    "release_task",
    "task_standing",
    "add_attempt",
    "add_ended_attempt",
    "end_attempt",
    "jobs_in_line",
    "jobs_in_line_that_fit",
    "jobs_in_line_mcf",
    "jobs_in_line_mcf_that_fit",
    "any_odd_task",
    "odd_tasks",
    "claim_odd_tasks",
    "claim_plain_tasks",
    "grown_tasks",
    "held_by_worker",
    "count_moves",
    "count_live_moves",
    "counts_of_job",
    "tasks_of",
    "attempts_of",
    "listed_live_jobs",
    "slice_of_live_jobs",
    "count_listed_jobs",
    "count_listed_live_jobs",
    "slice_of_events",
    "events_since",
    "first_live",
    "last_live",
    "recently_ended",
    "job_row",
    "find_key",
    "find_request",
    "live_env",
    "spend_allocation",
    "cpus_of_job",
    "attempts_that_run",
    "final_jobs",
    "needed_by",
    "sweep_events",
    "sweep_old_events",
]


@pytest.fixture(scope="module")
def link():
    made = apsw.Connection(":memory:")
    made.execute(sql("schema"))
    made.execute(sql("schema_of_schedulers"))
    made.execute(sql("schema_of_records"))
    return made


def _plan(link, name):
    text = sql(name)
    wanted = set(re.findall(r":(\w+)", re.sub(r"--.*|'[^']*'", "", text)))
    numbered = [int(number) for number in re.findall(r"\?(\d+)", text)]
    values = dict.fromkeys(wanted, 1) if wanted else (1,) * (max(numbered) if numbered else text.count("?"))
    return [row[3] for row in link.execute(f"explain query plan {text}", values)]


@pytest.mark.parametrize("name", STATEMENTS)
def test_it_fits_the_schema(link, name):
    _plan(link, name)


@pytest.mark.parametrize("name", names())
def test_a_sentence_stands_above_it(name):
    first = sql(name).split("\n", 1)[0]
    assert re.fullmatch(r"-- [A-Z].*[.:]", first), first


def test_every_statement_is_used():
    code = "".join(path.read_text() for path in SOURCE.rglob("*.py"))
    assert [name for name in names() if f'"{name}"' not in code] == []


@pytest.mark.parametrize("name", HOT)
def test_what_runs_often_scans_no_table(link, name):
    scans = [step for step in _plan(link, name) if re.match(r"SCAN (job|task|attempt|worker|event|line)\b", step)]
    assert [step for step in scans if "USING" not in step] == []


def test_an_unknown_statement_is_a_defect():
    with pytest.raises(LookupError, match="no_such"):
        sql("no_such")


def test_a_file_that_is_no_store_is_refused(tmp_path):
    other = apsw.Connection(str(tmp_path / "burro.db"))
    other.execute("create table somebody (elses)")
    other.close()
    with pytest.raises(StoreTrouble, match="not a store of burro"):
        Database(str(tmp_path / "burro.db"))
    (tmp_path / "text.db").write_text("no database at all, " * 100)
    with pytest.raises(StoreTrouble, match="cannot be opened"):
        Database(str(tmp_path / "text.db"))


def test_a_store_of_a_newer_burro_is_refused(tmp_path):
    newer = Database(str(tmp_path / "burro.db"))
    newer.close()
    link = apsw.Connection(str(tmp_path / "burro.db"))
    link.pragma("user_version", 99)
    link.close()
    with pytest.raises(StoreTrouble, match="newer burro"):
        Database(str(tmp_path / "burro.db"))


def test_a_store_of_an_older_burro_is_refused_with_its_version_and_the_way_out(tmp_path):
    older = Database(str(tmp_path / "burro.db"))
    older.close()
    link = apsw.Connection(str(tmp_path / "burro.db"))
    link.pragma("user_version", 1)
    link.close()
    with pytest.raises(
        StoreTrouble, match=r"older burro \(version 1, not 12\).*move it away, or use another --queue DIR"
    ):
        Database(str(tmp_path / "burro.db"))


def test_a_second_owner_cannot_write(tmp_path):
    first = Database(str(tmp_path / "burro.db"))
    with first.write():
        first.run("put_setting", {"name": "a", "value": "b"})
    second = apsw.Connection(str(tmp_path / "burro.db"))
    with pytest.raises(apsw.BusyError):
        second.execute("select * from setting").fetchall()
    first.close()


def _fail_within_a_part(db):
    with db.part():
        db.run("put_setting", {"name": "undone", "value": "yes"})
        raise ZeroDivisionError


def test_a_part_that_fails_undoes_just_itself():
    db = Database(":memory:")
    with db.write():
        db.run("put_setting", {"name": "kept", "value": "yes"})
        with pytest.raises(ZeroDivisionError):
            _fail_within_a_part(db)
    found = {name for name in ("kept", "undone") if db.run("get_setting", {"name": name})}
    assert found == {"kept"}
