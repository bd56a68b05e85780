"""Starts commands for allocations, and tells which of them run: those of an earlier server too."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

from ..base.clock import now
from .client import Client
from .prefix import LIST, START, STOP, Prefix
from .scheduler import Answer, Question, Stage, Told
from .started import Started, id_of, record_of, recording, records

_KEPT = 600.0  # seconds that the record of one that has ended stays, so that its end is told
_ENDS = 2000  # bytes of its log that are looked at for its last line

Came = Callable[[], Mapping[str, list[tuple[str, float | None]]]]
Row = dict[str, Any]


class Starter(Client):
    """Answers in this process. `came`: of the marks with workers their nodes, and when each of these ends."""

    def __init__(self, *, env: Mapping[str, str], directory: str, came: Came) -> None:
        super().__init__(Prefix(), env=env, directory=directory)
        self._came = came
        self._ours: dict[str, subprocess.Popen[bytes]] = {}  # by id: those that only we can reap

    async def _run(self, question: Question[Told]) -> Answer:
        verb, *rest = question.argv
        came = self._came()
        try:
            if verb == START:
                return await asyncio.to_thread(self._launch, rest[0], json.loads(question.text))
            if verb == LIST:
                return Answer(0, json.dumps(await asyncio.to_thread(self._list, came)))
            if verb == STOP:
                await asyncio.to_thread(self._stop, rest)
        except OSError as error:
            return Answer(1, "", f"{error.filename or self._directory}: {error.strerror}")
        return Answer(0, "")

    def _launch(self, mark: str, wanted: Row) -> Answer:
        words, number = wanted["words"], id_of(mark)
        if shutil.which(words[0], path=self._env.get("PATH")) is None:
            return Answer(1, "", f"there is no command '{words[0]}' for its command_prefix; set it anew")
        log = os.open(wanted["log"].replace("%j", number), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            self._ours[number] = subprocess.Popen(
                recording(record_of(self._directory, mark), words),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # it outlives us
                env={**self._env, **wanted["env"]},
            )
        finally:
            os.close(log)
        return Answer(0, number)

    def _list(self, came: Mapping[str, list[tuple[str, float | None]]]) -> list[Row]:
        found = []
        for one in records(self._directory):
            workers = came.get(one.mark, [])
            child = self._ours.get(one.id)
            code = None if child is None else child.poll()
            if not one.is_here and not workers:
                continue  # started on another machine: its workers alone tell of it
            if one.is_alive or workers:
                found.append(_running(one, workers))
            else:
                found.append(self._ended(one, code))
        return found

    def _ended(self, one: Started, code: int | None) -> Row:
        path = record_of(self._directory, one.mark)
        if now() - one.since > _KEPT:
            os.unlink(path)
            self._ours.pop(one.id, None)
        said = _last_line(os.path.join(self._directory, f"{one.id}.log"))
        how = "ended" if code is None else f"ended with code {code}" if code >= 0 else f"died by signal {-code}"
        reason = f"its command {how}{f' and said: {said}' if said else ''}"
        return {**_row(one), "stage": Stage.ENDED, "word": "ended", "reason": reason}

    def _stop(self, numbers: list[str]) -> None:
        for one in records(self._directory):
            if one.id in numbers and one.is_alive:
                try:
                    os.killpg(one.pid, signal.SIGTERM)
                except (ProcessLookupError, PermissionError):
                    continue


def _row(one: Started) -> Row:
    return {"id": one.id, "mark": one.mark, "nodes": (), "starts_at": one.since}


def _running(one: Started, workers: list[tuple[str, float | None]]) -> Row:
    """Until a worker comes it counts as one that waits, as `srun` may for hours."""
    stage = Stage.RUNNING if workers else Stage.WAITING
    ends = [until for _, until in workers if until is not None]
    return {
        **_row(one),
        "stage": stage,
        "word": stage.value,
        "reason": "" if workers else f"process {one.pid} runs, and no worker has come yet",
        "nodes": sorted({node for node, _ in workers}),
        "ends_at": max(ends, default=None),
    }


def _last_line(path: str) -> str:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _ENDS))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
