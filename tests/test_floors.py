from __future__ import annotations

from pathlib import Path

import pytest

import burro
from tests.floors import Door, strays

DOORS = (
    Door(
        what="processes are started",
        names=(
            *("subprocess", "subprocess.*", "multiprocessing", "multiprocessing.*", "pty", "pty.*"),
            *("os.posix_spawn*", "os.exec*", "os.fork*", "os.spawn*", "os.system", "os.popen"),
            *("asyncio.create_subprocess*", "asyncio.subprocess*"),
        ),
        places={
            "worker/": "starts the tasks, and its keeper the worker",
            "pools/": "starts workers where they are wanted",
            "provenance/": "git and git-annex, which keep the records",
            "server/launch.py": "starts the server, detached from who needs it",
            "server/at_boot.py": "asks systemd or cron to start it at boot",
            "server/__main__.py": "forks once, so that nobody is left with a zombie of it",
        },
    ),
    Door(
        what="the database is opened",
        names=("apsw", "apsw.*", "sqlite3", "sqlite3.*"),
        places={"store/": "one owner of one file"},
    ),
    Door(
        what="time is read and waited for",
        names=(
            *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.sleep"),
            *("time.clock_gettime*", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.*.today"),
        ),
        places={
            "base/clock.py": "so that a test can say what time it is",
            "worker/boot.py": "runs where the clock of ours is not yet",
        },
    ),
    Door(
        what="print stands",
        names=("print",),
        places={
            "cli/": "the face that talks",
            "worker/__main__.py": "a worker is a command of its own and answers --version",
        },
    ),
)

SQL = {
    "store/db.py": "opens the database and ends transactions; what is done in them stands in sql/",
    "store/datalad_slurm.py": "reads another program's file, whose tables are not ours",
}


def found(package):
    return strays(package, doors=DOORS, sql=SQL)


def test_imports_go_down_only_and_every_door_has_its_users():
    assert found(Path(burro.__file__).parent) == []


def test_every_place_that_a_door_names_exists():
    """A list with names of the past lets strays in under them."""
    package = Path(burro.__file__).parent
    places = [place for door in DOORS for place in door.places] + list(SQL)

    assert [place for place in places if not (package / place).exists()] == []


@pytest.fixture
def house(tmp_path):
    """A package in which all is well, to plant one stray in."""
    plant(
        tmp_path, "base/clock.py", "import time\nfrom .. import __version__\nfrom time import sleep\nnow = time.time\n"
    )
    plant(tmp_path, "model/job.py", "from ..base import text\n")
    plant(tmp_path, "store/db.py", 'import apsw\nfrom ..model import job\n"begin immediate"\n')
    plant(tmp_path, "link/lines.py", "import socket\nfrom burro.base.errors import BurroError\n")
    plant(tmp_path, "worker/loop.py", "import os\nfrom ..link.lines import read\nos.posix_spawn('a', [], {})\n")
    plant(tmp_path, "server/gate.py", "from .. import link\nfrom ..store import db\nfrom ..pools import bundle\n")
    plant(tmp_path, "api/queue.py", "from ..link import call\n")
    plant(tmp_path, "cli/first.py", "from burro.api import Queue\nprint('hello')\n")
    plant(tmp_path, "__main__.py", "from . import __version__\nfrom .cli import first\n")
    plant(tmp_path, "__init__.py", "def f():\n    from . import api\n")
    return tmp_path


def plant(house, name, text):
    path = house / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_house_in_which_all_is_well_has_no_strays(house):
    assert found(house) == []


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("base/up.py", "from ..model import job", "imports go down only, and model is above base"),
        ("base/up.py", "from burro.model.job import Job", "imports go down only, and model is above base"),
        ("base/up.py", "import burro.store.db", "imports go down only, and store is above base"),
        ("base/up.py", "from .. import store", "imports go down only, and store is above base"),
        ("base/up.py", "import burro", "imports go down only, and burro is above base"),
        (
            "model/up.py",
            "if TYPE_CHECKING:\n    from ..store import db",
            "imports go down only, and store is above model",
        ),
        ("store/side.py", "from ..link import lines", "imports do not go sideways, and link is on the floor of store"),
        ("pools/side.py", "from ..store import db", "imports do not go sideways, and store is on the floor of pools"),
        (
            "server/side.py",
            "from ..worker import loop",
            "imports do not go sideways, and worker is on the floor of server",
        ),
        ("cli/side.py", "from ..tui import screen", "imports do not go sideways, and tui is on the floor of cli"),
        ("server/up.py", "def f():\n    from ..api import Queue", "imports go down only, and api is above server"),
        ("api/up.py", "from burro import cli", "imports go down only, and cli is above api"),
        ("worker/down.py", "from ..store import db", "worker runs without store and may not import it"),
        ("worker/down.py", "from ..pools import bundle", "worker runs without pools and may not import it"),
        ("link/bare.py", "import rich", "imports rich.*only the standard library where it runs"),
        ("worker/bare.py", "from cloudpickle import loads", "imports cloudpickle.loads.*only the standard library"),
    ],
)
def test_a_stray_import_is_found_wherever_it_hides(house, name, text, sentence):
    plant(house, name, text)

    (stray,) = found(house)
    assert_says(stray, name, sentence)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("api/stray.py", "import subprocess", "uses subprocess; processes are started only in"),
        ("cli/stray.py", "from subprocess import run as go", "uses subprocess.run; processes"),
        ("server/stray.py", "import os\nos.execv('a', [])", "uses os.execv; processes"),
        ("server/stray.py", "import os as o\no.fork()", "uses os.fork; processes"),
        ("base/stray.py", "import os\nstart = os.posix_spawnp", "uses os.posix_spawnp; processes"),
        (
            "server/stray.py",
            "import asyncio\nasyncio.create_subprocess_exec('a')",
            "uses asyncio.create_subprocess_exec",
        ),
        ("server/stray.py", "import apsw", "uses apsw; the database is opened only in store/"),
        ("api/stray.py", "import sqlite3", "uses sqlite3; the database"),
        (
            "server/stray.py",
            "import time\ntime.monotonic()",
            "uses time.monotonic; time is read and waited for only in",
        ),
        ("worker/stray.py", "import time as t\nt.sleep(1)", "uses time.sleep; time"),
        ("worker/stray.py", "from time import sleep", "uses time.sleep; time"),
        ("model/stray.py", "import datetime\ndatetime.datetime.now()", "uses datetime.datetime.now; time"),
        ("model/stray.py", "from datetime import datetime as d\nd.now()", "uses datetime.datetime.now; time"),
        ("model/stray.py", "from datetime import date\ndate.today()", "uses datetime.date.today; time"),
        ("store/stray.py", "print('x')", "uses print; print stands only in cli/"),
        ("server/stray.py", "sql = 'select id from jobs where id = ?'", "holds SQL"),
        ("store/stray.py", "sql = f'''\n  UPDATE tasks SET state = {1}'''", "holds SQL"),
        ("api/stray.py", "f('insert or ignore into jobs values (1)')", "holds SQL"),
        ("store/stray.py", "f('with a as (select 1) select * from a')", "holds SQL"),
    ],
)
def test_whoever_uses_the_door_of_another_is_found(house, name, text, sentence):
    plant(house, name, text)

    said = found(house)
    assert said
    assert_says(said[-1], name, sentence)


def assert_says(stray, name, sentence):
    place, _, said = stray.partition(": ")
    assert place.startswith(f"burro/{name}:")
    assert all(part in said for part in sentence.split(".*")), said


def test_prose_that_sounds_like_sql_is_none(house):
    plant(
        house, "cli/prose.py", '"""Select jobs from the queue."""\nx = "update: select what you like, begin with one"\n'
    )

    assert found(house) == []
