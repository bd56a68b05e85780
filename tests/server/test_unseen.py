"""What a server makes of it that a worker does not see a repository."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from burro.base.errors import UsageError
from burro.link.slips import JOB
from burro.model.spec import parse_submission
from burro.server import reporting, unseen
from burro.server.demand import waiting
from burro.server.scheduling import with_footprint
from burro.server.submitting import submit
from tests.node import POOL
from tests.server.test_placing import Stand, Worker

CONTEXT = {"cwd": "/", "env": {}, "user": "ann"}


def asked(name, dataset="/ds", **options):
    """A job that writes a file of a repository."""
    made = {"dataset": dataset, "writes": [name], "sees": [f"{dataset}/.git/burro/here", "abc"]}
    return {"argv": ["true"], "options": options, "context": CONTEXT, "provenance": made}


@pytest.fixture
def stand(tmp_path):
    (tmp_path / "burro.toml").write_text(POOL)
    made = Stand(tmp_path)
    yield made
    made.db.close()


@pytest.fixture
def schedule(stand):
    def add(name, **how):
        found = []
        stand.turn(lambda: found.append(submit(stand.server, None, asked(name, **how))["id"]))
        return found[0]

    return add


def says_unseen(stand, worker):
    """It gives back what it has, since it does not see the repositories of that."""
    rows, worker.has = worker.has, []
    message = {"seq": 2, "released": [row[:3] for row in rows], "unseen": sorted({row[0] for row in rows})}
    stand.turn(lambda: reporting.report(stand.server, worker, message))


def test_who_does_not_see_it_gets_nothing_more_of_that_repository_and_no_more_like_it_are_asked_for(stand, schedule):
    blind = Worker(stand, "blind", pool="whole", host="n1")
    blind.hello()
    first = schedule("a")
    assert blind.jobs == [first]
    says_unseen(stand, blind)
    other, plain = schedule("a", dataset="/other"), stand.submit()
    stand.turn()
    assert blind.jobs == [other, plain]
    assert list(waiting(stand.server, "whole")) == []

    seeing = Worker(stand, "seeing", pool="whole", host="n2")
    seeing.hello()
    assert seeing.jobs == [first]
    again = schedule("b", pool="whole")
    assert seeing.jobs == [first, again]


def test_a_pool_is_refused_by_name_while_none_of_its_workers_sees_it(stand, schedule):
    blind = Worker(stand, "blind", pool="whole", host="n1")
    blind.hello()
    job = schedule("a", pool="whole")
    says_unseen(stand, blind)
    for pool in ("whole", "any"):
        assert (unseen.why(stand.server, pool, job) is None) is (pool == "any")
    with pytest.raises(UsageError, match="no worker of whole sees the repository /ds"):
        submit(stand.server, None, asked("b", pool="whole"))
    stand.turn(lambda: reporting.gone(stand.server, blind))
    assert list(waiting(stand.server, "whole")) == []
    unseen.forgive(stand.server, "whole")
    assert len(list(waiting(stand.server, "whole"))) == 1


@pytest.mark.parametrize("told", ["abc", "other"])
def test_a_job_of_the_schedulers_own_ends_where_the_repository_is_not(tmp_path, told):
    (tmp_path / ".git/burro").mkdir(parents=True)
    (tmp_path / ".git/burro/here").write_text(f"{told}\n")
    form = {**asked("out", dataset=str(tmp_path)), "argv": ["sh", "-c", "echo > out"]}
    new = parse_submission(form, {**CONTEXT, "cwd": str(tmp_path)}, queue=str(tmp_path), now=0.0)
    spec = {**with_footprint(new, form)[0].spec, "job": 1, "env": "e"}
    slip = {"spec": spec, "env": {}, "worker": "each", "queue": str(tmp_path), "tasks": {"": [0, 1, 1, None]}}
    (tmp_path / JOB).write_text(json.dumps(slip))
    subprocess.run([sys.executable, "-m", "burro.worker", "direct", str(tmp_path)], check=False, timeout=30)

    end = json.loads((tmp_path / "0.ended").read_text())["end"]
    assert (end[0] == "exited", (tmp_path / "out").exists()) == (told == "abc", told == "abc")
    assert told == "abc" or "is not seen on" in end[-1]
