"""A worker whose every word a test decides: it speaks the link's protocol, and writes what its tasks would write."""

from __future__ import annotations

import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any

from burro.base.paths import boot_id, host
from burro.link.call import connect
from burro.link.lines import LineReader, encode

Claim = list[Any]  # job, index, token, number, command


class FakeWorker:
    """One worker by name; `cpus` and `mem` decide what it is given. It starts nothing."""

    def __init__(self, queue: Path, name: str, witnesses: Path, *, cpus: int, mem: int = 2**40) -> None:
        self._queue, self._name, self._witnesses = queue, name, witnesses
        self._cpus, self._mem = cpus, mem
        self._seq = 0
        with subprocess.Popen(["true"]) as gone:  # nobody may wait for this worker's process to leave
            self._pid = gone.pid

    def hello(self, *, holds: list[list[int]] | None = None) -> None:
        """Come, or come again, knowing nothing but `holds`."""
        self._end = connect(str(self._queue))
        self._reader, self._heard = LineReader(), []
        facts = {"worker": self._name, "pool": "local", "host": host(), "pid": self._pid, "boot": boot_id()}
        room = {"cpus": self._cpus, "mem": self._mem, "version": 1}
        self._say({"op": "hello", **facts, **room, "holds": holds or [], "starts": [], "ends": []})

    def claims(self, count: int = 1) -> list[Claim]:
        """The next `count` tasks that it is given."""
        given: list[Claim] = []
        while len(given) < count:
            given += self._hear("work")["tasks"]
        return given

    def starts(self, claim: Claim) -> None:
        """A task starts, says so itself, and the start is reported."""
        self._note("S", claim, "-")
        self._report(starts=[[*claim[:3], time.time(), None, None]])

    def ends(self, claim: Claim, code: int) -> None:
        """A task ends, says so itself, and the end is reported."""
        self._note("E", claim, str(code))
        self.reports_end(claim, code)

    def reports_end(self, claim: Claim, code: int) -> None:
        """The end of a task is reported, whatever the task itself says."""
        moment = time.time()
        self._report(ends=[[*claim[:3], "exited", code, moment, moment, None, None, None, None, None]])

    def leaves(self) -> None:
        """The connection ends without a word."""
        self._end.close()

    def _report(self, **what: Any) -> None:
        self._say({"op": "report", "starts": [], "ends": [], "released": [], **what})

    def _say(self, message: dict[str, Any]) -> None:
        """Say it and wait for the acknowledgement, or for the end of the connection: a broken store may hang up."""
        self._seq += 1
        self._end.sendall(encode({**message, "seq": self._seq}))
        while self._hear("ack").get("seq") not in (self._seq, None):
            pass

    def _hear(self, op: str) -> dict[str, Any]:
        """The next message of this kind; others are kept. Empty where the server has hung up."""
        while True:
            for place, message in enumerate(self._heard):
                if message["op"] == op:
                    return self._heard.pop(place)
            assert select.select([self._end], [], [], 10)[0], f"no {op} came"
            chunk = self._end.recv(1 << 16)
            if not chunk:
                return {}
            self._heard += self._reader.feed(chunk)

    def _note(self, kind: str, claim: Claim, code: str) -> None:
        moment = time.clock_gettime(time.CLOCK_BOOTTIME)
        line = f"{kind} {claim[0]} {claim[1]} {claim[3]} {os.getpid()} {boot_id()} {moment:.2f} {code}\n"
        with open(self._witnesses / f"{claim[0]}.{claim[1]}", "a", encoding="ascii") as file:
            file.write(line)
