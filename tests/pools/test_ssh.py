"""The command that ssh runs, and the greeting, however it is cut and whatever stands before it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from burro.base.errors import Unreachable, UsageError
from burro.pools import ssh
from burro.pools.ssh import LOADER, MARK, REMOTE, Greeting, remote, ssh_argv

SHELLS = ["sh", "bash", "dash", "zsh", "ksh", "fish", "tcsh", "csh"]
SETTINGS = {"queue_id": "q", "pool": "gpu1"}


def greeting():
    return Greeting(b"zipapp", "ab" * 32, SETTINGS, version="0.1.0")


def test_the_command_is_one_line_that_no_shell_can_misread():
    assert not set(LOADER) & set("'\"\\$`!\n")
    inner = REMOTE.removeprefix("exec sh -c '").removesuffix("'")
    assert not set(inner) & set("'!\n")
    assert "\\\\" not in inner
    assert len(REMOTE) < 1000


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shutil.which(shell)])
def test_every_login_shell_runs_it(shell):
    heard = subprocess.run([shell, "-c", REMOTE], input=b"print(7)\n", capture_output=True, timeout=30, check=False)
    assert (heard.stdout, heard.stderr, heard.returncode) == (MARK + b"7\n", b"", 0)


def test_a_python_that_was_named_is_the_only_one_tried(tmp_path):
    found = subprocess.run(
        ["sh", "-c", remote(sys.executable)], input=b"", capture_output=True, timeout=30, check=False
    )
    assert found.stdout == MARK
    missing = subprocess.run(
        ["sh", "-c", remote(f"{tmp_path}/none")], input=b"", capture_output=True, timeout=30, check=False
    )
    assert (missing.stdout, missing.returncode) == (b"\x01burro-error \n", 86)


@pytest.mark.parametrize("python", ["a b", "a'b", "-c", 'x"y', "a;b", "$(x)", ""])
def test_a_python_that_a_shell_could_misread_is_refused(python):
    with pytest.raises(UsageError, match="takes the path of a Python"):
        remote(python)


def test_the_command_line_lets_nothing_be_asked_or_forwarded():
    argv = ssh_argv("gpu1", control_path="/tmp/cm-%C")
    assert argv[1:3] == ["-T", "-o"]
    assert argv[-3:] == ["--", "gpu1", REMOTE]
    assert {"BatchMode=yes", "ForwardAgent=no", "ControlPath=/tmp/cm-%C"} < set(argv)
    assert ssh_argv("ann@gpu1.example.org", "true")[-1] == "true"


@pytest.mark.parametrize("host", ["-oProxyCommand=x", "a b", "a;b", "", "ssh://x", "a/b", "a\n"])
def test_what_is_no_host_is_refused(host):
    with pytest.raises(UsageError, match="is no name of a host"):
        ssh_argv(host)


@pytest.mark.parametrize("have", [True, False])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_the_greeting_is_the_same_however_it_is_cut(have, size):
    said = b"Welcome!\nlast login: \x01burro\n" + MARK
    said += json.dumps({"op": "boot", "have": have, "python": "3.9.2"}).encode() + b"\n"
    said += json.dumps({"op": "linked", "worker": "w"}).encode() + b"\nrest"
    one = greeting()
    sent = [one.feed(said[start : start + size]) for start in range(0, len(said), size)]
    first, boot, last = b"".join(sent).split(b"\n", 2)
    assert first.startswith(b"exec(")
    assert json.loads(boot) == {"op": "boot", "sha256": "ab" * 32, "size": 6, "version": "0.1.0"}
    assert json.loads(last.removeprefix(b"zipapp")) == {"op": "link", **SETTINGS}
    assert last.startswith(b"zipapp") != have
    assert (one.python, one.sent_file, one.linked, one.rest) == (
        "3.9.2",
        not have,
        {"op": "linked", "worker": "w"},
        b"rest",
    )
    assert one.noise.startswith(b"Welcome!")


def test_noise_without_end_is_an_error():
    one = greeting()
    assert one.feed(b"x" * ssh.MOST_NOISE) == b""
    assert not one.is_marked
    with pytest.raises(Unreachable, match="more than 1 MB"):
        one.feed(b"x")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            b"\x01burro-error , python3 is Python 3.6.8\n",
            r"no Python of at least 3.9 there \(python3 is Python 3.6.8\)",
        ),
        (b"noise\n\x01burro-error \n", "no Python of at least 3.9 there; name one"),
        (MARK + b"Traceback\n", "what answers there is no burro: Traceback"),
        (MARK + b'{"error": "the disk is full"}\n', "the disk is full"),
        (MARK + b'{"have": true}\n{"error": "no room"}\n', "no room"),
    ],
)
def test_what_goes_wrong_is_a_sentence(said, sentence):
    with pytest.raises(Unreachable, match=sentence):
        greeting().feed(said)


def test_the_sentence_for_silence_quotes_what_ssh_said_last():
    assert "ssh said last: kex_exchange: x; try: ssh gpu1 true" in ssh.silent("gpu1", stderr="a\nkex_exchange: x\n\n")
