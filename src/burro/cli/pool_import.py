"""`burro pool import`: the machines of a simple-job-submit config, as pools."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..base.errors import BurroError, UsageError
from .clean import clean
from .face import Face, print_json
from .fan import Answer, say
from .parser import Parser

LARGEST = 2**20  # bytes: more is no config that somebody wrote
Table = Mapping[str, Any]
_ROOTS = ("project_root", "root")  # the two generations of that tool
_KNOWN = (*_ROOTS, "host", "user", "port", "default_max_jobs", "datadir", "pipe")
_SECRETS = ("password", "passwd", "passphrase")


def parser(act: str) -> Parser:
    """The parser."""
    examples = ("burro pool import config.yaml", "burro pool import config.yaml --project . --dry-run")
    made = Parser("pool", act=act, examples=examples).json()
    made.add_argument("file", metavar="FILE", help="the config.yaml of simple-job-submit")
    made.add_argument("--project", metavar="DIR", help="the directory here that is found there as its project_root")
    made.add_argument("-n", "--dry-run", action="store_true", help="say what would be added, and add nothing")
    return made


def main(act: str, words: list[str], face: Face) -> int:
    """Add a pool for each machine and say what became of each entry; exit 1 where one could not be added."""
    options = parser(act).parse(words)
    face = face.at(options.queue)
    found = read_config(options.file)
    where = os.path.dirname(os.path.abspath(options.file))
    answers = []
    for name, entry in found["managers"].items():
        values, notes = entries_of(str(name), entry, found.get("deployment") or {}, where=where)
        if options.project:
            values["project"] = os.path.abspath(options.project)
        answers.append(_add(face, str(name), values, notes, dry=options.dry_run))
        if not options.json:
            say(answers[-1]["text"], pool=str(name))
    if options.json:
        print_json({"pools": answers})
    return 1 if any("error" in answer for answer in answers) else 0


def _add(face: Face, name: str, values: dict[str, Any], notes: list[str], *, dry: bool) -> Answer:
    answer: Answer = {"pool": name, "values": values, "notes": notes}
    try:
        if not dry:
            face.ask("pool", act="add", pool=name, values=values)
    except BurroError as error:
        return {**answer, "error": {"code": error.code, "message": str(error)}, "text": f"not added: {error}"}
    told = ", ".join(f"{entry} {_shown(value)}" for entry, value in values.items())
    return {**answer, "text": "\n".join([f"{'would be added' if dry else 'added'}: {told}", *notes])}


def _shown(value: object) -> str:
    return ",".join(map(str, value.values())) if isinstance(value, dict) else str(value)


def read_config(path: str) -> dict[str, Any]:
    """The file's tables, with what makes one be refused as a whole looked for. Raises UsageError."""
    found = _load(path)
    machines = found.get("managers") if isinstance(found, dict) else None
    if not isinstance(machines, dict) or not machines:
        raise UsageError(f"{path} has no 'managers:' with machines in it; is it the config of simple-job-submit?")
    for name, entry in machines.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("host"), str):
            raise UsageError(f"{path}: the machine '{clean(name)}' has no host; write: host: NAME")
        held = [str(key) for key in entry if str(key).lower() in _SECRETS]
        if held:
            raise UsageError(_keeps_none(path, clean(name), held[0], clean(_host(entry))))
    return found  # type: ignore[no-any-return]  # what YAML gives, looked at above


def _keeps_none(path: str, name: str, key: str, host: str) -> str:
    return (
        f"{path} has a {key} for '{name}', and burro keeps none: take that line out, and let the machine know a key "
        f"(ssh-copy-id {host}), or log in once (burro pool login {name}), "
        "or name a program that prints it (burro pool set --password-command)"
    )


def _load(path: str) -> Any:  # noqa: ANN401  # whatever YAML has there
    import yaml  # type: ignore[import-untyped]  # has none, and the stubs would be one more thing to keep

    try:
        with open(path, "rb") as file:
            text = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}; check its name") from None
    if len(text) > LARGEST:
        raise UsageError(f"{path} is larger than 1 MB and so no config; check its name")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        twice = next(_twice(node), None)
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UsageError(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    if twice:
        raise UsageError(f"{path} has '{clean(twice)}' twice; give each machine a name of its own")
    return found


def _twice(node: Any) -> Any:  # noqa: ANN401  # yaml's nodes have no types
    """Keys that stand twice in one table of the first two levels: YAML takes the last and says nothing."""
    tables = [node, *(value for _, value in getattr(node, "value", None) or [] if hasattr(value, "value"))]
    for table in tables:
        seen = set()
        pairs = getattr(table, "value", None)
        for pair in pairs if isinstance(pairs, list) else []:
            key = getattr(pair[0], "value", None) if isinstance(pair, tuple) else None
            if key is not None and key in seen:
                yield key
            seen.add(key)


def entries_of(name: str, entry: Table, deployment: Table, *, where: str) -> tuple[dict[str, Any], list[str]]:
    """The entries of a pool for one machine, and a sentence for each of its own that became none."""
    values: dict[str, Any] = {"ssh": _host(entry)}
    notes = []
    if entry.get("port") not in (None, 22, "22"):
        values["ssh"] = name
        user = f"; User {entry['user']}" if entry.get("user") else ""
        host = f"Host {name}; HostName {entry['host']}{user}; Port {entry['port']}"
        notes.append(f"port: your ssh config has to know it; add to ~/.ssh/config, a line each: {host}")
    if entry.get("default_max_jobs") is not None:
        values["cpus"] = entry["default_max_jobs"]
        notes.append("default_max_jobs: cpus; a task takes one of them unless it asks for more")
    root = next((entry[key] for key in _ROOTS if entry.get(key)), None)
    if root is not None:
        values["root"] = _below_home(str(root))
    if entry.get("datadir"):
        values["datadir"] = _below_home(str(entry["datadir"]))
    if deployment.get("project_url"):
        values["deploy"] = {"url": str(deployment["project_url"])}
    if isinstance(deployment.get("datasets"), dict):
        values["datasets"] = {
            str(name): os.path.join(where, os.path.expanduser(str(path)))
            for name, path in deployment["datasets"].items()
        }
    notes += [f"{key}: left out, burro needs none" for key in ("pipe",) if key in entry]
    notes += [f"{clean(key)}: left out, burro does not know it" for key in entry if key not in (*_KNOWN, *_SECRETS)]
    return values, notes


def _host(entry: Table) -> str:
    return f"{entry['user']}@{entry['host']}" if entry.get("user") else str(entry["host"])


def _below_home(path: str) -> str:
    """Where the older tool began its commands: in the home directory."""
    return path if path.startswith(("/", "~")) else f"~/{path}"
