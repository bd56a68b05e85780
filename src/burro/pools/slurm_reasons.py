"""Why Slurm lets something wait, in words (squeue(1): JOB REASON CODES; Slurm's resource limits)."""

from __future__ import annotations

import re

_NOTHING = {"", "None", "(null)", "N/A"}

REASONS = {
    "Priority": "others go before it",
    "Resources": "it is next, as soon as its nodes are free",
    "BeginTime": "it may not start yet",
    "Dependency": "it waits for another one of Slurm's jobs",
    "DependencyNeverSatisfied": "it waits for another one of Slurm's jobs that can never end so; cancel it",
    "JobHeldUser": "its user holds it; try: scontrol release",
    "JobHeldAdmin": "an administrator holds it; ask them",
    "JobHoldMaxRequeue": "it was put back too often, and is held; try: scontrol release",
    "JobArrayTaskLimit": "so many tasks of its array run as may",
    "Licenses": "a licence it needs is in use",
    "Prolog": "its nodes are made ready",
    "Cleaning": "its earlier run is being tidied up",
    "Reservation": "its reservation has not begun",
    "ReservationDeleted": "its reservation is gone",
    "ReqNodeNotAvail": "a node that it needs is not available, or reserved for maintenance",
    "NodeDown": "a node that it needs is down",
    "PartitionDown": "the partition is down: nothing starts there for now",
    "PartitionInactive": "the partition takes nothing for now",
    "PartitionNodeLimit": "it asks for more nodes than the partition has or allows; correct the pool's nodes",
    "PartitionTimeLimit": "it asks for more time than the partition allows; correct the pool's time",
    "PartitionConfig": "the partition cannot give what it asks for; correct the pool's options",
    "BadConstraints": "no node has what it asks for; correct the pool's options",
    "AccountNotAllowed": "the partition is not for this account",
    "AccountingPolicy": "a limit of its account is reached",
    "QOSNotAllowed": "the QOS is not for this partition or account",
    "InvalidAccount": "the account is not valid; correct the pool's options",
    "InvalidQOS": "the QOS is not valid; correct the pool's options",
    "QOSUsageThreshold": "the usage that its QOS allows is reached",
    "QOSTimeLimit": "it asks for more time than its QOS allows; correct the pool's time",
    "QOSResourceLimit": "a limit of its QOS is reached",
    "QOSJobLimit": "so many jobs run as its QOS allows",
    "AssociationJobLimit": "so many jobs run as its account allows",
    "AssociationResourceLimit": "a limit of its account is reached",
    "AssociationTimeLimit": "the time that its account may use is used up",
    "MaxMemPerLimit": "it asks for more memory than is allowed; correct the pool's options",
    "MaxRequeue": "it was put back too often",
    "FrontEndDown": "the front end of its nodes is down",
    "BurstBufferResources": "it waits for a burst buffer",
    "BurstBufferStageIn": "its files are copied into a burst buffer",
    "BurstBufferOperation": "its burst buffer could not be set up",
    "FedJobLock": "the clusters of the federation agree who takes it",
    "SchedDefer": "it was asked for at once, and Slurm puts such off",
    "SystemFailure": "Slurm, a file system or the network failed",
    "JobLaunchFailure": "Slurm could not start it; the node, its files or its working directory may be at fault",
    "NonZeroExitCode": "its exit code was not 0",
    "TimeLimit": "its walltime was over",
    "InactiveLimit": "it was inactive for too long",
    "OutOfMemory": "it used more memory than it had",
    "RaisedSignal": "a signal ended it",
    "DeadLine": "its deadline had passed",
    "NodeFail": "a node of it failed",
    "Preempted": "it had to make room",
    "WaitingForScheduling": "Slurm has not looked at it yet",
    "NoReason": "Slurm has not looked at it yet",
    "launch failed requeued held": "Slurm could not start it and holds it; try: scontrol release",
    "job requeued in held state": "it was put back and is held; try: scontrol release",
}

# QOSMaxCpuPerUserLimit, AssocGrpNodeLimit, MaxNodePerAccount, ...
_LIMIT = re.compile(r"(QOS|Assoc)?(Grp|Max|Min)(\w+?)(Per(?:User|Account|Acct|Job|Node))?(Limit)?")
_THINGS = {
    "Cpu": "cpus",
    "Node": "nodes",
    "Mem": "memory",
    "Memory": "memory",
    "GRES": "gpus or the like",
    "Jobs": "running jobs",
    "SubmitJob": "jobs in the queue",
    "SubmitJobs": "jobs in the queue",
    "WallDuration": "walltime",
    "Wall": "walltime",
    "Billing": "billing units",
    "BB": "burst buffers",
    "CpuMinutes": "cpu minutes",
    "CPUMinutes": "cpu minutes",
    "CpuRunMinutes": "cpu minutes of what runs",
    "CPURunMinutes": "cpu minutes of what runs",
    "MemMinutes": "memory minutes",
    "MemRunMinutes": "memory minutes of what runs",
    "GRESMinutes": "gpu minutes",
    "GRESRunMinutes": "gpu minutes of what runs",
    "License": "licences",
    "Energy": "energy",
}
_WHOSE = {"QOS": "of the QOS", "Assoc": "of the account"}
_EACH = {"User": " for one user", "Account": " for one account", "Acct": " for one account"}


def in_words(reason: str) -> str:
    """The sentence for a reason; an unknown one is told as it is, none is empty."""
    reason = reason.strip().strip("()")
    if reason in _NOTHING:
        return ""
    name = reason.split(",")[0].split(":")[0]
    if name in REASONS:
        more = reason[len(name) :].strip(" ,:")
        return f"{REASONS[name]} ({more})" if more else REASONS[name]
    return limit_in_words(name) or f"Slurm says {reason}"


def limit_in_words(name: str) -> str:
    """The sentence for a limit that is reached, as QOSMaxSubmitJobPerUserLimit; empty for what is none."""
    found = _LIMIT.fullmatch(name)
    if found is None or not (found[1] or found[4] or found[5]):
        return ""
    thing = _THINGS.get(found[3], found[3])
    each = _EACH.get((found[4] or "").removeprefix("Per"), "")
    bound = "least" if found[2] == "Min" else "limit"
    return f"the {bound} {_WHOSE.get(found[1] or '', 'set')} on {thing}{each} is reached ({name})"
