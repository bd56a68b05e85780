"""From Python's keywords to what is to be scheduled, and how it is to be recorded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from ..api.options import plain_options, words_of
from ..api.which import Jobs, ids_of
from ..base.errors import UsageError
from ..model.footprint import OVERWRITE
from .dataset import Dataset
from .ended import FAILED, STYLES, Settings
from .placeholders import joined
from .sending import there
from .style import style_of
from .wish import Wish

Path: TypeAlias = str | os.PathLike[str]
Paths: TypeAlias = Path | Iterable[Path]

_LEFT_OUT = {
    **dict.fromkeys(("output", "error"), "outputs= names what a job writes, log= the file for what it says"),
    "input": "inputs= names what a job reads; its command can read standard input with <",
    **dict.fromkeys(
        ("shell", "script", "lines", "args"), "give the command as a line of the shell, or a list of words"
    ),
}
_LISTS = ("outputs", "inputs", "extra_inputs")
_HOW = ("failed", "record_style", "message", "branches", "octopus", "unchanged")


def dataset_at(path: Path | None) -> Dataset:
    """The repository of a directory, or of the current one. Raises UsageError."""
    return Dataset.at(None if path is None else os.fspath(path))


def wish_of(asked: Mapping[str, Any]) -> Wish:
    """One job by keywords. Raises UsageError."""
    asked = {name: value for name, value in asked.items() if value is not None}
    for name in asked.keys() & _LEFT_OUT.keys():
        raise UsageError(f"{name}= is nothing for what is scheduled: {_LEFT_OUT[name]}")
    options = {name: value for name, value in asked.items() if name not in _OURS}
    if "log" in asked:
        options["output"] = os.fspath(asked["log"])
    if isinstance(options.get("env"), Mapping):
        options["env"] = _settings(options["env"])
    overwrite = str(asked.get("overwrite", "replace"))
    _one_of("overwrite", overwrite, OVERWRITE)
    outputs, inputs, extra = (tuple(texts_of(asked.get(name, ()))) for name in _LISTS)
    away = asked.get("alt_dir")
    return Wish(
        command=_command(asked.get("command")),
        outputs=outputs,
        inputs=inputs,
        extra_inputs=extra,
        message=str(asked.get("message", "")),
        overwrite=overwrite,
        alternative=os.path.abspath(os.path.expanduser(away)) if away else "",
        container=str(asked.get("container", "")),
        stay=there(str(asked.get("stay", ""))),
        options=plain_options(options),
    )


_OURS = frozenset({"command", "message", "overwrite", "alt_dir", "stay", "container", "log", *_LISTS})


def _command(given: object) -> str:
    if isinstance(given, str) and given.strip():
        return given
    if given is None or not (words := words_of(given)):  # type: ignore[arg-type] # says itself what it takes
        raise UsageError(
            'there is no command; give a line of the shell, or words: queue.schedule(["sort", "{inputs}"])'
        )
    return joined(words)


def _settings(env: Mapping[object, object]) -> str:
    """As --env has them, for these are kept with the job."""
    values = {str(name): words_of([value])[0] for name, value in env.items()}
    for name, value in values.items():
        if "," in value:
            raise UsageError(f"env= of what is scheduled cannot have a comma in {name}; set it in the command")
    return ",".join(f"{name}={value}" for name, value in values.items())


def settings_of(dataset: Dataset, how: Mapping[str, Any]) -> Settings:
    """How records are to be written. Raises UsageError."""
    for name in how.keys() - set(_HOW):
        raise UsageError(f"finish() has no {name}=; there are {', '.join(_HOW)}, import_slurm_db")
    given = {name: value for name, value in how.items() if value is not None}
    _one_of("failed", given.get("failed", "keep"), FAILED)
    style, octopus = given.pop("record_style", None), bool(given.get("octopus"))
    if style is not None:
        _one_of("record_style", style, STYLES)
    return Settings(**{**given, "style": style_of(dataset, style), "branches": bool(given.get("branches")) or octopus})


def _one_of(name: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise UsageError(f"{name}= takes {', '.join(known)}, not {value!r}")


def texts_of(given: Paths) -> list[str]:
    """Paths, or the one that was given."""
    return [os.fspath(given)] if isinstance(given, (str, os.PathLike)) else [os.fspath(one) for one in given]


def names_of(given: Jobs | Paths) -> list[str]:
    """Commits, files and jobs as texts."""
    if isinstance(given, (str, os.PathLike)):
        return [os.fspath(given)]
    if not isinstance(given, Iterable):
        return ids_of(given)
    return [os.fspath(one) if isinstance(one, os.PathLike) else ids_of(one)[0] for one in given]
