"""Blobs and commits for git in one stream, which costs half a millisecond each (`git fast-import`)."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..base.errors import Failed
from .git import NOTHING, Entry, Git
from .remains import discard_report

SCRATCH = "refs/burro/finish"  # where commits are until the branch has them


@dataclass(frozen=True)
class Signed:
    """Who writes a commit, and when: `Name <mail>` and `seconds zone`."""

    who: str
    when: str


@dataclass(frozen=True)
class Planned:
    """A commit that is to be written."""

    message: str
    changes: Mapping[str, Entry]
    author: Signed
    committer: Signed
    ref: str = SCRATCH


class Stream:
    """A running `git fast-import`. Nothing that it was told is there before `end`."""

    def __init__(self, git: Git) -> None:
        self._git = git
        os.makedirs(os.path.join(git.shared, "burro"), exist_ok=True)
        handle, self._marks = tempfile.mkstemp(dir=os.path.join(git.shared, "burro"), prefix="marks-")
        os.close(handle)
        argv = ["git", "fast-import", "--quiet", "--force", "--date-format=raw"]
        argv.append(f"--export-marks={self._marks}")
        self._process = subprocess.Popen(argv, cwd=git.root, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self._process.stdin
        self._to = self._process.stdin
        self._count = 0

    def blob(self, content: bytes) -> None:
        """A file's content; its hash is the caller's to know."""
        self._write(b"blob\ndata %d\n" % len(content), content, b"\n")

    def commit(self, planned: Planned, *, parents: Sequence[str]) -> int:
        """One commit; its number in the stream, which later ones may have as a parent: `:3`."""
        self._count += 1
        message = planned.message.encode(errors="surrogateescape")
        head = [f"commit {planned.ref}", f"mark :{self._count}"]
        head += [f"author {planned.author.who} {planned.author.when}"]
        head += [f"committer {planned.committer.who} {planned.committer.when}", f"data {len(message)}"]
        self._write(os.fsencode("\n".join(head)), b"\n", message, b"\n")
        words = [f"{'merge' if at else 'from'} {parent}\n" for at, parent in enumerate(parents)]
        words += [_change(path, entry) for path, entry in planned.changes.items()]
        self._write(os.fsencode("".join(words)), b"\n")
        return self._count

    def reset(self, ref: str) -> None:
        """Begin a ref anew, so that its next commit has no other parent than those it names."""
        self._write(os.fsencode(f"reset {ref}\n\n"))

    def end(self) -> list[str]:
        """Let git write everything; the hashes of the commits, in order. Raises Failed with what git said."""
        try:
            self._to.close()
            said = self._process.stderr.read() if self._process.stderr else b""
            if self._process.wait():
                raise Failed(f"git could not write the commits: {_reason(said)}")
            with open(self._marks, encoding="ascii") as file:
                marks = dict(line.split() for line in file)
            return [marks[f":{number}"] for number in range(1, self._count + 1)]
        finally:
            self.close()

    def close(self) -> None:
        """Give up what is not written yet."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for pipe in (self._to, self._process.stderr):
            try:
                if pipe:
                    pipe.close()
            except BrokenPipeError:
                pass
        if os.path.exists(self._marks):
            os.unlink(self._marks)
        discard_report(self._git, self._process.pid)

    def _write(self, *pieces: bytes) -> None:
        try:
            for piece in pieces:
                self._to.write(piece)
        except BrokenPipeError:
            said = self._process.stderr.read() if self._process.stderr else b""
            raise Failed(f"git could not write the commits: {_reason(said)}") from None


def _reason(said: bytes) -> str:
    lines = [line for line in os.fsdecode(said).splitlines() if line.startswith("fatal:")]
    return lines[0].removeprefix("fatal: ") if lines else "it ended; is the disk full?"


def _change(path: str, entry: Entry) -> str:
    mode, name = entry
    return f"D {_quoted(path)}\n" if entry == NOTHING else f"M {mode} {name} {_quoted(path)}\n"


def _quoted(path: str) -> str:
    if "\n" not in path and not path.startswith('"'):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
