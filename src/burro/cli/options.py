"""The options of `submit` and `run`: one table for the quick path, for --help, for completion and for the documents.

Plain tuples as in model/options.py: long name, short letter, field, whether a value follows.
"""

from __future__ import annotations

from ..model.options import OPTIONS as JOB

FORMS = (
    ("file", "f", "file", True),
    ("shell", "", "shell", True),
    ("script", "", "script", True),
)
STAGE = (("stage-in", "", "stage_in", True), ("stage-out", "", "stage_out", True))
QUEUE = ("queue", "", "queue", True)
_ALWAYS = (("json", "", "json", False), QUEUE, ("help", "h", "help", False))
SUBMIT = (*JOB, *FORMS, *STAGE, ("parsable", "", "parsable", False), ("wait", "", "wait", False), *_ALWAYS)
RUN = (*JOB, *FORMS, *_ALWAYS)

# field: what stands for its value, and what it says in --help
ABOUT = {
    "name": ("NAME", "what tables call the job"),
    "cpus": ("N", "cpus that each task gets (1)"),
    "mem": ("SIZE", "memory that each task gets: 4000 is MB, or 4G"),
    "gpus": ("N", "gpus that each task gets; CUDA_VISIBLE_DEVICES names them"),
    "need": ("NAME=N", "what each task takes of a counter of the pool: licence=1 (may be given again)"),
    "time_min": ("TIME", "do not start a task on a worker that ends sooner than this (else: than --time)"),
    "time": ("TIME", "stop a task after this long: 30 is minutes, or 90s, 2h, 0:30, 1-0"),
    "warn": ("TIME[:SIGNAL]", "signal (USR1) a task so long before its end, by --time or its worker's: 5m:USR1"),
    "pool": ("POOL", "where to run: any (the default), the name of a pool, or all: one copy to each"),
    "priority": ("N", "higher goes first (0)"),
    "chdir": ("DIR", "the directory the tasks run in (this one)"),
    "output": ("FILE", "standard output; a pattern with %j %a %A %x %N %t %u %d; none: no file"),
    "error": ("FILE", "standard error (joins standard output)"),
    "input": ("FILE", "standard input (nothing)"),
    "array": ("INDICES", "one task for each index: 0-99, 0-9,20 or 0-99:5; 0-99%10: ten at a time"),
    "dependency": ("LIST", "wait for other jobs: afterok:12,afterany:13.0-9,afternotok:name,aftercorr:14"),
    "begin": ("TIME", "not before 18:00, 2026-12-01T08:00 or +2h"),
    "retries": ("N", "try a task that failed again, up to N times (0)"),
    "retry_delay": ("TIME", "before the first retry; doubles with each, up to 5 minutes (1s)"),
    "retry_on": ("CAUSES", "only for these: exit, exit:75, signal, memory, timeout, lost"),
    "retry_mem": ("xF", "after running out of memory try with F times as much: x2"),
    "retry_time": ("xF", "after running out of time try with F times as much: x2"),
    "max_fails": ("N", "when more than N tasks have failed, cancel the rest of the job"),
    "env": ("LIST", "all (the default), clean, or names and settings: A,B=c"),
    "key": ("TEXT", "the same key with the same job gives the same id, not a second job"),
    "hold": ("", "do not start before `burro release`"),
    "no_requeue": ("", "a task whose node or worker is lost, or ends, is not tried again"),
    "leave": ("", "let live what a task leaves running"),
    "file": ("FILE", "one shell command a line, each a task of one job; - is standard input"),
    "shell": ("LINE", "run LINE by /bin/sh: for pipes and redirections"),
    "script": ("FILE", "FILE is a batch script, whatever it looks like"),
    "stage_in": ("PATH", "bring this of the project to the pool first (may be given again)"),
    "stage_out": ("PATH", "bring this back when it has ended (may be given again)"),
    "parsable": ("", "print the id alone; with -f one task id a line"),
    "wait": ("", "wait until it has ended, and exit as `burro wait` does"),
    "json": ("", "print one JSON document"),
    "queue": ("DIR", "the queue ($BURRO_QUEUE, or your default one); at another machine: ssh://HOST/PATH"),
    "help": ("", "show this and leave"),
}
