"""What may be changed of a job in the queue: values as typed become new values, or one sentence says why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..base.clock import iso
from ..base.errors import UsageError
from . import fields
from .command import Command, Raw, parse_command, shown
from .dependency import Dependency, parse_dependencies
from .job import counters_from
from .retry import NEVER, Policy, parse_causes, parse_factor, policy_from, refuse_idle
from .spec import parse_pool
from .walltime import needed

Values = dict[str, Any]  # by field, in the order in which they are told
Row = Mapping[str, Any]  # of table job; its spec decoded

NEEDS = ("cpus", "mem", "gpus", "need")
# what a task has from the moment on that it is handed out
UNTIL_CLAIMED = (*NEEDS, "time_min", "pool", "begin", "dependency", "command")
# what may be taken away again, and what is there then
_CLEAR: Mapping[str, Any] = {
    "mem": 0,
    "gpus": 0,
    "need": {},
    "time": None,
    "time_min": None,
    "begin": None,
    "dependency": None,
    "array_limit": None,
    "max_fails": None,
    "retries": 0,
}
_RETRY = {
    "retries": "retries",
    "retry_delay": "delay",
    "retry_on": "causes",
    "retry_mem": "mem_factor",
    "retry_time": "time_factor",
}
_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "name": lambda value: fields.plain(value, "name"),
    "priority": lambda value: fields.whole(value, "priority", least=-(2**31)),
    "cpus": lambda value: fields.whole(value, "cpus", least=1),
    "mem": fields.size,
    "gpus": lambda value: fields.whole(value, "gpus", least=0),
    "need": lambda value: dict(fields.counters(value)),
    "time": lambda value: fields.seconds(value, "time"),
    "time_min": lambda value: fields.seconds(value, "time-min"),
    "pool": parse_pool,
    "begin": lambda value: value,
    "dependency": lambda value: ",".join(f"{one.kind}:{one.on}" for one in parse_dependencies(value)),
    "array_limit": lambda value: fields.whole(str(value).lstrip("%"), "array-limit", least=1),
    "max_fails": lambda value: fields.whole(value, "max-fails", least=0),
    "retries": lambda value: fields.whole(value, "retries", least=0),
    "retry_delay": lambda value: fields.seconds(value, "retry-delay") or 1.0,
    "retry_on": lambda value: list(parse_causes(value)),
    "retry_mem": lambda value: parse_factor(value, "retry-mem"),
    "retry_time": lambda value: parse_factor(value, "retry-time"),
}
FIELDS = (*_PARSERS, "command")


@dataclass(frozen=True)
class Edit:
    """New values by field. `form`: the kind of the new command and the command itself."""

    values: Values
    form: tuple[str, Command] | None = None

    @property
    def depends(self) -> tuple[Dependency, ...]:
        """The new dependencies, each by itself."""
        text = self.values.get("dependency")
        return parse_dependencies(text) if text else ()


def parse_edit(raw: Raw, *, now: float) -> Edit:
    """What a request changes: `options`, and `argv` or `shell`. Raises UsageError."""
    options = dict(raw.get("options") or {})
    unknown = sorted(set(options) - set(_PARSERS))
    if unknown:
        raise UsageError(f"'{unknown[0]}' cannot be set; what can be set says: burro set --help")
    values = {field: _parsed(field, options[field], now) for field in _PARSERS if field in options}
    form = None
    if any(raw.get(kind) is not None for kind in ("argv", "shell", "script", "lines")):
        form = parse_command(raw)
        if form[0] not in ("argv", "shell"):
            raise UsageError("a new command is a list of words or a line for the shell; submit a script anew")
        values["command"] = shown(*form)
    if not values:
        raise UsageError("nothing is to be set; say what, as in: burro set 12 --priority 5")
    return Edit(values, form)


def _parsed(field: str, value: object, now: float) -> object:
    cleared = value is None or (isinstance(value, str) and value.strip().lower() == "none") or value == ["none"]
    if cleared and field in _CLEAR:
        return _CLEAR[field]
    if field == "begin":
        moment = fields.moment(value, "begin", now=now)
        return moment if moment > now else None
    return _PARSERS[field](value)


def present(row: Row) -> Values:
    """What a job has now, by field."""
    spec, policy = row["spec"], vars(_policy(row))
    return {
        **{field: row[field] for field in ("name", "priority", "pool", "cpus", "mem", "gpus", "begin")},
        "need": dict(counters_from(row["counters"])),
        "time": spec["time"],
        "time_min": spec.get("time_min"),
        "dependency": _listed(spec.get("dependency")),
        "array_limit": row["most"],
        "max_fails": row["max_fails"],
        **{field: policy[part] for field, part in _RETRY.items()},
        "retry_on": list(policy["causes"]),
        "command": row["command"],
    }


def _listed(dependency: object) -> object:
    """As parsing gives it, so that the same asked in other words is no change."""
    return _PARSERS["dependency"](dependency) if dependency else None


def _policy(row: Row) -> Policy:
    return policy_from(json.loads(row["retry"]) if row["retry"] else None)


def edited(row: Row, new: Values, form: tuple[str, Command] | None = None) -> Row:
    """The job's row with new values, its spec too. Raises UsageError where they do not go together."""
    policy = _new_policy(row, new)
    columns = {field: new[field] for field in ("name", "priority", "pool", *NEEDS, "begin") if field in new}
    if "need" in columns:
        need = columns.pop("need")
        columns["counters"] = json.dumps(need) if need else None
    if {"time", "time_min"} & set(new):
        spec = {**row["spec"], **new}
        columns["time_min"] = needed(spec.get("time_min"), spec["time"])
    if "array_limit" in new:
        columns["most"] = new["array_limit"]
    if "max_fails" in new:
        columns["max_fails"] = new["max_fails"]
    if "command" in new:
        columns["command"] = new["command"]
    kept = row["retry"] is not None or policy.plain is not None
    return {
        **row,
        **columns,
        "retry": json.dumps(vars(policy)) if kept else None,
        "spec": _spec(row, new, policy, form),
    }


