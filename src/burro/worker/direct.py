"""The role `direct`: one task that is a scheduler's own job. It starts the task as a worker would, waits, and says so.

`direct DIR [PLACE]`: DIR has the job (link/slips.py); PLACE is the place in the scheduler's array. Who puts down the
task's first slip decides: this process, and then the task has begun, or the server, and then it never will.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Optional

from ..base.clock import now, since_boot
from ..base.paths import host
from ..link.slips import BEGUN, ENDED, JOB, path_of, put, put_first, read
from ..model.scheduled import CANNOT
from .claim import warning_of
from .running import Running
from .sight import sees
from .snapshot import snapshot
from .spawn import NoRoom, NotStarted, Spawner
from .spec import JobSpec
from .vigil import Vigil

AGAIN = 87  # exit code where the task had begun before: its scheduler has put the job back
_NODES = ("SLURM", "CUDA_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL", "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK", "PMI")

Slip = dict[str, Any]


def run_direct(directory: str, place: str = "") -> int:
    """Run the task, and end as it ends; 0 where it is not wanted any more."""
    job = read(os.path.join(directory, JOB))
    wanted = job and job["tasks"].get(place)
    if not job or not wanted:
        sys.stdout.write(f"{_id()}: this task is not wanted any more\n")
        return 0
    task = Task(directory, job, wanted)
    if not put_first(task.path(BEGUN), task.begun()):
        first = read(task.path(BEGUN)) or {}
        if first.get("revoked"):
            return 0
        sys.stdout.write(f"{_id()}: it had begun already, as {first.get('id')} on {first.get('host')}\n")
        return AGAIN
    return task.run()


class Task:
    """What is to be run: index, token, number of the attempt, its line where each has one, and what it grew to."""

    def __init__(self, directory: str, job: Slip, wanted: list[Any]) -> None:
        self.idx, self.token, self.number, command, *more = wanted
        self._directory, self._job = directory, job
        env = _environment(job)
        name = str(job["worker"])
        self.spec = JobSpec(
            job["spec"],
            env,
            directory=os.path.join(directory, f"{self.idx}.files"),
            queue=str(job["queue"]),
            worker=name,
            gpu_names=("CUDA_VISIBLE_DEVICES",),
            node=_node(),
        )
        self._argv = self.spec.argv if self.spec.argv is not None else ["/bin/sh", "-c", str(command or "")]
        if job.get("before"):
            self._argv = ["/bin/bash", "-l", "-c", f'{job["before"]}\nexec "$@"', "burro", *self._argv]
        self._needs = self.spec.needs.but(more[0] if more else {})
        self._files = self.spec.files(self.idx, self.number)

    def path(self, kind: str) -> str:
        """Where its slip of a kind lies."""
        return path_of(self._directory, self.idx, kind)

    def begun(self, out: Optional[str] = None, err: Optional[str] = None) -> Slip:
        """That it begins, where, and with which files where their names are not what the pattern gives."""
        if any("%N" in (self.spec.wire[name] or "") for name in ("out", "err")):
            out, err = out or self._files.out, err or self._files.err
        return {"host": _node(), "id": _id(), "at": now(), "out": out, "err": err, "said": snapshot(os.environ)}

    def run(self) -> int:
        """Start it, wait for its end and say how that was."""
        begun = since_boot()
        try:
            self._look()
            self.spec.write_script()
            env = self.spec.task_env(self.idx, self.number)
            started = Spawner().start(self.spec, self._argv, env, self._files)
        except (NotStarted, NoRoom, OSError) as error:
            put(self.path(ENDED), {"end": ["not-started", None, now(), now(), None, None, None, None, str(error)]})
            return CANNOT
        if started.out is not None:
            put(self.path(BEGUN), self.begun(*started[1:]))
        birth = (started.pid, begun, since_boot(), now())
        key = (int(self._job["spec"]["job"]), self.idx, self.token)
        run = Running((key, self.number), self._needs, birth, started[1:], own=True, leave=False)
        run.warn = warning_of(self.spec.wire)
        vigil = Vigil(run, str(self._job["worker"]), self.path, lease=self._job.get("lease"))
        ended = vigil.wait()
        names = self.begun(*started[1:])
        more = [ended.max_rss, ended.cpu_time, names["out"], names["err"], ended.reason]
        slip = {"end": [ended.outcome, ended.code, run.started, ended.ended, *more], "told": vigil.was_told}
        put(self.path(ENDED), slip)
        code = ended.code or 0
        return code if code >= 0 else 128 - code

    def _look(self) -> None:
        if not sees(self.spec.wire.get("outputs")):
            raise NotStarted(f"the repository of its directory {self.spec.dir} is not seen on {_node()}")


def _environment(job: Slip) -> dict[str, str]:
    """The submitter's, and of the node what is the scheduler's to say."""
    spec = job["spec"]
    env = {name: value for name, value in job["env"].items() if not name.startswith(_NODES)}
    env.update((name, value) for name, value in os.environ.items() if name.startswith(_NODES))
    env.update(job.get("env_of_pool") or {})
    env["SLURM_JOB_NAME"] = str(spec["name"])
    env["SLURM_SUBMIT_DIR"] = str(spec.get("submit_dir") or spec["dir"])
    return env


def _node() -> str:
    return os.environ.get("BURRO_NODE") or host()


def _id() -> str:
    """What the scheduler calls this job."""
    array, place = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    return f"{array}_{place}" if array else os.environ.get("SLURM_JOB_ID", "")
