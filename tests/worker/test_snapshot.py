"""What is kept of what Slurm says of a job, and what is not."""

from __future__ import annotations

from burro.worker.snapshot import snapshot

SLURM = {
    "SLURM_JOB_ID": "4713",
    "SLURM_ARRAY_JOB_ID": "4711",
    "SLURM_ARRAY_TASK_ID": "2",
    "SLURM_JOB_PARTITION": "gpu",
    "SLURM_JOB_ACCOUNT": "lab",
    "SLURM_JOB_NODELIST": "n[1-3]",
    "SLURM_JOB_CPUS_PER_NODE": "8(x2),4",
    "SLURM_MEM_PER_NODE": "100",
    "SLURM_GPUS_ON_NODE": "2",
    "SLURM_RESTART_COUNT": "1",
    "SLURM_JOB_USER": "ann",
    "SLURM_SUBMIT_DIR": "/home/ann/secret",
    "SLURM_JOB_COMMENT": "token=abc",
    "SLURM_JWT": "abc",
    "API_TOKEN": "abc",
}


def test_numbers_and_names_are_kept_and_neither_people_nor_secrets():
    assert snapshot(SLURM) == {
        "JobId": "4713",
        "ArrayJobId": "4711",
        "ArrayTaskId": "2",
        "Partition": "gpu",
        "Account": "lab",
        "NodeList": "n[1-3]",
        "NumCPUs": "20",
        "MinMemoryNode": "100M",
        "TresPerNode": "gres:gpu:2",
        "Restarts": "1",
    }


def test_outside_of_slurm_there_is_nothing_to_say():
    assert snapshot({"PATH": "/bin", "SLURM_CONF": "/etc/slurm.conf"}) == {}