def _new_policy(row: Row, new: Values) -> Policy:
    asked = {part: new[field] for field, part in _RETRY.items() if field in new}
    policy = policy_from({**vars(_policy(row)), **asked})
    if asked and not policy.retries and set(asked) != {"retries"}:
        raise UsageError(f"job {row['id']} is not tried again; say how often it shall be: --retries N")
    if set(new) & {*_RETRY, "mem", "time"}:
        refuse_idle(policy, mem=new.get("mem", row["mem"]), time=new.get("time", row["spec"]["time"]))
    return policy


def _spec(row: Row, new: Values, policy: Policy, form: tuple[str, Command] | None) -> Row:
    """What a worker must know. Files that are named after the job keep their names once a task may have some."""
    spec = {**row["spec"], **{field: value for field, value in new.items() if field in row["spec"]}}
    named = any("%x" in str(row["spec"][pattern]) for pattern in ("out", "err"))
    if named and (row["started"] is not None or row["claimed"]):
        spec["name"] = row["spec"]["name"]
    if form is not None and row["spec"]["kind"] != "lines":
        spec["kind"], spec["command"] = form
    elif "command" in new:
        spec["command"] = row["spec"]["command"]
    if "begin" in new:
        spec["begin"] = iso(new["begin"])
    if "need" in new:
        spec["counters"] = new["need"]
    if "array_limit" in new:
        spec["most"] = new["array_limit"]
    spec["cpus_given"] = row["spec"]["cpus_given"] or "cpus" in new
    return {**spec, "retry": policy.plain, "edited": True}


def with_own_limits(row: Row) -> Row:
    """The job's row when some task got a time limit of its own.

    Those of tasks to be started are looked for only where there is a policy (store/sql/jobs_in_line.sql), since
    growing with retries is what else brings them about; so there is one, of no retries.
    """
    return {**row, "retry": row["retry"] or json.dumps(vars(NEVER)), "spec": {**row["spec"], "edited": True}}
