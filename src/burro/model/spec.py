"""What may be asked of us: a submission as it came over the wire becomes a NewJob, or one sentence says why not."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from ..base.errors import UsageError
from ..base.text import parse_indices
from . import fields
from .job import Needs, NewJob
from .options import FIELDS
from .patterns import ARRAY_OUTPUT, SINGLE_OUTPUT
from .script import script_options

CLEAN = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "SHELL")

Raw = Mapping[str, Any]
Command = Any  # words, a line, lines, or a script with its text: `kind` tells which


def parse_submission(raw: Raw, context: Raw, *, queue: str, now: float) -> NewJob:
    """The job that `raw` asks for, said in `context` (directory, umask, environment, limits of the submitter).

    Raises UsageError with one sentence for whatever is wrong with it.
    """
    kind, command = _command(raw)
    options, notes = _options(raw, kind, command)
    lines = _lines(command) if kind == "lines" else None
    indices, single = _indices(options, lines)
    needs = Needs(cpus=fields.whole(options.get("cpus", 1), "cpus", least=1), mem=fields.size(options.get("mem")))
    name = fields.plain(options.get("name") or _default_name(kind, command), "name")
    spec = {
        "kind": kind,
        "command": None if kind == "lines" else command,
        "name": name,
        "single": single,
        "span": [indices[0], indices[-1], len(indices)],
        "queue": queue,
        "cpus": needs.cpus,
        "mem": needs.mem,
        "slurm": kind == "script" and "#SBATCH" in command["text"],
        **_files(options, single=single, queue=queue),
        **_circumstances(options, context),
    }
    return NewJob(
        name=name,
        command=_shown(kind, command),
        needs=needs,
        priority=spec["priority"],
        pool=_pool(options.get("pool", "any")),
        hold=bool(options.get("hold")),
        key=fields.plain(options["key"], "key") if options.get("key") else None,
        digest=_digest(spec, lines, indices),
        indices=indices,
        single=single,
        spec={**spec, "submitted": now},
        env=_environment(options.get("env", "all"), context.get("env") or {}),
        lines=lines,
        notes=tuple(notes),
    )


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
        "time": fields.seconds(options.get("time")),
        "leave": bool(options.get("leave")),
        "requeue": not options.get("no_requeue"),
    }


def _command(raw: Raw) -> tuple[str, Any]:
    kinds = [kind for kind in ("argv", "shell", "script", "lines") if raw.get(kind) is not None]
    if len(kinds) != 1:
        raise UsageError("a submission is one of a command, --shell, a script or -f FILE; give exactly one of them")
    kind, command = kinds[0], raw[kinds[0]]
    if kind == "argv" and not (_is_words(command) and command and command[0]):
        raise UsageError("there is no command to run; write: burro submit COMMAND ARGUMENTS")
    if kind == "shell" and not (isinstance(command, str) and command.strip()):
        raise UsageError("--shell needs a command line, as in: burro submit --shell 'sort a | uniq > b'")
    if kind == "lines" and not _is_words(command):
        raise UsageError("'lines' is a list of shell commands; give one text for each task")
    if kind == "script" and not (isinstance(command, dict) and isinstance(command.get("text"), str)):
        raise UsageError("a script comes with its text; give its path or its text")
    if _has_nul(command):
        raise UsageError("a command cannot contain a NUL character; remove it")
    return kind, command


def _has_nul(value: object) -> bool:
    """Whether some text in a list, a dictionary or alone has a character that no command line can carry."""
    if isinstance(value, dict):
        return any(map(_has_nul, value.values()))
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value


def _is_words(command: object) -> bool:
    return isinstance(command, list) and all(isinstance(word, str) for word in command)


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


def _lines(command: Sequence[str]) -> list[str]:
    lines = [line for line in command if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise UsageError("the file has no command in it; write one shell command a line")
    return lines


def _indices(options: Raw, lines: Sequence[str] | None) -> tuple[Sequence[int], bool]:
    array = options.get("array")
    if lines is not None and array is not None:
        raise UsageError("-f makes a task of each line and -a of each index; give one of them")
    if lines is not None:
        return range(len(lines)), False
    if array is None:
        return range(1), True
    if isinstance(array, list) and all(isinstance(index, int) and index >= 0 for index in array) and array:
        return sorted(set(array)), False
    return parse_indices(str(array)), False


def _files(options: Raw, *, single: bool, queue: str) -> dict[str, Any]:
    """The patterns of a task's files; `own` tells that the name is ours, not the user's: then it must be a new file."""
    output, error = _file(options.get("output"), "output"), _file(options.get("error"), "error")
    if output is None and options.get("quiet_output"):
        stem = os.path.join(queue, "runs", "%j" if single else "%A/%a")
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


def _environment(mode: object, env: Raw) -> dict[str, str]:
    """`all`, `clean`, or a list of names and settings over the clean one."""
    parts = [part for part in str(mode).split(",") if part]
    whole = "all" in parts or all("=" in part for part in parts)
    chosen = {str(name): str(value) for name, value in env.items() if whole or name in CLEAN}
    for part in parts:
        name, equals, value = part.partition("=")
        if equals:
            chosen[name] = value
        elif name in env:
            chosen[name] = str(env[name])
        elif name not in ("all", "clean"):
            raise UsageError(f"--env names {name}, which is not set here; set it, or write {name}=VALUE")
    if any("\0" in text or "=" in name or not name for name, value in chosen.items() for text in (name, value)):
        raise UsageError("the environment has a name or value that no process can get; correct --env")
    return chosen


def _shown(kind: str, command: Command) -> str:
    """The command as one line for people."""
    if kind == "argv":
        return shlex.join(command)
    if kind == "script":
        return shlex.join([command.get("path") or "-", *(command.get("args") or [])])
    return str(command) if kind == "shell" else str(command[0]) + (" ..." if len(command) > 1 else "")


def _default_name(kind: str, command: Command) -> str:
    if kind == "script":
        return os.path.basename(command.get("path") or "script")
    words = command if kind == "argv" else (command if kind == "shell" else command[0]).split()
    name = os.path.basename(words[0].rstrip("/")) if words else "shell"
    return "".join(c if c.isprintable() else "?" for c in name)[: fields.LONGEST] or "job"


def _digest(spec: Raw, lines: Sequence[str] | None, indices: Sequence[int]) -> str:
    """What a key stands for: all that was asked, but not the environment and limits it was asked from."""
    asked = {name: value for name, value in spec.items() if name not in ("limits", "umask")}
    listed = str(indices) if isinstance(indices, range) else ",".join(map(str, indices))
    text = json.dumps([asked, lines, listed], sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _pool(value: object) -> str:
    if value not in ("any", "local"):
        raise UsageError(f"there is no pool '{value}'; there is: local")
    return str(value)
