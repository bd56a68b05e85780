"""A job's spec, made ready for starting many tasks quickly."""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

from ..base.mounts import is_network
from ..base.paths import host
from ..model.patterns import expand, letters_of, of_attempt
from .ambience import surround
from .around import around
from .native import Actions, Words
from .room import Needs

Wire = dict[str, Any]  # a spec as it came over the link
# what dash and bash both call their limits (sh(1)): letter, and bytes a unit
_ULIMITS = {
    "cpu": ("t", 1),
    "fsize": ("f", 512),
    "data": ("d", 1024),
    "stack": ("s", 1024),
    "core": ("c", 512),
    "rss": ("m", 1024),
    "memlock": ("l", 1024),
    "nproc": ("p", 1),
    "nofile": ("n", 1),
    "as": ("v", 1024),
}

BECOME = 'exec "$@"'  # the end of every line of shell that a command is started by


class Files(NamedTuple):
    """Names of output, error (None: where output goes) and input (None: nothing)."""

    out: str
    err: Optional[str] = None
    source: Optional[str] = None


class JobSpec:
    """What this worker knows of one job. `argv`: None where each task has a line of its own."""

    def __init__(
        self,
        wire: Wire,
        env: dict[str, str],
        *,
        directory: str,
        queue: str,
        worker: str,
        gpu_names: Sequence[str] = (),
        node: str = "",
    ) -> None:
        """`gpu_names`: the variables that say which gpus a task has. `node`: what this machine is called there."""
        self.wire = wire
        self.needs = Needs(int(wire["cpus"]), int(wire["mem"]), wire.get("time"), int(wire.get("gpus") or 0))
        self.rank = tuple(-number for number in wire.get("rank") or ())  # of what waits here the lower one goes first
        self.leave = bool(wire.get("leave"))
        self.dir = str(wire["dir"])
        self.umask = int(wire["umask"])
        env = {**login_env(), **env} if wire.get("env_base") == "machine" else env
        self.env = {os.fsencode(name): os.fsencode(value) for name, value in env.items()}
        surround(self.env, os.environ, wire)
        self._gpu_names = [name.encode() for name in gpu_names]
        self._unset = [name for name in self._gpu_names if name not in self.env]  # left to us by the job's owner
        self._set_marks(queue, worker)
        self._env_words: Optional[Words] = None
        self.script: Optional[str] = None
        self.around = around(wire)
        argv = self._words(directory)
        self.argv = None if argv is None else [*self.around, *argv]
        self.wrap = _wrapper(wire.get("limits") or {}, self.dir)
        self._letters = letters_of(wire, job=int(wire["job"]), idx=0, number=1, host=node or host())
        names = (wire["out"], wire["err"], wire["in"])
        self.fixed = None if any("%" in name for name in names if name) else Files(*names)
        # what is the same for every task, as the kernel wants it; made at the first start
        self.laid_out: Optional[tuple[bytes, Words]] = None
        self.actions: Optional[Actions] = None

    def _set_marks(self, queue: str, worker: str) -> None:
        env, wire = self.env, self.wire
        env.pop(b"BURRO_ROLE", None)
        env.pop(b"BURRO_TESTING", None)
        env.pop(b"BURRO_FAILPOINT", None)
        env.pop(b"BURRO_LEAVE", None)
        if self.leave:
            env[b"BURRO_LEAVE"] = b"1"
        env.pop(b"BURRO_QUEUE_AT", None)
        if wire.get("queue_at"):
            env[b"BURRO_QUEUE_AT"] = os.fsencode(str(wire["queue_at"]))  # it is no directory here
        else:
            env[b"BURRO_QUEUE"] = os.fsencode(queue)
        env[b"BURRO_WORKER"] = os.fsencode(worker)
        env[b"BURRO_CPUS"] = b"%d" % self.needs.cpus
        env[b"BURRO_JOB_NAME"] = os.fsencode(str(wire["name"]))
        env[b"PWD"] = os.fsencode(self.dir)
        env[b"BURRO_JOB_ID"] = env[b"JOBID"] = b"%d" % wire["job"]
        if self.needs.gpus and b"CUDA_VISIBLE_DEVICES" not in self._gpu_names:  # they choose among what is chosen
            env.pop(b"CUDA_VISIBLE_DEVICES", None)
            env.pop(b"HIP_VISIBLE_DEVICES", None)
        if wire.get("slurm"):
            self._set_slurm_names()
        if wire.get("cpus_given") and b"OMP_NUM_THREADS" not in env:
            env[b"OMP_NUM_THREADS"] = b"%d" % self.needs.cpus

    def _words(self, directory: str) -> Optional[list[str]]:
        kind, command = self.wire["kind"], self.wire["command"]
        if kind == "argv":
            return [str(word) for word in command]
        if kind == "shell":
            return ["/bin/sh", "-c", str(command)]
        if kind == "lines":
            return None
        self.script = os.path.join(
            directory, "scripts", f"{self.wire['job']}-{os.path.basename(_script_name(command))}"
        )
        return [*_interpreter(command["text"]), self.script, *map(str, command.get("args") or [])]

    def write_script(self) -> None:
        """Put the script's text where its interpreter finds it. Raises OSError."""
        if self.script is None or os.path.exists(self.script):
            return
        os.makedirs(os.path.dirname(self.script), mode=0o700, exist_ok=True)
        fresh = self.script + ".new"
        end = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o700)
        with open(end, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(self.wire["command"]["text"])
        os.chmod(fresh, 0o700)
        os.rename(fresh, self.script)

    def forget(self) -> None:
        """Remove the script's file."""
        if self.script is not None and os.path.exists(self.script):
            os.unlink(self.script)

    def task_env(self, idx: int, number: int, gpus: tuple[str, ...] = ()) -> Words:
        """The environment of one attempt, which has these gpus: good until the next is asked for."""
        job, index = self.env[b"JOBID"], b"%d" % idx
        words = [
            b"BURRO_TASK_ID=" + index,
            b"BURRO_TASK=" + (job if self.wire["single"] else b"%b.%b" % (job, index)),
            b"BURRO_ATTEMPT=%d" % number,
            *(self._gpu_words(gpus) if gpus else ()),
        ]
        if self.wire.get("slurm"):
            words.append(b"SLURM_RESTART_COUNT=%d" % (number - 1))
            if not self.wire["single"]:
                words.append(b"SLURM_ARRAY_TASK_ID=" + index)
        if self._env_words is None:
            own = {word.partition(b"=")[0] for word in words}
            rest = [b"%b=%b" % pair for pair in self.env.items() if pair[0] not in own]
            self._env_words = Words([*words, *rest])
        self._env_words.replace(words)
        return self._env_words

    def hide_gpus(self, *, hidden: bool) -> None:
        """Whether tasks that ask for no gpu see none; where the job's own environment names some it sees those."""
        if self.needs.gpus:
            return
        for name in self._unset:
            if hidden:
                self.env[name] = b""
            else:
                self.env.pop(name, None)
        self._env_words = None

    def _gpu_words(self, gpus: tuple[str, ...]) -> list[bytes]:
        """The variables that give a task its gpus, by the order that burro's numbers mean."""
        ids = ",".join(gpus).encode()
        names = [b"BURRO_GPUS", *self._gpu_names, *([b"SLURM_JOB_GPUS"] if self.wire.get("slurm") else ())]
        order = self.env.get(b"CUDA_DEVICE_ORDER", b"PCI_BUS_ID")
        return [b"CUDA_DEVICE_ORDER=" + order, *(b"%b=%b" % (name, ids) for name in names)]

    def _set_slurm_names(self) -> None:
        """What a script with #SBATCH lines expects (sbatch(1), OUTPUT ENVIRONMENT VARIABLES), of all its tasks."""
        env, job, node = self.env, self.env[b"JOBID"], os.fsencode(host())
        env[b"SLURM_JOB_ID"] = env[b"SLURM_JOBID"] = job
        env[b"SLURM_JOB_NAME"] = env[b"BURRO_JOB_NAME"]
        env[b"SLURM_SUBMIT_DIR"] = os.fsencode(str(self.wire["submit_dir"]))
        env[b"SLURM_JOB_NODELIST"] = env[b"SLURM_NODELIST"] = env[b"SLURMD_NODENAME"] = node
        env[b"SLURM_CPUS_ON_NODE"] = env[b"BURRO_CPUS"]
        if self.needs.gpus:
            env[b"SLURM_GPUS_ON_NODE"] = b"%d" % self.needs.gpus
        env[b"SLURM_NTASKS"] = env[b"SLURM_JOB_NUM_NODES"] = env[b"SLURM_NNODES"] = b"1"
        if self.wire.get("cpus_given"):
            env[b"SLURM_CPUS_PER_TASK"] = env[b"BURRO_CPUS"]
        if not self.wire["single"]:
            first, last, count = self.wire["span"]
            env[b"SLURM_ARRAY_JOB_ID"] = job
            env[b"SLURM_ARRAY_TASK_MIN"], env[b"SLURM_ARRAY_TASK_MAX"] = b"%d" % first, b"%d" % last
            env[b"SLURM_ARRAY_TASK_COUNT"] = b"%d" % count

    def files(self, idx: int, number: int) -> Files:
        """The files of an attempt."""
        if number == 1 and self.fixed is not None:
            return self.fixed
        letters = {**self._letters, "a": str(idx), "t": str(number)}
        out, err, source = self.wire["out"], self.wire["err"], self.wire["in"]
        return Files(
            expand(of_attempt(out, number) if out != os.devnull else out, letters),
            expand(of_attempt(err, number) if err != os.devnull else err, letters) if err else None,
            expand(source, letters) if source else None,
        )


def login_env() -> dict[str, str]:
    """What the tasks of a job from elsewhere find in their environment: this machine's, which is ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BURRO_")}


def _script_name(command: Wire) -> str:
    return str(command.get("path") or "script").replace("\n", "_") or "script"


def _interpreter(text: str) -> list[str]:
    """What the kernel would run for a script's first line (execve(2)); without one, the shell."""
    first = text.split("\n", 1)[0]
    words = first[2:].strip().split(None, 1) if first.startswith("#!") else []
    return words or ["/bin/sh"]


def _wrapper(limits: Wire, directory: str) -> Optional[str]:
    """A line of shell that sets what posix_spawn cannot, then becomes the command; None where nothing is to be set.

    Limits that are the worker's own already need no setting. A directory on a network file system is entered by the
    child, so that a hung mount hangs the task and not the worker.
    """
    words = []
    for name, (soft, hard) in sorted(limits.items()):
        kind = getattr(resource, "RLIMIT_" + name.upper(), None)
        if kind is None or name not in _ULIMITS or resource.getrlimit(kind) == (soft, hard):
            continue
        letter, unit = _ULIMITS[name]
        for flag, value in (("S", soft), ("H", hard)):
            amount = "unlimited" if value < 0 else value // unit
            words.append(f"ulimit -{flag} -{letter} {amount} 2>/dev/null || :;")
    if is_network(directory):
        words.append('cd "$0" || exit 125;')
    return " ".join([*words, BECOME]) if words else None
