"""The options of `schedule`: those of `submit`, but for the letters and names that DataLad gives another meaning."""

from __future__ import annotations

from .options import ABOUT, QUEUE, SUBMIT

_TAKEN = ("o", "i", "m", "d", "e", "J")  # letters that mean something else here, or would surprise who knows DataLad
_LEFT_OUT = frozenset({"output", "error", "input", "file", "shell", "script", "stage_in", "stage_out", "wait", "chdir"})

OURS = (
    ("output", "o", "outputs", True),
    ("input", "i", "inputs", True),
    ("extra-input", "", "extra_inputs", True),
    ("message", "m", "message", True),
    ("dataset", "d", "dataset", True),
    ("sweep", "", "sweep", True),
    ("from", "", "from", True),
    ("overwrite", "", "overwrite", True),
    ("alt-dir", "", "alternative", True),
    ("container", "", "container", True),
    ("stay", "", "stay", True),
    ("log", "", "output", True),
    ("assume-ready", "", "assume_ready", True),
    ("dry-run", "", "dry_run", False),
)
READY = ("inputs", "outputs", "both")  # values of --assume-ready
SEVERAL = ("outputs", "inputs", "extra_inputs", "sweep")
SCHEDULE = (
    *OURS,
    *(
        (long, "" if short in _TAKEN else short, field, value)
        for long, short, field, value in SUBMIT
        if field not in _LEFT_OUT and field != "queue"
    ),
    QUEUE,
)
NAMES = frozenset(field for _, _, field, _ in OURS) - {"output"}

ABOUT |= {
    "outputs": ("PATH", "what the command writes: a file, directory or pattern (may be given again)"),
    "inputs": ("PATH", "what it reads; content that git-annex has elsewhere is got first (may be given again)"),
    "extra_inputs": ("PATH", "as --input, and not in {inputs}: an image, a table (may be given again)"),
    "message": ("TEXT", "the first line of its commit"),
    "dataset": ("DIR", "the repository (that of the current directory)"),
    "sweep": (
        "NAME=VALUES",
        "a job for each value, {NAME} standing for it: k=1..100, or rate=0.1,0.2 (may be given again)",
    ),
    "from": (
        "FILE",
        'a job for each line: {"cmd": "...", "outputs": [...], "inputs": [...], "mem": "2G"}; - is standard input',
    ),
    "overwrite": (
        "HOW",
        "files of git-annex in the way of outputs: replace (put back on failure), unlock, keep, refuse",
    ),
    "alternative": ("DIR", "run in a directory below DIR: inputs are copied there, outputs back when all went well"),
    "container": ("NAME", "run in a container that the repository knows: see datalad containers-add"),
    "stay": ("CLONE", "run in this clone of the repository at the machine of -p, whose annex keeps what is written"),
    "assume_ready": ("WHAT", "inputs: do not look for inputs, nor get their content"),
    "dry_run": ("", "say what would be scheduled, and do nothing"),
}
