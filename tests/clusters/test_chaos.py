"""2,000 tasks of mixed length over four nodes while everything is struck, and three ledgers. More: `make chaos`."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.chaos.checker import check, report
from tests.clusters.storm import ClusterStorm

FIRST = int(os.environ.get("FIRST", "1"))
SEEDS = int(os.environ.get("SEEDS", "1"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_nothing_is_lost_and_nothing_runs_twice_whatever_is_struck_on_a_cluster(seed, tmp_path):
    ledgers = ClusterStorm(tmp_path / str(seed), seed).blow()
    violations = check(ledgers)
    assert len(ledgers.store.tasks) > 1900, f"seed {seed} proves little: {len(ledgers.store.tasks)} tasks"
    assert not violations, report(ledgers, violations, seed=seed)
    shutil.rmtree(tmp_path / str(seed))
