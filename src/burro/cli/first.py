"""The command's first step: `submit` goes the quick way where it can, everything else the full one."""

from __future__ import annotations

import os
import sys

from . import quick


def main(argv: list[str]) -> int:
    """Run the command line `argv` (its first word is the program's name) and give the exit code."""
    try:
        code = _main(argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _die_of_a_closed_pipe()
        raise
    return code


def _main(words: list[str]) -> int:
    request = os.urandom(16).hex()
    queue, rest = leading_queue(words)
    if rest[:1] == ["submit"]:
        code = quick.submit(rest[1:], queue=queue, request=request)
        if code is not None:
            return code
    from . import full

    return full.main(rest, queue=queue, request=request)


def leading_queue(words: list[str]) -> tuple[str | None, list[str]]:
    """What `--queue DIR` before the verb says, and the words after it."""
    if words[:1] == ["--queue"] and len(words) > 1:
        return words[1], words[2:]
    if words and words[0].startswith("--queue="):
        return words[0].partition("=")[2], words[1:]
    return None, words


def _die_of_a_closed_pipe() -> None:
    """End as any program does whose reader (`| head`) went away: quietly, by SIGPIPE."""
    import signal

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
