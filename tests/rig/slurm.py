"""A real Slurm on this computer: munge, a controller, and nodes that are really lost when they are killed.

It is not several computers: the file system, the hostname and the processes that jobs see are this computer's. What a
node is called stands in SLURMD_NODENAME.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.rig.slurm_accounting import Accounting
from tests.rig.slurm_box import Box
from tests.rig.slurm_settings import Cluster, free_ports, write
from tests.waiting import until

PLACES = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
LONGEST = 60.0  # seconds for one command
_LONG = 30  # seconds: far more than any part needs to come up
_ROOMY = "/var/tmp"  # names of sockets are short, and other users' jobs must get there
_UP = {"idle", "mix", "alloc", "comp", "resv", "drain", "drng"}  # sinfo(1), %t; `idle*` does not respond


class Slurm:
    """A cluster. Nothing runs before `up`; after `down` nothing is left."""

    def __init__(self, cluster: Cluster | None = None) -> None:
        self.cluster = cluster or Cluster()
        self.root = Path(tempfile.mkdtemp(prefix="slurm-", dir=_ROOMY))
        self.root.chmod(0o755)
        for name in ("munge", "state", "log", *(f"spool/{node}" for node in self.cluster.names)):
            (self.root / name).mkdir(parents=True)
        self.conf = self.root / "slurm.conf"
        self.port = free_ports(self.cluster.nodes + 3)
        self._accounting = Accounting(self.root, self.port + self.cluster.nodes + 1, self._box)
        accounting = self._accounting.conf() if self.cluster.accounting else ""
        write(self.cluster, self.root, port=self.port, accounting=accounting)
        self.env = {**_without_slurm(os.environ), "PATH": PLACES, "SLURM_CONF": str(self.conf)}
        self._boxes: dict[str, Box] = {}

    # Its life.

    def up(self) -> None:
        """Start everything and wait until all nodes can be used."""
        munge = self._box("munged", *self._munged())
        self._box("slurmctld", "-D", "-f", str(self.conf))
        for name in self.cluster.names:
            self._box("slurmd", "-D", "-f", str(self.conf), "-N", name, name=name)
        munge.start()
        until((self.root / "munge" / "s").exists, within=_LONG)
        if self.cluster.accounting:
            self._accounting.start()
        self.start_controller()
        if self.cluster.accounting:
            self._introduce()
        for name in self.cluster.names:
            self._boxes[name].start()
        self.wait_for(self.cluster.names)

    def down(self) -> None:
        """End and remove everything."""
        with ExitStack() as last:
            last.callback(shutil.rmtree, self.root)
            for box in self._boxes.values():
                last.callback(box.close)
            for box in self._boxes.values():
                last.callback(box.begin_to_close)

    # Its commands.

    def run(self, *words: str, **how) -> subprocess.CompletedProcess[str]:
        """Run one of Slurm's commands to its end."""
        settings = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": LONGEST}
        if "input" in how:
            settings.pop("stdin")
        return subprocess.run(words, env=self.env, cwd=self.root, **{**settings, **how}, check=False)

    def well(self, *words: str, **how) -> str:
        """The output of a command that must exit 0."""
        done = self.run(*words, **how)
        assert done.returncode == 0, done
        return done.stdout.strip()

    def submit(self, script: str, *options: str) -> int:
        """Submit a batch script of /bin/sh; its id."""
        text = script if script.startswith("#!") else f"#!/bin/sh\n{script}\n"
        return int(self.well("sbatch", "--parsable", "--output", f"{self.root}/%j.out", *options, input=text))

    def output(self, job: int) -> str:
        """What a job has written so far."""
        path = self.root / f"{job}.out"
        return path.read_text() if path.exists() else ""

    def field(self, job: int, name: str) -> str:
        """A field of `scontrol show job`: JobState, Reason, ExitCode, NodeList, Restarts, ..."""
        words = self.well("scontrol", "--oneliner", "show", "job", str(job)).split(" ")
        return next((word.partition("=")[2] for word in words if word.startswith(f"{name}=")), "")

    def state(self, job: int) -> str:
        """The state of a job."""
        return self.field(job, "JobState")

    def becomes(self, job: int, *states: str, within: float = _LONG) -> str:
        """Wait until a job has one of these states; which."""
        return until(lambda: (state := self.state(job)) in states and state, within=within)

    def nodes(self) -> dict[str, str]:
        """The short state of each node, as `idle`, `alloc`, `down*`."""
        lines = self.well("sinfo", "--noheader", "--Node", "--partition=whole", "--format=%N %t").splitlines()
        return dict(line.split() for line in lines)

    def serve(self, world) -> None:
        """Give a test's queue this Slurm."""
        world.env["SLURM_CONF"] = str(self.conf)

    # What happens to it.

    def kill_node(self, name: str) -> None:
        """Power loss: everything on the node dies at once, and nobody is told."""
        self._boxes[name].lose_power()

    def give_up(self, name: str) -> None:
        """The controller takes a node for lost now, as an administrator can tell it, and not after its timeout."""
        self.well("scontrol", "update", f"NodeName={name}", "State=DOWN", "Reason=lost")

    def kill_slurmd(self, name: str) -> None:
        """Only Slurm's own process there dies; jobs go on."""
        self._boxes[name].kill()

    def start_node(self, name: str) -> None:
        """Start slurmd there and wait until the node can be used again."""
        self._boxes[name].start()
        self.wait_for([name])

    def processes(self, name: str) -> list[int]:
        """The pids of all that lives on a node, slurmd among them."""
        return self._boxes[name].processes()

    def stop_controller(self) -> None:
        """End the controller in good order: clients are refused."""
        self._boxes["slurmctld"].stop()

    def kill_controller(self) -> None:
        """Kill the controller."""
        self._boxes["slurmctld"].kill()

    def start_controller(self) -> None:
        """Start the controller and wait until it answers."""
        box = self._boxes["slurmctld"]
        box.start()
        until(lambda: not box.is_up or self._answers(), within=_LONG)
        assert box.is_up, box.console.read_text()

    def hang_controller(self) -> None:
        """The controller stands still: clients wait for its answer until they give up."""
        self._boxes["slurmctld"].hang()

    def resume_controller(self) -> None:
        """The controller goes on, with what it was asked meanwhile."""
        self._boxes["slurmctld"].go_on()

    def stop_munge(self) -> None:
        """End munge: every command of Slurm's fails."""
        self._boxes["munged"].stop()

    def start_munge(self) -> None:
        """Start munge again."""
        self._boxes["munged"].start()
        until(lambda: self.run("scontrol", "ping").returncode == 0, within=_LONG)

    def wait_for(self, names: list[str]) -> None:
        """Wait until these nodes can be used."""
        until(lambda: all(state in _UP for name, state in self.nodes().items() if name in names), within=_LONG)

    def limit(self, name: str, value: int) -> None:
        """Set a limit of the QOS that all have, as GrpSubmitJobs or GrpJobs; -1: none. Needs accounting."""
        self.well("sacctmgr", "--immediate", "modify", "qos", "normal", "set", f"{name}={value}")
        wanted = f"{name}={'N' if value < 0 else value}("
        until(lambda: wanted in self.well("scontrol", "show", "assoc_mgr", "flags=qos"), within=_LONG)

    def _introduce(self) -> None:
        """Who is not known to the accounting may submit nothing."""
        add = ("sacctmgr", "--immediate", "add", "account", "abc", "Description=x", "Organization=y")
        until(lambda: self.run(*add).returncode == 0, within=_LONG)  # the controller first has to introduce itself
        self.well("sacctmgr", "--immediate", "add", "user", getpass.getuser(), "account=abc")
        until(lambda: "Account=abc" in self.well("scontrol", "show", "assoc_mgr", "flags=assoc"), within=_LONG)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=_LONG).close()
        except OSError:
            return False
        return "UP" in self.run("scontrol", "ping").stdout

    def _munged(self) -> list[str]:
        folder = self.root / "munge"
        (folder / "key").write_bytes(os.urandom(128))
        (folder / "key").chmod(0o600)
        files = {"key-file": "key", "socket": "s", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        return ["--foreground", "--num-threads=2", *(f"--{name}={folder}/{file}" for name, file in files.items())]

    def _box(self, program: str, *words: str, name: str = "") -> Box:
        path = shutil.which(program, path=PLACES)
        assert path, f"this computer has no {program}; tools/for-tests installs it, `make test` runs that"
        console = self.root / "log" / f"{name or program}.console"
        box = self._boxes[name or program] = Box(name or program, [path, *words], env=self.env, console=console)
        return box


@contextmanager
def running(cluster: Cluster | None = None) -> Iterator[Slurm]:
    """A cluster from its first to its last process."""
    slurm = Slurm(cluster)
    try:
        slurm.up()
        yield slurm
    finally:
        slurm.down()


def _without_slurm(env: dict[str, str]) -> dict[str, str]:
    """Settings of a Slurm that this computer may belong to are not ours."""
    theirs = ("SLURM", "SBATCH", "SQUEUE", "SACCT", "SINFO", "SCANCEL", "SALLOC", "SRUN")
    return {name: value for name, value in env.items() if not name.startswith(theirs)}
