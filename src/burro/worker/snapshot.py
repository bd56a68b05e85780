"""What a batch scheduler says of its job, as far as one wants to know it a year later and everybody may read it.

It stands in the job's own environment, so nobody is asked and nothing can be forgotten meanwhile. The names are those
of `scontrol show job`. What is not listed stays out: commands, directories, people, and whatever a site puts there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_SLURM = {
    "SLURM_JOB_ID": "JobId",
    "SLURM_ARRAY_JOB_ID": "ArrayJobId",
    "SLURM_ARRAY_TASK_ID": "ArrayTaskId",
    "SLURM_CLUSTER_NAME": "Cluster",
    "SLURM_JOB_PARTITION": "Partition",
    "SLURM_JOB_ACCOUNT": "Account",
    "SLURM_JOB_QOS": "QOS",
    "SLURM_JOB_RESERVATION": "Reservation",
    "SLURM_JOB_NODELIST": "NodeList",
    "SLURM_JOB_NUM_NODES": "NumNodes",
    "SLURM_NTASKS": "NumTasks",
    "SLURM_CPUS_PER_TASK": "CPUs/Task",
    "SLURM_RESTART_COUNT": "Restarts",
}
_MEGABYTES = {"SLURM_MEM_PER_NODE": "MinMemoryNode", "SLURM_MEM_PER_CPU": "MinMemoryCPU"}
_SOME = re.compile(r"(\d+)(?:\(x(\d+)\))?")  # `8(x2)`: 8 on each of two nodes


def snapshot(environ: Mapping[str, str]) -> dict[str, str]:
    """Of the job that this process runs in; empty where it is in none of Slurm's."""
    if not environ.get("SLURM_JOB_ID"):
        return {}
    found = {name: environ[theirs] for theirs, name in _SLURM.items() if environ.get(theirs)}
    found.update((name, f"{environ[theirs]}M") for theirs, name in _MEGABYTES.items() if environ.get(theirs))
    cpus = sum(int(each) * int(nodes or 1) for each, nodes in _SOME.findall(environ.get("SLURM_JOB_CPUS_PER_NODE", "")))
    if cpus:
        found["NumCPUs"] = str(cpus)
    if environ.get("SLURM_GPUS_ON_NODE"):
        found["TresPerNode"] = f"gres:gpu:{environ['SLURM_GPUS_ON_NODE']}"
    found.setdefault("Restarts", "0")
    return found
