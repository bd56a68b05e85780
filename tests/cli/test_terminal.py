"""What a person sees on a terminal: a real one, by a pseudo terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios


def _on_terminal(world, words, *, width=100, **env):
    """The screen text of `burro WORDS` on a terminal of `width` columns, and its exit code."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 40, width, 0, 0))
    command = [world.env["PATH"].split(":")[0] + "/burro", *words]
    env = {**world.env, "TERM": "xterm-256color", **env}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=world.work)
    os.close(theirs)
    parts = []
    while part := _read(ours):
        parts.append(part)
    os.close(ours)
    return b"".join(parts).decode(), process.wait(timeout=30)


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # how a pseudo terminal says that its other end is closed
        return b""


def test_a_table_fits_its_terminal(shared):
    job = shared.done("-J", "n" * 120, "-o", "none", "true", "w" * 300)
    out, code = _on_terminal(shared, ["status", job], width=90, NO_COLOR="1")
    assert code == 0
    lines = re.sub("\x1b\\[[0-9;]*m|\r", "", out).splitlines()
    assert all(len(line) <= 90 for line in lines)
    assert job in lines[1]
    assert "done" in lines[1]


def test_states_have_colours_unless_they_are_unwanted(shared):
    job = shared.ended("-o", "none", "false")
    assert "\x1b[31m" in _on_terminal(shared, ["status", job])[0]
    assert "\x1b[3" not in _on_terminal(shared, ["status", job], NO_COLOR="1")[0]
    assert "\x1b" not in _on_terminal(shared, ["status", job], TERM="dumb")[0]


def test_waiting_shows_progress_and_wipes_it_away(shared):
    job = shared.submit("-a", "0-9", "-o", "none", "sleep", "0.2")
    out, code = _on_terminal(shared, ["wait", job])
    assert code == 0
    assert "/10" in out
