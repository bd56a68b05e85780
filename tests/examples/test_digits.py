from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits"

# A search of the user's own, in place of tune.py. Its third configuration cannot be tried.
OWN = """
import json, os, pathlib, sys
if sys.argv[1:] == ["--count"]:
    sys.exit(print(4))
index = int(os.environ["BURRO_TASK_ID"])
assert index != 2
result = {"index": index, "model": "line", "parameters": {"slope": index}, "accuracy": index / 10, "spread": 0.01}
path = pathlib.Path(sys.argv[1], os.environ["BURRO_JOB_ID"], f"{index}.json")
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(json.dumps(result))
"""


@pytest.fixture
def copy(queue):
    """The directory as a user copied it, with another search in it."""
    copy = shutil.copytree(DIGITS, queue.work / "own")
    (copy / "tune.py").write_text(OWN)
    return copy


def test_a_copy_with_a_search_of_ones_own_ends_with_the_best_configuration_on_top(queue, copy):
    ran = subprocess.run([copy / "run.sh"], env=queue.env, capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0] == "Job 1: 4 configurations."
    assert [line.split() for line in lines if "slope=" in line] == [
        ["30.00%", "1.00%", "line", "slope=3", "3"],
        ["10.00%", "1.00%", "line", "slope=1", "1"],
        ["0.00%", "1.00%", "line", "slope=0", "0"],
    ]
    assert "1 did not end well, the first of them 1.2 (failed)." in lines
    assert any(line.startswith("4 tasks in ") and " cpus. The cpus had a task " in line for line in lines)
    steps = [line.split("   ")[0].split() for line in lines if line.startswith("  burro ")]
    for step in steps:
        assert queue.burro(*step[1:]).code == 0, step


def test_the_search_that_ships_has_at_least_sixty_configurations_and_counts_them_without_scikit_learn():
    counted = subprocess.run([sys.executable, "-S", DIGITS / "tune.py", "--count"], capture_output=True, check=True)

    assert int(counted.stdout) >= 60
