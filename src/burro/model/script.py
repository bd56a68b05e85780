"""Batch scripts: the `#SBATCH` and `#BURRO` lines of a text as options of a submission."""

from __future__ import annotations

import shlex

from ..base.errors import UsageError
from .options import OPTIONS

# sbatch(1): its long name, short letter, our field; "" are read for what they imply below
_SLURM = (
    ("job-name", "J", "name"),
    ("cpus-per-task", "c", "cpus"),
    ("ntasks", "n", "ntasks"),
    ("mem", "", "mem"),
    ("mem-per-cpu", "", "mem_per_cpu"),
    ("time", "t", "time"),
    ("priority", "", "priority"),
    ("signal", "", "warn"),
    ("chdir", "D", "chdir"),
    ("output", "o", "output"),
    ("error", "e", "error"),
    ("input", "i", "input"),
    ("array", "a", "array"),
    ("export", "", "env"),
    ("dependency", "d", "dependency"),
    ("begin", "b", "begin"),
    ("gpus", "G", "gpus"),
    ("gpus-per-node", "", "gpus"),
    ("gpus-per-task", "", "gpus_per_task"),
    ("gres", "", "gres"),
)
_SLURM_FLAGS = {"hold": "hold", "H": "hold", "no-requeue": "no_requeue", "requeue": "", "parsable": ""}
_BURRO_VALUES = {name: field for long, short, field, value in OPTIONS if value for name in (long, short) if name}
_BURRO_FLAGS = {long: field for long, _, field, value in OPTIONS if not value}
_SLURM_VALUES = {name: field for long, short, field in _SLURM for name in (long, short) if name}

Options = dict[str, object]


def is_batch(text: str) -> bool:
    """Whether a script has option lines."""
    return any(True for _ in option_lines(text))


def script_options(text: str) -> tuple[Options, list[str]]:
    """The options that a script's lines ask for, and a sentence for those that mean nothing here.

    As with sbatch, lines count up to the first command. Raises UsageError for a `#BURRO` line that is wrong; a
    `#SBATCH` option that has no meaning on this machine (a partition, an account) is noted, not refused.
    """
    options: Options = {}
    strange: dict[str, None] = {}
    for kind, line in option_lines(text):
        values, flags = (_SLURM_VALUES, _SLURM_FLAGS) if kind == "#SBATCH" else (_BURRO_VALUES, _BURRO_FLAGS)
        for name, value in _words(kind, line):
            if name in flags:
                options[flags[name]] = True
            elif name in values and value is not None:
                options[values[name]] = value
            elif kind == "#BURRO":
                raise UsageError(f"the script's line '#BURRO {line}' is not understood; see: burro submit --help")
            else:
                strange["--" + name if len(name) > 1 else "-" + name] = None
    options.pop("", None)
    for resource in _other_resources(options):
        strange[f"--gres={resource}"] = None
    notes = [f"left out, since it has no meaning in this pool: #SBATCH {' '.join(strange)}"] if strange else []
    return _combined(options), notes


def _other_resources(options: Options) -> list[str]:
    """Read what `--gres` asks: gpus become ours, of whatever type; the other resources are given back."""
    asked = str(options.pop("gres", "")).split(",")
    for resource in asked:
        if resource.partition(":")[0] == "gpu":
            options["gpus"] = resource.partition(":")[2] or "1"
    return [resource for resource in asked if resource and resource.partition(":")[0] != "gpu"]


def option_lines(text: str) -> list[tuple[str, str]]:
    """The option lines of a script: `#SBATCH` or `#BURRO`, and what stands behind."""
    found = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            break
        kind = line.split(None, 1)[0] if line.startswith("#") else ""
        if kind in ("#SBATCH", "#BURRO"):
            found.append((kind, line[len(kind) :].strip()))
    return found


def _words(kind: str, line: str) -> list[tuple[str, str | None]]:
    """Option names and values of one line: `--name=x`, `--name x`, `-J x`, `-Jx`, several after each other."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError as error:
        raise UsageError(f"the script's line '{kind} {line}' cannot be read: {error}") from None
    values = _SLURM_VALUES if kind == "#SBATCH" else _BURRO_VALUES
    found: list[tuple[str, str | None]] = []
    for word in words:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            found.append((name, value if equals else None))
        elif word.startswith("-") and len(word) > 1:
            found.append((word[1], word[2:] or None))
        elif found and found[-1][1] is None and found[-1][0] in values:
            found[-1] = (found[-1][0], word)
        elif not found or found[-1][0] in values:
            found.append((word, None))
    return found


def _combined(options: Options) -> Options:
    """Slurm's counts per task, made into ours per node: `-n 4 -c 2` needs 8 cpus here."""
    tasks, per_cpu = options.pop("ntasks", None), options.pop("mem_per_cpu", None)
    per_task = options.pop("gpus_per_task", None)
    try:
        if per_task is not None:
            options["gpus"] = str(int(_number(per_task)) * int(str(tasks or 1)))
        elif "gpus" in options:
            options["gpus"] = _number(options["gpus"])
        if tasks is not None:
            options["cpus"] = str(int(str(tasks)) * int(str(options.get("cpus", 1))))
        if per_cpu is not None:
            number = str(per_cpu).rstrip("KMGTkmgt")
            options["mem"] = f"{int(number) * int(str(options.get('cpus', 1)))}{str(per_cpu)[len(number) :]}"
    except ValueError:
        raise UsageError(
            "--ntasks, --gpus-per-task and --mem-per-cpu take whole numbers; correct the script's #SBATCH lines"
        ) from None
    if "env" in options:
        options["env"] = _export(str(options["env"]))
    return options


def _number(value: object) -> str:
    """How many of `a100:2` or `2`: burro knows no types of gpus."""
    return str(value).rpartition(":")[2]


def _export(value: str) -> str:
    """Sbatch's --export: ALL, NONE, or names and settings; ours says `all`, `clean`."""
    if value.upper() == "NONE":
        return "clean"
    names = [name for name in value.split(",") if name.upper() != "ALL"]
    return ",".join(["all", *names]) if len(names) < len(value.split(",")) else ",".join(names)
