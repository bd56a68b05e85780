"""What somebody wants to schedule, and the submissions that it becomes."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..base.errors import UsageError
from ..model.footprint import reservable
from .dataset import Dataset
from .in_subdatasets import below_of
from .placeholders import INDEX, expand, fill, has_braces, paths_of
from .sbatch import is_sbatch, parse, repeatable
from .sweep import combinations

_LISTS = ("inputs", "extra_inputs", "outputs", "chain")
_ONCE = frozenset({"key", "hold", "dependency", "begin"})  # options that mean this one time, not the next
_TEXTS = {
    "cmd": "command",
    "command": "command",
    "message": "message",
    "overwrite": "overwrite",
    "alt_dir": "alternative",
    "container": "container",
    "stay": "stay",
}


@dataclass(frozen=True)
class Wish:
    """One command line of the shell and what it reads and writes, relative to the dataset's `pwd`.

    `options` are those of `burro submit`. Braces in command and paths are placeholders.
    """

    command: str
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    extra_inputs: tuple[str, ...] = ()
    message: str = ""
    overwrite: str = "replace"
    alternative: str = ""  # the directory that its tasks run in, in place of the repository
    container: str = ""  # the name of one that the repository knows, in which the command is to run
    options: Mapping[str, Any] = field(default_factory=dict)
    chain: tuple[str, ...] = ()  # commits that it repeats
    stay: str = ""  # the clone at a machine without the repository that it runs in, and that keeps contents
    away: Mapping[str, Any] | None = None  # how it runs at a machine without the repository (model/footprint.py)

    def filled(self, values: Mapping[str, str]) -> Wish:
        """For one combination of a sweep."""
        if not values:
            return self
        outputs, inputs, extra = (
            tuple(fill(one, values) for one in several) for several in (self.outputs, self.inputs, self.extra_inputs)
        )
        command, message = fill(self.command, values), _plain(self.message, values)
        return replace(self, command=command, message=message, outputs=outputs, inputs=inputs, extra_inputs=extra)


def _plain(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def swept(wish: Wish, sweeps: Sequence[str]) -> Iterator[Wish]:
    """One wish for each combination; the wish itself where nothing is swept. Raises UsageError."""
    for values in combinations(sweeps):
        yield wish.filled(values)


def from_lines(lines: Iterator[str], like: Wish) -> Iterator[Wish]:
    """One wish for each JSON object: `cmd`, `outputs`, `inputs`, `message`, and options of `burro submit` by name.

    What a line does not say is as in `like`. Raises UsageError.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
        except ValueError as error:
            raise UsageError(f"line {number} is no JSON ({error}); write one object a line") from None
        if not isinstance(asked, dict):
            raise UsageError(f'line {number} is no object; write {{"cmd": "...", "outputs": ["..."]}}')
        yield _of_object(asked, like, number)


def _of_object(asked: dict[str, Any], like: Wish, number: int) -> Wish:
    found: dict[str, Any] = {}
    for name in _LISTS:
        if name in asked:
            value = asked.pop(name)
            several = value if isinstance(value, list) else [value]
            if not all(isinstance(one, str) for one in several):
                raise UsageError(f"line {number}: {name} is a list of texts")
            found[name] = tuple(several)
    for name, ours in _TEXTS.items():
        if name in asked:
            found[ours] = str(asked.pop(name))
    wish = replace(like, **found, options={**like.options, **asked})
    if not wish.command:
        raise UsageError(f'line {number} has no command; write {{"cmd": "...", "outputs": ["..."]}}')
    return wish


def submission(dataset: Dataset, wish: Wish) -> dict[str, Any]:
    """The message of one job (docs/protocol.md). Raises UsageError."""
    _check(wish)
    slurm = parse(wish.command, dataset.here) if is_sbatch(wish.command) else None
    options = {**wish.options, **({"array": slurm.array} if slurm and slurm.array else {})}
    indexed = options.get("array") is not None
    _check_literal(wish, indexed=indexed)
    outputs, inputs, extra = (
        paths_of(several, root=dataset.root, pwd=dataset.pwd, indexed=indexed)
        for several in (wish.outputs, wish.inputs, wish.extra_inputs)
    )
    if indexed and "clone" in (wish.away or {}) and not all(INDEX in path for path in outputs):
        raise UsageError(
            f"tasks of an array are side by side in {wish.stay}; give each outputs of its own: -o 'res/{{i}}'"
        )
    values = _values(dataset, wish, outputs, dataset.expanded(inputs))
    writes = reservable(dataset.normal(path) for path in outputs)
    reads = reservable(dataset.normal(path, below=True) for path in [*inputs, *extra] if _is_inside(dataset, path))
    return {
        **_form(dataset, expand(wish.command, values, indexed=indexed)),
        "options": options,
        "cwd": dataset.here,
        "provenance": {
            "dataset": dataset.root,
            "writes": writes,
            "reads": reads,
            **below_of(dataset, writes, reads, options=options, stay=wish.stay),
            "overwrite": wish.overwrite,
            "caseless": dataset.git.is_set("core.ignorecase"),
            "alternative": wish.alternative or None,
            "away": wish.away,
            "outside": [path for path in [*inputs, *extra] if not _is_inside(dataset, path)],
            "asked": _asked(dataset, wish, apart=any(INDEX in path for path in outputs)),
        },
    }


