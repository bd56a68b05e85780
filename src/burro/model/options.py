"""The options of a submission: their long name, short letter, and the field they set.

Where Slurm has the thing, the name is Slurm's (sbatch(1)); `#SBATCH` lines are translated in `script`.
"""

from __future__ import annotations

# long name, short letter, field of the submission, whether a value follows
OPTIONS = (
    ("name", "J", "name", True),
    ("job-name", "", "name", True),
    ("cpus", "c", "cpus", True),
    ("cpus-per-task", "", "cpus", True),
    ("mem", "m", "mem", True),
    ("gpus", "g", "gpus", True),
    ("need", "", "need", True),
    ("time", "t", "time", True),
    ("time-min", "", "time_min", True),
    ("warn", "", "warn", True),
    ("pool", "p", "pool", True),
    ("priority", "P", "priority", True),
    ("chdir", "D", "chdir", True),
    ("output", "o", "output", True),
    ("error", "e", "error", True),
    ("input", "i", "input", True),
    ("array", "a", "array", True),
    ("dependency", "d", "dependency", True),
    ("begin", "", "begin", True),
    ("retries", "", "retries", True),
    ("retry-delay", "", "retry_delay", True),
    ("retry-on", "", "retry_on", True),
    ("retry-mem", "", "retry_mem", True),
    ("retry-time", "", "retry_time", True),
    ("max-fails", "", "max_fails", True),
    ("env", "", "env", True),
    ("key", "", "key", True),
    ("hold", "", "hold", False),
    ("no-requeue", "", "no_requeue", False),
    ("leave", "", "leave", False),
)
REPEATED = frozenset({"dependency", "need"})  # given twice they add up
FIELDS = frozenset(field for _, _, field, _ in OPTIONS) | {"quiet_output"}
