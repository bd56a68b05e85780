"""What may be asked of us: a submission as it came over the wire becomes a NewJob, or one sentence says why not."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..base.errors import UsageError
from ..base.paths import runs_dir
from ..base.text import parse_indices
from . import fields
from .command import Command, Raw, default_name, parse_command, parse_lines, shown
from .dependency import parse_dependencies
from .environment import environment, named
from .job import Needs, NewJob
from .options import FIELDS
from .patterns import ARRAY_OUTPUT, SINGLE_OUTPUT
from .pool import ANY, read_name
from .retry import NEVER, Policy, parse_causes, parse_factor, refuse_idle
from .script import script_options
from .signals import name_of, parse_warning
from .walltime import needed


def parse_submission(
    raw: Raw, context: Raw, *, queue: str, now: float, envs: dict[str, Mapping[str, str]] | None = None
) -> NewJob:
    """The job that `raw` asks for, said in `context` (directory, umask, environment, limits of the submitter).

    `envs`: environments of this context that were worked out before, by what was asked; this one is added.
    Raises UsageError with one sentence for whatever is wrong with it.
    """
    kind, command = parse_command(raw)
    options, notes = _options(raw, kind, command)
    lines = parse_lines(command) if kind == "lines" else None
    indices, single, most = _indices(options, lines)
    needs, policy = parse_needs(options), parse_policy(options)
    name = fields.plain(options.get("name") or default_name(kind, command), "name")
    spec = {
        **_command(kind, command, name=name),
        "single": single,
        "span": [indices[0], indices[-1], len(indices)],
        "most": most,
        "queue": queue,
        **needs.plain,
        "retry": policy.plain,
        **named(str(options.get("env", "all"))),
        **_files(options, single=single, queue=queue),
        **_circumstances(options, context),
    }
    return NewJob(
        name=name,
        command=shown(kind, command),
        needs=needs,
        pool=parse_pool(options.get("pool", "any")),
        **_key(options, spec, lines, indices),
        indices=indices,
        single=single,
        spec={**spec, "submitted": now},
        env=environment(str(options.get("env", "all")), context.get("env") or {}, {} if envs is None else envs),
        lines=lines,
        notes=tuple(notes),
        most=most,
        retry=policy,
        **_conditions(options, spec, now=now),
    )


def _command(kind: str, command: Command, *, name: str) -> dict[str, Any]:
    """What runs; the lines of an array are kept apart."""
    slurm = kind == "script" and "#SBATCH" in command["text"]
    return {"kind": kind, "command": None if kind == "lines" else command, "name": name, "slurm": slurm}


def _conditions(options: Raw, spec: Raw, *, now: float) -> dict[str, Any]:
    """When and before whom the tasks may start, start again, and stop being started."""
    return {
        "priority": spec["priority"],
        "time_min": needed(spec["time_min"], spec["time"]),
        "hold": bool(options.get("hold")),
        "depends": parse_dependencies(options["dependency"]) if options.get("dependency") else (),
        "begin": fields.moment(options["begin"], "begin", now=now) if options.get("begin") else None,
        "max_fails": fields.whole(options["max_fails"], "max-fails", least=0) if "max_fails" in options else None,
    }


def _circumstances(options: Raw, context: Raw) -> dict[str, Any]:
    """Where and how the tasks run: what was asked, over what the submitter has."""
    cwd = fields.text(context.get("cwd"), "cwd")
    return {
        "dir": os.path.join(cwd, fields.text(options.get("chdir", ""), "chdir")).rstrip("/") or "/",
        "submit_dir": cwd,
        "user": str(context.get("user") or ""),
        "umask": fields.whole(context.get("umask", 0o022), "umask", least=0) & 0o777,
        "limits": context.get("limits") or {},
        "cpus_given": "cpus" in options,
        "priority": fields.whole(options.get("priority", 0), "priority", least=-(2**31)),
        "time": fields.seconds(options.get("time"), "time"),
        "time_min": fields.seconds(options.get("time_min"), "time-min"),
        "begin": fields.shown_moment(options.get("begin")),
        "dependency": options.get("dependency"),
        "max_fails": options.get("max_fails"),
        "leave": bool(options.get("leave")),
        "requeue": not options.get("no_requeue"),
        **_warning(options.get("warn")),
    }


def _warning(value: object) -> dict[str, Any]:
    """When and by which signal tasks are warned; nothing where that was not asked, so that old keys stay good."""
    if value is None:
        return {}
    before, number = parse_warning(value)
    return {"warn": {"before": before, "signal": name_of(number)}}


def parse_needs(options: Raw) -> Needs:
    """What a task asks of a worker's room. Raises UsageError."""
    return Needs(
        cpus=fields.whole(options.get("cpus", 1), "cpus", least=1),
        mem=fields.size(options.get("mem")),
        gpus=fields.whole(options.get("gpus", 0), "gpus", least=0),
        counters=fields.counters(options.get("need")),
    )


