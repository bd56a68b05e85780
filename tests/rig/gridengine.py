"""A real Grid Engine on this computer: a master and one node, which is this computer, with 8 slots. For root only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.rig.gridengine_settings import BOOTSTRAP, EXEC_HOST, HOST_GROUP, PARALLEL, environment, filled
from tests.rig.slurm_box import Box
from tests.rig.slurm_settings import free_ports
from tests.waiting import until

_PLACES = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
_PACKAGE = Path("/var/lib/gridengine")
_DEFAULTS = Path("/usr/share/gridengine")
_LONG = 40  # seconds: far more than any part needs to come up
COMMANDS = ("qsub", "qstat", "qdel", "qacct", "qconf")


class GridEngine:
    """A cluster. Nothing runs before `up`; after `down` nothing is left."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="sge-", dir="/var/tmp"))
        self.root.chmod(0o755)
        self.host = socket.gethostname()
        self._port = free_ports(2)
        self.env = environment(os.environ, self.root, self._port, path=_PLACES)
        self._lay_out()
        daemon_env = {**self.env, "SGE_ND": "1"}  # they stay in the foreground
        self.master = self._box("sge_qmaster", daemon_env)
        self.node = self._box("sge_execd", daemon_env)

    def up(self) -> None:
        """Start everything and wait until jobs can run."""
        self.start_master()
        for words, text in self._introductions():
            file = self.root / "told"
            file.write_text(text)
            self.well(*words, *([str(file)] if text else []))
        self.node.start()
        until(lambda: "lx-" in self.run("qstat", "-f").stdout, within=_LONG)

    def down(self) -> None:
        """End and remove everything."""
        with ExitStack() as last:
            last.callback(shutil.rmtree, self.root)
            last.callback(self.master.close)
            last.callback(self.node.close)
            last.callback(self.node.begin_to_close)

    def start_master(self) -> None:
        """Start the master and wait until it answers."""
        self.master.start()
        until(lambda: self.run("qconf", "-sss").returncode == 0, within=_LONG)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of Grid Engine's commands to its end."""
        return subprocess.run(words, env=self.env, cwd=self.root, check=False, text=True, capture_output=True)

    def well(self, *words: str) -> str:
        """The output of a command that must exit 0."""
        done = self.run(*words)
        assert done.returncode == 0, done
        return done.stdout.strip()

    def serve(self, world) -> None:
        """Give a test's queue this Grid Engine."""
        world.env |= {name: value for name, value in self.env.items() if name.startswith("SGE_")}

    def _lay_out(self) -> None:
        for name in ("cell/common", "spool/qmaster", "spool/execd", "spool/db"):
            (self.root / name).mkdir(parents=True)
        for name in ("bin", "lib", "util", "utilbin"):
            (self.root / name).symlink_to((_PACKAGE / name).resolve())
        cell = self.root / "cell/common"
        (cell / "bootstrap").write_text(BOOTSTRAP.format(root=self.root))
        (cell / "act_qmaster").write_text(f"{self.host}\n")
        (cell / "host_aliases").write_text(f"{self.host} localhost\n")  # 127.0.0.1 is this host too
        (cell / "cluster_name").write_text("rig\n")
        self._spool()

    def _spool(self) -> None:
        """Its database, with what it has by itself."""
        conf = (_DEFAULTS / "default-configuration").read_text()
        values = {"execd_spool_dir": self.root / "spool/execd", "min_uid": 0, "min_gid": 0, "mailer": "/bin/true"}
        first = 100 * self._port  # groups by which it knows the processes of a job: no other cluster has them
        values |= {"gid_range": f"{first}-{first + 99}", "reporting_params": _AT_ONCE}
        (self.root / "conf").write_text(filled(conf, values))
        programs = Path("/usr/lib/gridengine")
        resources = _DEFAULTS / "util/resources"
        self.well(str(programs / "spoolinit"), "berkeleydb", "libspoolb", str(self.root / "spool/db"), "init")
        for words in (
            ("configuration", str(self.root / "conf")),
            ("complexes", str(resources / "centry")),
            ("usersets", str(resources / "usersets")),
            ("managers", "root"),
        ):
            self.well(str(programs / "spooldefaults"), *words)

    def _introductions(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What the master is told: its node, and a queue there."""
        yield ("qconf", "-as", self.host), ""
        yield ("qconf", "-Ae"), EXEC_HOST.format(host=self.host)
        yield ("qconf", "-Ahgrp"), HOST_GROUP.format(host=self.host)
        yield ("qconf", "-Ap"), PARALLEL
        queue = {"qname": "all.q", "hostlist": "@allhosts", "slots": 8, "pe_list": "smp", "load_thresholds": "NONE"}
        yield ("qconf", "-Aq"), filled(self.well("qconf", "-sq"), {**queue, "notify": "00:00:05"})
        times = {"schedule_interval": "0:0:1", "flush_submit_sec": 1, "flush_finish_sec": 1}
        yield ("qconf", "-Msconf"), filled(self.well("qconf", "-ssconf"), times)

    def _box(self, program: str, env: dict[str, str]) -> Box:
        path = shutil.which(program, path=_PLACES)
        assert path, program
        return Box(program, [path], env=env, console=self.root / f"{program}.console")


_AT_ONCE = "accounting=true reporting=false flush_time=00:00:01 accounting_flush_time=00:00:00 joblog=false"


@contextmanager
def running() -> Iterator[GridEngine]:
    """A cluster from its first to its last process; where there is none the test is skipped."""
    if os.geteuid() != 0:
        pytest.skip("only root can run a node of Grid Engine")
    if shutil.which("sge_qmaster", path=_PLACES) is None:
        pytest.skip("this computer has no Grid Engine; tools/for-tests installs it where the system has it")
    cluster = GridEngine()
    try:
        cluster.up()
        yield cluster
    finally:
        cluster.down()


@pytest.fixture(scope="module")
def grid_engine() -> Iterator[GridEngine]:
    """A cluster that the tests of one file have together."""
    with running() as made:
        yield made
