"""Records of jobs that have ended, beside what git and git-annex need for the same when told directly."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from figures import Figure, Report

from burro.provenance.ended import Ended, Tried
from burro.provenance.finish import finish
from burro.provenance.keys import place_of

COUNT, QUICK = 10_000, 500
FILES, QUICK_FILES = 100_000, 5_000
_TIMES = 5  # single jobs that are finished, of which the middle one counts
_PLAIN = ("-c", "filter.annex.process=", "-c", "filter.annex.clean=", "-c", "filter.annex.smudge=")


def measure(*, quick: bool) -> Report:
    """Jobs of two small texts and four kilobytes for the annex; then one alone, among few files and many."""
    os.environ["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    count, files = (QUICK, QUICK_FILES) if quick else (COUNT, FILES)
    floor, (ours, looked) = _batch(_directly, count)[0], _batch(_finished, count)
    with _repository() as root:
        alone = _one(root, 0)
        _fill(root, files)
        crowded = _one(root, 100)
    return Report(
        "provenance",
        [
            Figure(f"finish {count:,} jobs of 3 files", ours, "s", beside=f"git and git-annex directly: {floor:.1f} s"),
            Figure("... for each second that they need directly", ours / floor, "", most=2.0),
            Figure(f"git status afterwards, {3 * count:,} files", looked, "s", most=0.5),
            Figure("finish one job, few files", alone, "s", most=0.3),
            Figure(f"finish one job, {files:,} files", crowded, "s", most=0.8),
        ],
    )


def _batch(way, count: int) -> tuple[float, float]:
    """Seconds that it takes, and that git needs to see that all is clean afterwards."""
    with _repository() as root:
        jobs = [_job(root, number) for number in range(count)]
        begin = time.perf_counter()
        way(root, jobs)
        took = time.perf_counter() - begin
        made = subprocess.check_output(["git", "rev-list", "--count", "HEAD"], cwd=root)
        assert int(made) == count + 1, f"{made} commits"
        begin = time.perf_counter()
        assert not subprocess.check_output(["git", "status", "--porcelain"], cwd=root)
        return took, time.perf_counter() - begin


@contextmanager
def _repository() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="burro-bench-"))
    try:
        _git(root, "init", "-q")
        _git(root, "config", "user.name", "bench")
        _git(root, "config", "user.email", "bench@example.org")
        _git(root, "config", "gc.auto", "0")  # it would go on behind us
        subprocess.run(["git-annex", "init", "-q"], cwd=root, check=True)
        (root / ".gitattributes").write_text("* annex.backend=MD5E\n* annex.largefiles=(include=*.bin)\n")
        _git(root, "add", ".gitattributes")
        _git(root, "commit", "-qm", "attributes")
        yield root
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(root)], check=False)
        shutil.rmtree(root, ignore_errors=True)


def _git(root: Path, *words: str, given: bytes | None = None) -> None:
    subprocess.run(["git", *words], cwd=root, input=given, check=True, stdout=subprocess.DEVNULL)


def _job(root: Path, number: int) -> Ended:
    place = f"out/{number // 1000}/{number}"
    (root / place).mkdir(parents=True)
    (root / place / "a.txt").write_text(f"text {number}\n" * 20)
    (root / place / "b.bin").write_bytes(os.urandom(4096))
    (root / place / "log").write_text(f"log {number}\n")
    tried = Tried(1, "done", host="node1", start="2026-11-20T10:00:00+01:00", seconds=3.0, memory=81_000)
    outputs = (f"{place}/a.txt", f"{place}/b.bin")
    return Ended(str(number), f"make {number}", outputs, logs=(f"{place}/log",), attempts=(tried,), exit=0)


def _finished(root: Path, jobs: list[Ended]) -> None:
    for result in finish(root, jobs):
        assert result.status == "ok", result


def _directly(root: Path, jobs: list[Ended]) -> None:
    """The same files and commits, told to git and git-annex with nothing asked and nothing checked."""
    uuid = subprocess.check_output(["git", "config", "annex.uuid"], cwd=root, text=True).strip()
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=root, text=True).strip()
    present, entries = [], []
    importer = subprocess.Popen(["git", "fast-import", "--quiet", "--date-format=raw"], cwd=root, stdin=subprocess.PIPE)
    for number, job in enumerate(jobs):
        record = {"chain": [], "cmd": job.command, "exit": 0, "inputs": [], "outputs": job.outputs, "pwd": "."}
        message = f"[DATALAD RUNCMD] x\n\n=== Do not change lines below ===\n{json.dumps(record)}\n^^^ Do not".encode()
        lines = b"commit refs/heads/made\ncommitter bench <bench@example.org> 1795251612 +0100\n"
        lines += b"data %d\n%s\n" % (len(message), message) + (b"" if number else f"from {head}\n".encode())
        for path in (*job.outputs, *job.logs):
            mode, content = _content(root, path, present)
            lines += f"M {mode} inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
            name = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            entries.append(f"{mode} {name}\t{path}\0")
        importer.stdin.write(lines)
    importer.stdin.close()
    assert importer.wait() == 0
    _git(root, "update-ref", "HEAD", "refs/heads/made")
    given = "".join(f"{key} {uuid} 1\n" for key in present).encode()
    program = Path(sys.executable).parent / "git-annex"
    subprocess.run([program, "setpresentkey", "--batch"], cwd=root, input=given, check=True, stdout=subprocess.DEVNULL)
    _git(root, "update-index", "-z", "--index-info", given="".join(entries).encode())
    subprocess.run(["git", *_PLAIN, "update-index", "-q", "--refresh"], cwd=root, check=True)


def _content(root: Path, path: str, present: list[str]) -> tuple[str, bytes]:
    full = root / path
    if full.suffix != ".bin":
        return "100644", full.read_bytes()
    key = f"MD5E-s{full.stat().st_size}--{hashlib.md5(full.read_bytes()).hexdigest()}.bin"
    place = root / ".git/annex/objects" / place_of(key)
    place.parent.mkdir(parents=True)
    full.rename(place)
    place.chmod(0o444)
    target = "../" * path.count("/") + f".git/annex/objects/{place_of(key)}"
    full.symlink_to(target)
    present.append(key)
    return "120000", target.encode()


def _one(root: Path, first: int) -> float:
    """Seconds to finish a single job: the middle of some."""
    took = []
    for number in range(first, first + _TIMES):
        job = _job(root, number)
        begin = time.perf_counter()
        _finished(root, [job])
        took.append(time.perf_counter() - begin)
    return sorted(took)[_TIMES // 2]


def _fill(root: Path, count: int) -> None:
    for number in range(count):
        place = root / "full" / str(number // 1000)
        if number % 1000 == 0:
            place.mkdir(parents=True)
        (place / str(number)).write_text(f"{number}\n")
    _git(root, *_PLAIN, "add", "full")
    _git(root, *_PLAIN, "commit", "--no-verify", "-qm", "full")