def parse_policy(options: Raw) -> Policy:
    """When a task that failed is tried again, with more of what it needs. Raises UsageError."""
    given = [name for name in ("retry_on", "retry_mem", "retry_time", "retry_delay") if options.get(name) is not None]
    if not given and "retries" not in options:
        return NEVER
    retries = fields.whole(options.get("retries", 0), "retries", least=0)
    if given and not retries:
        raise UsageError(f"--{given[0].replace('_', '-')} says how to try again; say how often too: --retries N")
    policy = Policy(
        retries=retries,
        delay=fields.seconds(options.get("retry_delay"), "retry-delay") or 1.0,
        causes=parse_causes(options["retry_on"]) if options.get("retry_on") else NEVER.causes,
        mem_factor=parse_factor(options.get("retry_mem", 1), "retry-mem"),
        time_factor=parse_factor(options.get("retry_time", 1), "retry-time"),
    )
    refuse_idle(policy, mem=fields.size(options.get("mem")), time=fields.seconds(options.get("time"), "time"))
    return policy


def _options(raw: Raw, kind: str, command: Command) -> tuple[dict[str, Any], list[str]]:
    """What the command line asks, over what the script's own lines ask."""
    given = dict(raw.get("options") or {})
    unknown = sorted(set(given) - FIELDS)
    if unknown:
        raise UsageError(f"there is no option '{unknown[0]}'; see: burro submit --help")
    given = {name: value for name, value in given.items() if value is not None}
    if kind != "script":
        return given, []
    if not command["text"].strip():
        raise UsageError(f"the script {command.get('path') or 'on standard input'} is empty; write a command into it")
    written, notes = script_options(command["text"])
    return {**written, **given}, notes


def _indices(options: Raw, lines: Sequence[str] | None) -> tuple[Sequence[int], bool, int | None]:
    """The indices, whether it is a single task, and how many may run at a time."""
    array, most = _split_array(options)
    if lines is not None and array:
        raise UsageError("-f makes a task of each line and -a of each index; give one of them")
    if lines is not None:
        return range(len(lines)), False, most
    if array is None:
        return range(1), True, None
    if isinstance(array, list) and all(isinstance(index, int) and index >= 0 for index in array) and array:
        return sorted(set(array)), False, most
    return parse_indices(str(array)), False, most


def _split_array(options: Raw) -> tuple[Any, int | None]:
    """Indices, and the limit behind `%`; `-a %10` limits the lines of `-f`."""
    array = options.get("array")
    if not isinstance(array, str) or "%" not in array:
        return array, None
    indices, _, most = array.partition("%")
    return indices.strip(), fields.whole(most, "array (behind %)", least=1)


def _files(options: Raw, *, single: bool, queue: str) -> dict[str, Any]:
    """The patterns of a task's files; `own` tells that the name is ours, not the user's: then it must be a new file."""
    output, error = _file(options.get("output"), "output"), _file(options.get("error"), "error")
    if output is None and options.get("quiet_output"):
        stem = os.path.join(runs_dir(queue), "%j" if single else "%A/%a")
        return {"out": stem + ".out", "err": stem + ".err", "in": _file(options.get("input"), "input"), "own": True}
    own = output is None
    return {
        "out": (SINGLE_OUTPUT if single else ARRAY_OUTPUT) if own else output,
        "err": error,
        "in": _file(options.get("input"), "input"),
        "own": own,
    }


def _file(value: object, option: str) -> str | None:
    """A file name pattern; `none` becomes /dev/null."""
    if value is None:
        return None
    text = fields.text(value, option)
    if not text:
        raise UsageError(f"--{option} needs a file name, or none for no file")
    return os.devnull if text == "none" else text


def _key(options: Raw, spec: Raw, lines: Sequence[str] | None, indices: Sequence[int]) -> dict[str, Any]:
    """A key, and what it stands for; without a key nobody asks for that."""
    if not options.get("key"):
        return {"key": None, "digest": ""}
    return {"key": fields.plain(options["key"], "key"), "digest": _digest(spec, lines, indices)}


def _digest(spec: Raw, lines: Sequence[str] | None, indices: Sequence[int]) -> str:
    """What a key stands for: all that was asked, but not the environment and limits it was asked from."""
    asked = {name: value for name, value in spec.items() if name not in ("limits", "umask")}
    listed = str(indices) if isinstance(indices, range) else ",".join(map(str, indices))
    text = json.dumps([asked, lines, listed], sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def parse_pool(value: object) -> str:
    """A pool's name, or any; whether there is such a pool only the server knows. Raises UsageError."""
    name = fields.plain(value, "pool")
    return name if name == ANY else read_name(name)
