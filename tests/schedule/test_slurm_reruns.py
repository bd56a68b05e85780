"""What sbatch made DataLad makes again, by itself, and waits for it: its record is a command that waits."""

from __future__ import annotations

from tests.rig.slurm_fixtures import slurm
from tests.schedule.test_slurm_states import Bench

__all__ = ["slurm"]


SCRIPT = """#!/bin/sh
#SBATCH --output=/dev/null
echo ran >> ../ran
echo $1 > r${SLURM_ARRAY_TASK_ID:-0}
exit ${2:-0}
"""


def test_datalad_reruns_an_sbatch_record_and_one_task_of_an_array(slurm, queue):
    bench = Bench(slurm, queue)
    bench.script("job.sh", SCRIPT)
    bench.schedule("-i", "job.sh", "-o", "r0", "sbatch --partition=shared job.sh one 3")
    bench.schedule("-o", "r{i}", "sbatch --partition=shared --array=1-2 job.sh many")
    bench.burro("finish", "--wait", "--failed", "inline")
    made = {"r0": bench.git("rev-parse", "HEAD~2"), "r2": bench.git("rev-parse", "HEAD")}
    assert bench.record(made["r0"])["exit"] == 3
    for name, commit in made.items():
        (bench.queue.work / "ran").unlink()
        bench.git("rm", "-q", name)
        bench.git("commit", "-q", "-m", f"without {name}")
        bench.datalad("rerun", commit)  # one that fails as it did then is as it was
        assert bench.desk.ran() == ["ran"]
        assert (bench.record()["chain"], bench.record()["exit"]) == ([commit], 3 if name == "r0" else 0)
        assert (bench.path / name).exists()
        assert bench.dirt == ""