def _values(dataset: Dataset, wish: Wish, outputs: list[str], inputs: list[str]) -> dict[str, str | list[str]]:
    """What the placeholders of its command stand for; in another directory, seen from there."""
    found: dict[str, str | list[str]] = {"pwd": dataset.here, "dspath": dataset.root, "tmpdir": "${TMPDIR:-/tmp}"}
    if not (wish.alternative or wish.away):
        return {**found, "inputs": inputs, "outputs": outputs}
    found |= {"pwd": "$PWD", "dspath": "$BURRO_DATASET"}
    for name, paths in (("inputs", inputs), ("outputs", outputs)):
        found[name] = [
            os.path.relpath(path, dataset.here) if os.path.isabs(path) and _is_inside(dataset, path) else path
            for path in paths
        ]
    return found


def _check(wish: Wish) -> None:
    if not wish.outputs:
        raise UsageError("what is scheduled must say what it writes, for that is what is recorded: --output PATH")
    if not wish.command.strip():
        raise UsageError("there is no command; write: burro schedule -o PATH COMMAND")
    if wish.options.get("chdir") is not None:
        raise UsageError(
            "a scheduled command runs in the current directory, as its record says; go there first: cd DIR"
        )
    for kind, paths in (("output", wish.outputs), ("input", wish.inputs), ("extra input", wish.extra_inputs)):
        if not all(path.strip() for path in paths):
            raise UsageError(f"an {kind} is an empty text; name a path, or . for all of the repository")


def _check_literal(wish: Wish, *, indexed: bool) -> None:
    """A task puts its index wherever there is {i}, whoever wrote that."""
    literal = "{" + INDEX + "}"
    if indexed and literal in wish.command:
        raise UsageError("in the command of an --array {{i}} cannot stand for {i} itself; put it into a script")
    for path in (*wish.outputs, *((*wish.inputs, *wish.extra_inputs) if indexed else ())):
        if literal in path:
            raise UsageError(
                f"'{path}' would be a file with {INDEX} in its name, which is the index of a task; rename it"
            )


def _form(dataset: Dataset, command: str) -> dict[str, Any]:
    """A line of the shell; or the script that an sbatch command submits, for sbatch itself returns before its end."""
    if not is_sbatch(command):
        return {"shell": command}
    batch = parse(command, dataset.here)
    return {"script": {"text": batch.text, "path": batch.path, "args": list(batch.args)}}


def _portable(dataset: Dataset, path: str) -> str:
    """A path as it can be repeated in another clone, by DataLad too: relative, and without the places of this one."""
    if not (os.path.isabs(path) or has_braces(path)):
        return path
    values = {"pwd": dataset.here, "dspath": dataset.root, "tmpdir": tempfile.gettempdir()}
    whole, here, root = (fill(text, values) for text in (path, "{pwd}", "{dspath}"))
    inside = os.path.isabs(whole) and (os.path.normpath(whole) + "/").startswith(root.rstrip("/") + "/")
    return os.path.relpath(whole, here) if inside else whole


def _is_inside(dataset: Dataset, path: str) -> bool:
    """Inputs may lie elsewhere; nobody here writes them."""
    whole = os.path.normpath(os.path.join(dataset.here, path))
    return whole == dataset.root or whole.startswith(dataset.root.rstrip("/") + "/")


def _asked(dataset: Dataset, wish: Wish, *, apart: bool) -> dict[str, Any]:
    """What its record will say, as DataLad calls these things; {i} is filled in when the record is written."""
    slurm = is_sbatch(wish.command)
    inputs, extra, outputs = (
        [_portable(dataset, path) for path in several] for several in (wish.inputs, wish.extra_inputs, wish.outputs)
    )
    return {
        "cmd": repeatable(wish.command, apart=apart) if slurm else wish.command,
        "submit_command": wish.command if slurm else "",
        "inputs": inputs,
        "extra_inputs": extra,
        "outputs": outputs,
        "message": wish.message,
        "pwd": dataset.pwd,
        "dsid": dataset.id,
        "base": dataset.base,
        "chain": list(wish.chain),
        "alternative": wish.alternative,
        **({"stay": wish.stay} if wish.stay else {}),
        **({"overwrite": wish.overwrite} if wish.overwrite != Wish.overwrite else {}),
        "options": {name: value for name, value in wish.options.items() if name not in _ONCE},
    }
