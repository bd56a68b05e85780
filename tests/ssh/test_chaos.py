"""Four machines, hundreds of tasks, and everything breaks at random moments. More: `make chaos`."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.checker import check, report
from tests.ssh.storm import FarStorm

FIRST = int(os.environ.get("FIRST", "1"))
SEEDS = int(os.environ.get("SEEDS", "3"))


SEEDS_AT_ONCE = [range(seed, min(seed + 2, FIRST + SEEDS)) for seed in range(FIRST, FIRST + SEEDS, 2)]


@pytest.mark.parametrize("seeds", SEEDS_AT_ONCE, ids=lambda seeds: "-".join(map(str, seeds)))
def test_nothing_is_lost_and_nothing_runs_twice_whatever_breaks_between_machines(seeds, tmp_path):
    with ThreadPoolExecutor(len(seeds)) as pool:
        reports = list(pool.map(lambda seed: storm(tmp_path / str(seed), seed), seeds))
    assert not any(reports), "\n\n".join(reports)


def storm(root, seed):
    """What the checker says of one seed: nothing, if all is well. A directory with trouble in it is kept."""
    ledgers = FarStorm(root, seed).blow()
    violations = check(ledgers)
    assert len(ledgers.store.tasks) > 100, f"seed {seed} proves little: {len(ledgers.store.tasks)} tasks"
    if not violations:
        shutil.rmtree(root)
        return ""
    return report(ledgers, violations, seed=seed)
