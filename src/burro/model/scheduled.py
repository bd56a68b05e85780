"""What a scheduled task, its worker, the server and who records it have to call the same."""

from __future__ import annotations

ANNEX = "/annex/objects/"  # in what a link of git-annex says
CANNOT = 126  # exit code where a task was not started, or its outputs could not be brought to where they belong
SLURM_JOB = "slurm_job"  # of what was asked, where the job was taken over from datalad-slurm: the id that Slurm gave it


def snapshot_name(number: str) -> str:
    """What datalad-slurm calls the file beside the log that has what Slurm said of a job."""
    return f"slurm-job-{number}.env.json"
