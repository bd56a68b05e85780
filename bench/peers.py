"""Other tools that start short tasks here, where they are installed: measured in the same run, never required."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from figures import Figure, Report
from short_tasks import SLOTS, passage
from yard import Yard, environment

COUNT, QUICK = 1_000, 300
_TRUE = shutil.which("true") or "/bin/true"


def measure(*, quick: bool) -> Report:
    """Tasks a second, each from the first to the end of the last; none of the others keeps a record of them."""
    count = QUICK if quick else COUNT
    report = Report("peers")
    with Yard(SLOTS) as yard:
        wall = passage(yard, count, files=False).wall
    report.figures.append(Figure(f"burro, {count:,} x true", count / wall, "a second"))
    for name, (program, measured) in _PEERS.items():
        if shutil.which(program) is None:
            report.remarks.append(f"{name}: not found")
            continue
        with tempfile.TemporaryDirectory(prefix="burro-bench-") as directory:
            wall = min(measured(count, Path(directory)) for _ in range(2))
        report.figures.append(Figure(f"{name}, {count:,} x true", count / wall, "a second"))
    return report


def _xargs(count: int, directory: Path) -> float:
    numbers = "".join(f"{number}\n" for number in range(count))
    return _wall(["xargs", f"-P{SLOTS}", "-n1", _TRUE], directory, text=numbers)


def _parallel(count: int, directory: Path) -> float:
    numbers = "".join(f"{number}\n" for number in range(count))
    return _wall(["parallel", f"-j{SLOTS}", _TRUE], directory, text=numbers)


def _task_spooler(count: int, directory: Path) -> float:
    """Submitted one by one, as it wants it; then the last is waited for."""
    env = {"TMPDIR": str(directory), "TS_SOCKET": str(directory / "socket"), "TS_MAXFINISHED": "10"}
    loop = f"tsp -S {SLOTS}; for n in $(seq {count}); do tsp -n {_TRUE}; done; tsp -w"
    try:
        return _wall(["sh", "-c", loop], directory, env=env)
    finally:
        subprocess.run(["tsp", "-K"], env={**environment(), **env}, check=True)


def _wall(command: list[str], directory: Path, *, text: str = "", env: dict[str, str] | None = None) -> float:
    began = time.perf_counter()
    subprocess.run(
        command,
        input=text,
        text=True,
        cwd=directory,
        env={**environment(), **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began


_PEERS: dict[str, tuple[str, Callable[[int, Path], float]]] = {
    f"xargs -P{SLOTS}": ("xargs", _xargs),
    f"GNU parallel -j{SLOTS}": ("parallel", _parallel),
    f"task-spooler -S {SLOTS}": ("tsp", _task_spooler),
}
