"""`python -m burro.server QUEUE [--ready FD] [--take-over]`: the server's process; with `--end` it is told to leave."""

from __future__ import annotations

import os
import sys

if "--ready" in sys.argv and os.fork():
    os._exit(0)  # who started us waits for this process, not for the server: it has no zombie of it later

import argparse

from . import launch
from .own_allocation import is_wanted
from .run import main


def _start() -> int:
    parser = argparse.ArgumentParser(prog="burro.server")
    parser.add_argument("queue")
    parser.add_argument("--ready", type=int)
    parser.add_argument("--take-over", action="store_true")
    parser.add_argument("--end", action="store_true")
    parser.add_argument("--in-allocation", action="store_true")
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    if asked.end:
        launch.end(asked.queue)
        return 0
    if asked.in_allocation:
        return _in_allocation(asked.queue)
    if asked.ready is not None:
        os.set_inheritable(asked.ready, False)
    return main(asked.queue, ready=asked.ready, take_over=asked.take_over, again=asked.again)


def _in_allocation(queue: str) -> int:
    """Where the queue went down meanwhile nobody wants this server any more."""
    if not is_wanted(queue):
        return 0
    return main(queue, allocation=os.environ.get("SLURM_JOB_ID", "unknown"))


if __name__ == "__main__":
    sys.exit(_start())
