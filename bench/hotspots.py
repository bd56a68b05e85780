"""Where the server spends its time on short tasks: `python bench/hotspots.py [COUNT]`.

The profiler makes calls dearer than they are; the cpu time a task, which `run.py --only tasks` prints, decides.
For the worker: `py-spy record -p PID --nonblocking`, or `perf record -p PID`, while `run.py --only tasks` runs.
"""

from __future__ import annotations

import pstats
import sys
import tempfile
from pathlib import Path

from short_tasks import SLOTS, passage
from yard import ROLES, Yard

_COUNT = 5_000
_LINES = 30


def main(words: list[str]) -> int:
    """Send an array through a server that runs under cProfile; print what took longest."""
    count = int(words[0]) if words else _COUNT
    with tempfile.TemporaryDirectory(prefix="burro-bench-") as directory:
        found = Path(directory) / "profile"
        server = [sys.executable, "-P", "-m", "cProfile", "-o", str(found), "-m", "burro.server"]
        with Yard(SLOTS, server=server) as yard:
            passed = passage(yard, count, files=False)
        print(", ".join(f"{role} {passed.cpu[role] / count * 1e6:.0f} us of cpu a task" for role in ROLES))
        pstats.Stats(str(found)).sort_stats("tottime").print_stats(_LINES)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
