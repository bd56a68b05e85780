"""One table of states: the schema permits the same moves, the page in docs/ shows the same picture."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from burro.model.states import FINAL, MOVES, OUTCOMES, STATES, STEPS, IllegalMove, after, job_state
from burro.store.statements import sql

ROOT = Path(__file__).parents[2]


@pytest.fixture
def schema():
    link = apsw.Connection(":memory:")
    link.execute(sql("schema"))
    return link


def _worker(state):
    return 1 if state in ("claimed", "running") else None


def _is_permitted(link, before, then):
    link.execute("delete from task")
    link.execute("insert into task (job, idx, state, worker) values (1, 0, ?, ?)", (before, _worker(before)))
    try:
        link.execute("update task set state = ?, worker = ?", (then, _worker(then)))
    except apsw.ConstraintError:
        return False
    return True


@pytest.mark.parametrize(("before", "then"), list(itertools.product(STATES, STATES)))
def test_the_schema_permits_a_move_exactly_if_the_table_has_it(schema, before, then):
    assert _is_permitted(schema, before, then) == (before == then or (before, then) in STEPS)


@pytest.mark.parametrize("state", [*STATES, "", "Done", "lost"])
def test_the_schema_knows_the_states_and_no_others(schema, state):
    try:
        schema.execute("insert into task (job, idx, state, worker) values (1, 0, ?, ?)", (state, _worker(state)))
    except apsw.ConstraintError:
        assert state not in STATES
    else:
        assert state in STATES


@pytest.mark.parametrize("outcome", [*OUTCOMES, "done", ""])
def test_the_schema_knows_the_outcomes_and_no_others(schema, outcome):
    row = (
        "insert into attempt (job, idx, token, number, worker, started, ended, outcome) values (1, 0, 1, 1, 1, 0, 0, ?)"
    )
    try:
        schema.execute(row, (outcome,))
    except apsw.ConstraintError:
        assert outcome not in OUTCOMES
    else:
        assert outcome in OUTCOMES


@pytest.mark.parametrize("state", STATES)
def test_a_task_has_a_worker_exactly_while_one_has_it(schema, state):
    with pytest.raises(apsw.ConstraintError):
        schema.execute(
            "insert into task (job, idx, state, worker) values (1, 0, ?, ?)", (state, None if _worker(state) else 1)
        )


def test_a_token_never_goes_back(schema):
    schema.execute("insert into task (job, idx, state, token) values (1, 0, 'ready', 5)")
    schema.execute("update task set token = 6")
    with pytest.raises(apsw.ConstraintError, match="a token never goes back"):
        schema.execute("update task set token = 5")


def test_what_is_final_leaves_only_by_a_retry_what_is_done_never_and_everything_can_become_final():
    assert {move for (before, move) in MOVES if before in FINAL} == {"retry"}
    assert "done" not in {before for before, _ in STEPS}
    reached = set(FINAL)
    for _ in STATES:
        reached |= {before for before, then in STEPS if then in reached}
    assert reached == set(STATES)


def test_after_gives_what_the_table_has_and_refuses_the_rest():
    for state, move in itertools.product(STATES, {move for _, move in MOVES}):
        if (state, move) in MOVES:
            assert after(state, move) == MOVES[state, move]
        else:
            with pytest.raises(IllegalMove, match=f"{move} from {state}"):
                after(state, move)


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({"claimed": 1}, "claimed"),
        ({"running": 1}, "running"),
        ({"claimed": 1, "done": 5}, "running"),
        ({"running": 1, "failed": 5}, "running"),
        ({"ready": 1, "failed": 5, "held": 2}, "ready"),
        ({"held": 2, "waiting": 1, "done": 1}, "waiting"),
        ({"held": 2, "failed": 1}, "held"),
        ({"failed": 1, "cancelled": 3, "done": 9}, "failed"),
        ({"skipped": 1, "cancelled": 3, "done": 9}, "cancelled"),
        ({"skipped": 1, "done": 9}, "skipped"),
        ({"done": 9}, "done"),
    ],
)
def test_the_state_of_a_job_is_the_first_that_any_of_its_tasks_is_in(counts, state):
    assert job_state(counts) == state


def test_the_page_is_drawn_from_the_table():
    drawn = subprocess.run(
        [sys.executable, ROOT / "tools" / "draw_states.py", "-"], capture_output=True, text=True, check=True
    )
    assert (ROOT / "docs" / "states.md").read_text() == drawn.stdout, "draw it anew: python tools/draw_states.py"
