"""The quick `submit`: it imports next to nothing, and nothing is lost where it gives up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig

from tests.waiting import until

ALLOWED = {
    "__future__",
    "_json",
    "_socket",
    "burro",
    "burro.api",
    "burro.api.context",
    "burro.base",
    "burro.base.errors",
    "burro.base.paths",
    "burro.cli",
    "burro.cli.first",
    "burro.cli.forms",
    "burro.cli.lines",
    "burro.cli.options",
    "burro.cli.quick",
    "burro.cli.submitted",
    "burro.cli.words",
    "burro.model",
    "burro.model.options",
    "resource",
}


def _modules(queue, *command):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command], env=queue.env, cwd=queue.work, capture_output=True, check=True
    )
    lines = done.stderr.decode().splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


def test_submit_imports_nothing_but_this(queue):
    queue.well("up")
    burro = os.path.join(sysconfig.get_path("scripts"), "burro")
    new = _modules(queue, burro, "submit", "true") - _modules(queue, "-c", "pass")
    assert new <= ALLOWED, f"the quick client imports more: {sorted(new - ALLOWED)}"


def test_a_submission_outlives_its_server(queue):
    queue.well("up")
    for number in range(1, 6):
        os.kill(queue.server(), signal.SIGKILL)
        assert queue.submit("-o", "none", "true") == str(number)
    assert queue.burro("wait", "1-5").code == 0


def test_a_submission_whose_answer_never_came_is_neither_lost_nor_doubled(queue):
    queue.well("up")
    os.kill(queue.server(), signal.SIGSTOP)
    client = queue.start("submit", "--parsable", "-o", "none", "true")
    until(lambda: _sent(client.pid), within=10)
    os.kill(queue.server(), signal.SIGKILL)
    out, err = client.communicate(timeout=60)
    assert (client.returncode, out) == (0, b"1\n"), err
    assert queue.submit("true") == "2"


def _sent(pid):
    """Whether the client waits for its answer: in recvfrom (syscall 45 on x86-64), or asleep elsewhere."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "S" and os.path.exists(f"/proc/{pid}/fd/3")


def test_both_paths_say_the_same(queue):
    quick = queue.burro("submit", "true")
    full = queue.burro("submit", "--wait", "true")
    assert (quick.out, full.out) == ("Submitted job 1\n", "Submitted job 2\n")
    specs = [queue.show(job)["spec"] for job in ("1", "2")]
    assert specs[0] == specs[1]


def test_a_server_that_is_not_ours_is_not_told_anything(queue):
    queue.well("up")
    record = queue.queue / "server.json"
    text = record.read_text()
    open_to_all = queue.work / "open"
    open_to_all.mkdir(mode=0o777)
    open_to_all.chmod(0o777)
    record.write_text(text.replace('"socket": "', f'"socket": "{open_to_all}/x'))
    ended = queue.burro("submit", "true")
    record.write_text(text)
    assert ended.code in (0, 4), ended
