"""What a cluster of the rig is like, and Slurm's files that say so (slurm.conf(5), gres.conf(5))."""

from __future__ import annotations

import getpass
import os
import random
import socket
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cluster:
    """Nodes node1 to nodeN; partitions `whole` (exclusive, the default), `shared`, and `short` (exclusive, 2 minutes).

    `memory`: MB of a node; `gpus`: fake ones of a node; `select`: `linear` never splits a node; `accounting`: there is
    `sacct`, and limits are kept to; `extra`: lines for slurm.conf. Times are in seconds and named as there.
    """

    nodes: int = 4
    cpus: int = 8
    memory: int = 16000
    gpus: int = 4
    select: str = "cons_tres"
    accounting: bool = False
    extra: str = ""
    kill_wait: int = 5
    message_timeout: int = 30
    min_job_age: int = 300
    slurmd_timeout: int = 15
    over_time_limit: int = 0  # minutes

    @property
    def names(self) -> list[str]:
        """The nodes."""
        return [f"node{number}" for number in range(1, self.nodes + 1)]


_CONF = """\
ClusterName=rig{port}
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={root}/munge/s
CredType=cred/munge
{loopback_only}
MpiDefault=none
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=5
SwitchType=switch/none
PropagateResourceLimits=NONE
PlugStackConfig={root}/plugstack.conf
ReturnToService=2
MaxArraySize=20001
MaxJobCount=50000
DebugFlags=NO_CONF_HASH
InactiveLimit=0
SlurmctldTimeout=30
UnkillableStepTimeout=60
KillWait={cluster.kill_wait}
MessageTimeout={cluster.message_timeout}
MinJobAge={cluster.min_job_age}
SlurmdTimeout={cluster.slurmd_timeout}
OverTimeLimit={cluster.over_time_limit}
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,bf_continue,batch_sched_delay=0,sched_min_interval=0,sched_interval=5
PriorityType=priority/basic
SelectType=select/{cluster.select}
{split}
SlurmdParameters=config_overrides
SlurmctldParameters=node_reg_mem_percent=1
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/slurmd.%n.pid
SlurmdSpoolDir={root}/spool/%n
StateSaveLocation={root}/state
SlurmctldLogFile={root}/log/slurmctld.log
SlurmdLogFile={root}/log/slurmd.%n.log
SlurmctldDebug=info
SlurmdDebug=info
{accounting}
{gres}
NodeName={range} NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports} CPUs={cluster.cpus} \
RealMemory={cluster.memory} {gpus} State=UNKNOWN
PartitionName=whole  Nodes={range} Default=YES OverSubscribe=EXCLUSIVE DefaultTime=60 MaxTime=INFINITE State=UP
PartitionName=shared Nodes={range} Default=NO OverSubscribe=NO DefaultTime=60 MaxTime=INFINITE {share} State=UP
PartitionName=short  Nodes={range} Default=NO OverSubscribe=EXCLUSIVE DefaultTime=1 MaxTime=2 State=UP
{cluster.extra}
"""


def write(cluster: Cluster, root: Path, *, port: int, accounting: str) -> None:
    """Write all files of a cluster into `root`. `port`: of its controller, behind it are those of the nodes."""
    (root / "cgroup.conf").write_text("CgroupAutomount=no\n")
    (root / "plugstack.conf").write_text("")  # Debian ships one in /etc
    last = port + cluster.nodes
    names = "node1" if cluster.nodes == 1 else f"node[1-{cluster.nodes}]"
    splits = cluster.select != "linear"
    (root / "gres.conf").write_text(_gres(cluster, root, names))
    conf = _CONF.format(
        cluster=cluster,
        root=root,
        user=getpass.getuser(),
        port=port,
        range=names,
        ports=port + 1 if cluster.nodes == 1 else f"[{port + 1}-{last}]",
        loopback_only="CommunicationParameters=NoInAddrAny,NoCtldInAddrAny" if _is_loopback() else "",
        split="SelectTypeParameters=CR_Core_Memory" if splits else "",
        share="DefMemPerCPU=100" if splits else "",
        gres="GresTypes=gpu" if cluster.gpus else "",
        gpus=f"Gres=gpu:{cluster.gpus}" if cluster.gpus else "",
        accounting=accounting or "AccountingStorageType=accounting_storage/none",
    )
    (root / "slurm.conf").write_text(conf)


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens at, below those that the system hands out."""
    for _ in range(1000):
        first = random.randrange(20000, 32000 - count)
        if all(map(_is_free, range(first, first + count))):
            return first
    raise AssertionError(f"there are no {count} free ports in a row")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _is_loopback() -> bool:
    """Whether Slurm may be told to listen where this computer's name points: only then nobody else reaches it."""
    try:
        return socket.gethostbyname(socket.gethostname()) == "127.0.0.1"
    except OSError:
        return False


def _gres(cluster: Cluster, root: Path, names: str) -> str:
    if not cluster.gpus:
        return ""
    last = cluster.gpus - 1
    devices = f"{_devices(cluster.gpus, root)}{f'[0-{last}]' if last else '0'}"
    return f"NodeName={names} Name=gpu File={devices}\n"


def _devices(count: int, root: Path) -> str:
    """How the paths of so many character devices begin: Slurm takes nothing else for gpus, and never opens them."""
    try:
        for number in range(count):
            os.mknod(root / f"gpu{number}", 0o666 | stat.S_IFCHR, os.makedev(1, 3))  # null(4)
    except PermissionError:
        return "/dev/tty"
    return f"{root}/gpu"
