"""Accounting for the rig's Slurm: slurmdbd with a database of its own. It is what limits and `sacct` need."""

from __future__ import annotations

import getpass
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.rig.programs import program
from tests.rig.slurm_box import Box
from tests.waiting import until

_LONG = 60  # seconds: a new database takes its time on a busy computer
_SOME = ("--no-defaults", "-uroot")
_FIRST = """
create database slurm_acct;
create user slurm@'127.0.0.1' identified by 'slurm';
grant all on slurm_acct.* to slurm@'127.0.0.1';
"""
_CONF = """\
AuthType=auth/munge
AuthInfo=socket={root}/munge/s
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser={user}
LogFile={root}/log/slurmdbd.log
PidFile={root}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct
CommitDelay=1
"""
_SLURM = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={port}
AccountingStoragePass={root}/munge/s
AccountingStorageEnforce=associations,limits,qos
"""

MakeBox = Callable[..., Box]


class Accounting:
    """The daemons. `port`: slurmdbd's; the one behind it is the database's."""

    def __init__(self, root: Path, port: int, make_box: MakeBox) -> None:
        self._root, self._port, self._box = root, port, make_box

    def conf(self) -> str:
        """The lines for slurm.conf."""
        return _SLURM.format(root=self._root, port=self._port)

    def start(self) -> None:
        """Start both; munge has to be there."""
        self._start_database()
        conf = self._root / "slurmdbd.conf"  # where slurmdbd looks for it: beside slurm.conf
        conf.touch(mode=0o600)
        names = {"root": self._root, "port": self._port, "database": self._port + 1, "user": getpass.getuser()}
        conf.write_text(_CONF.format(**names))
        box = self._box("slurmdbd", "-D")
        box.start()
        until(lambda: not box.is_up or self._listens(), within=_LONG)
        assert box.is_up, box.console.read_text()

    def _start_database(self) -> None:
        place, me = self._root / "db", getpass.getuser()
        how = ("--no-defaults", f"--datadir={place}", f"--user={me}")
        first = ("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
        subprocess.run([program("mariadb-install-db"), *how, *first], capture_output=True, check=True)
        quick = ("--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", "--innodb-buffer-pool-size=64M")
        own = (f"--socket={place}/s", f"--pid-file={place}/pid", "--bind-address=127.0.0.1", f"--port={self._port + 1}")
        self._box("mariadbd", *how, *own, *quick, "--innodb-lock-wait-timeout=900").start()
        until(lambda: self._sql("select 1"), within=_LONG)
        assert self._sql(_FIRST)

    def _sql(self, text: str) -> bool:
        command = [program("mariadb"), *_SOME, f"--socket={self._root}/db/s"]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False).returncode == 0

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=_LONG).close()
        except OSError:
            return False
        return True
