"""Another user of this machine can neither read a queue, nor connect to its server, nor submit to it."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from burro.base.errors import Unreachable
from burro.base.paths import socket_path
from burro.link.call import connect
from tests.conftest import World

SECRET = "a-value-that-nobody-else-may-see"

# Run by the other user: tries each thing and says what came of it.
ATTEMPTS = """
import os, socket, sys
queue, address, clean = sys.argv[1:]

def tried(what, step):
    try:
        print(what, "WORKED", step())
    except OSError as error:
        print(what, "refused", error.strerror)

def reach():
    end = socket.socket(socket.AF_UNIX)
    end.settimeout(5)
    end.connect(address)
    end.sendall(b'{"op": "status"}\\n')
    answer = end.recv(4096)
    if not answer:
        raise OSError(111, "hung up without a word")
    return answer

tried("list", lambda: os.listdir(queue))
tried("record", lambda: open(queue + "/server.json").read())
tried("store", lambda: open(queue + "/burro.db", "rb").read(16))
tried("add", lambda: open(queue + "/new", "w"))
tried("sockets", lambda: os.listdir(os.path.dirname(address)))
tried("connect", reach)
tried("unlink", lambda: os.unlink(address))
"""


@pytest.fixture
def open_world():
    """A world that another user can walk to: only the queue's own modes keep them out."""
    root = Path(tempfile.mkdtemp(prefix="burro-two-users-"))
    root.chmod(0o755)
    world = World(root)
    try:
        yield world
    finally:
        world.leave()
        shutil.rmtree(root)


def modes(queue):
    """Everything in the queue directory that others could open."""
    found = [queue, *queue.rglob("*"), Path(socket_path(str(queue)))]
    return {str(path): oct(stat.S_IMODE(path.lstat().st_mode)) for path in found if path.lstat().st_mode & 0o077}


def test_nothing_in_a_queue_is_open_to_others(open_world):
    """What an ordinary user can check: the modes of all there is, also where the umask would let everybody in."""
    before = os.umask(0o000)
    try:
        open_world.done("-o", "none", "--shell", "umask; true", SECRET_IN_ENV=SECRET)
        open_world.write("job.sh", "#!/bin/sh\n#BURRO -o none\nsleep 1\n")
        open_world.submit("./job.sh")
        open_world.ended("-o", "none", "false")
        assert modes(open_world.queue) == {}
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path(socket_path(str(open_world.queue))).parent.stat().st_mode) == 0o700


@pytest.fixture
def other():
    """Another user. Only root can become one: without root, the story above says what can be said."""
    if os.geteuid() != 0:
        print("not root: that another user is refused was not tried, only that all modes are closed to others")
        return None
    return pwd.getpwnam("nobody")


def as_other(other, words, **how):
    """Run a command as the other user, from the other user's own directory."""
    return subprocess.run(
        words,
        user=other.pw_uid,
        group=other.pw_gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **how,
    )


def interpreter(other):
    """A Python that the other user can run: ours may lie in a home directory."""
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and as_other(other, ["test", "-x", python]).returncode == 0:
            return python
    return None


def test_another_user_can_neither_read_nor_connect_nor_submit(open_world, other):
    if other is None:
        return
    open_world.done("-o", "none", "true", SECRET_IN_ENV=SECRET)
    python = interpreter(other)
    assert python, "no Python here that the user nobody can run; install python3"
    queue, address = str(open_world.queue), socket_path(str(open_world.queue))
    tried = as_other(other, [python, "-c", ATTEMPTS, queue, address, ""])
    lines = tried.stdout.splitlines()
    assert len(lines) == 7, tried
    assert [line for line in lines if "refused" not in line] == []


# The command as the other user runs it. Ours may lie where nobody else can walk to, so it is loaded before.
BECOME = """
import argparse, gettext, importlib, locale, os, pkgutil, shutil, sys
import burro
for module in pkgutil.walk_packages(burro.__path__, "burro."):
    if not module.name.endswith("__main__") and "datalad_extension" not in module.name:
        importlib.import_module(module.name)
os.setgroups([])
os.setgid({gid})
os.setuid({uid})
os.chdir("/")
sys.exit(burro.cli.first.main(["burro", *sys.argv[1:]]))
"""


def test_the_command_refuses_another_users_queue_in_one_sentence(open_world, other):
    if other is None:
        return
    open_world.well("up")
    become = BECOME.format(uid=other.pw_uid, gid=other.pw_gid)
    for words in (["submit", "true"], ["status"], ["cancel", "1"], ["up"], ["down", "--now"]):
        tried = subprocess.run(
            [sys.executable, "-c", become, *words],
            env=open_world.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert tried.returncode in (2, 4), (words, tried)
        assert tried.stdout == ""
        assert tried.stderr.startswith("burro: "), (words, tried)
        assert len(tried.stderr.splitlines()) == 1, (words, tried)
    assert json.loads(open_world.well("status", "--json"))["jobs"] == []


def test_a_socket_directory_that_somebody_else_made_is_not_used(open_world, other):
    """/tmp is everybody's: who comes first could put a directory or a link there."""
    if other is None:
        return
    open_world.well("up")
    other_made = Path(tempfile.mkdtemp(prefix="burro-not-ours-"))
    os.chown(other_made, other.pw_uid, other.pw_gid)
    record = json.loads((open_world.queue / "server.json").read_text())
    (open_world.queue / "server.json").write_text(json.dumps({**record, "socket": str(other_made / "x.sock")}))
    try:
        with socket.socket(socket.AF_UNIX) as trap:
            trap.bind(str(other_made / "x.sock"))
            trap.listen()
            trap.setblocking(False)
            with pytest.raises(Unreachable, match="not a directory of yours alone"):
                connect(str(open_world.queue))
            with pytest.raises(BlockingIOError):
                trap.accept()
    finally:
        (open_world.queue / "server.json").write_text(json.dumps(record))
        shutil.rmtree(other_made)
