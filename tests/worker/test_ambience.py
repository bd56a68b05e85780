"""What tasks find of a node in their environment."""

from __future__ import annotations

import base64
import json

import pytest

from burro.worker.ambience import BEFORE, CHANGES, note_changes, surround


def joined(old, new):
    """The environment of a worker whose `before` made `new` of `old`."""
    text = "".join(f"{name}={value}\0" for name, value in old.items())
    environ = {**new, BEFORE: base64.b64encode(text.encode()).decode()}
    note_changes(environ)
    assert BEFORE not in environ
    return environ


def task(env, environ, **wire):
    raw = {name.encode(): value.encode() for name, value in env.items()}
    surround(raw, environ, wire)
    return {name.decode(): value.decode() for name, value in raw.items()}


@pytest.mark.parametrize(
    ("old", "new", "mine", "becomes"),
    [
        ("/usr/bin", "/gcc/bin:/usr/bin", "/conda/bin:/bin", "/gcc/bin:/conda/bin:/bin"),
        ("/usr/bin", "/usr/bin:/opt/x", "/bin", "/bin:/opt/x"),
        ("/usr/bin", "/elsewhere", "/bin", "/elsewhere"),
        ("/usr/bin", "/usr/bin", "/bin", "/bin"),
        (None, "/gcc/lib", "/bin", "/gcc/lib"),
        ("/usr/bin", "/gcc/bin:/usr/bin", None, "/gcc/bin"),
        ("/usr/bin", None, "/bin", None),
    ],
)
def test_a_list_of_directories_grows_at_its_end_and_all_else_is_set(old, new, mine, becomes):
    environ = joined(*({} if value is None else {"LIST": value} for value in (old, new)))
    assert task({} if mine is None else {"LIST": mine}, environ).get("LIST") == becomes


def test_what_the_owner_named_wins_over_the_pool_and_that_over_the_node():
    environ = joined({}, {"A": "node", "B": "node", "C": "node"})
    found = task({"C": "mine"}, environ, pool_env={"B": "pool", "C": "pool"}, env_named=["C"])
    assert found == {"A": "node", "B": "pool", "C": "mine"}


def test_the_schedulers_own_names_are_those_of_the_node_unless_a_clean_environment_was_asked_for():
    environ = joined({}, {"SLURM_JOB_ID": "7"})
    assert json.loads(environ[CHANGES]) == {"SLURM_JOB_ID": "7"}
    login = {"SLURM_JOB_ID": "3", "SLURM_ARRAY_TASK_ID": "1"}
    assert task(login, {**environ, CHANGES: "{}"}) == {"SLURM_JOB_ID": "7"}
    assert task({}, {**environ, CHANGES: "{}"}, env_clean=True) == {}
    assert task(login, {"SLURM_JOB_ID": "7"}) == login  # a worker of this machine: what it was started in says nothing
