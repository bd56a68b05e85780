"""`burro schedule`: submit what is to become a commit, once it has been done."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..base.errors import UsageError
from ..provenance.dataset import Dataset
from ..provenance.placeholders import joined
from ..provenance.reach import Reach
from ..provenance.scheduling import in_slurm, prepared, shown, submit_all
from ..provenance.sending import there
from ..provenance.wish import Wish, from_lines, swept
from .clean import clean
from .face import Face, note, print_json
from .parser import Parser, of_table
from .schedule_options import NAMES, READY, SCHEDULE, SEVERAL
from .submitting import OURS
from .words import Typed, split


def parser(verb: str) -> Parser:
    """For --help and completion."""
    made = Parser(
        verb,
        usage="[options] -o PATH COMMAND ARG...  |  --from FILE",
        examples=(
            "burro schedule -i raw.csv -o clean.csv python clean.py {inputs} {outputs}",
            "burro schedule -o 'fit/{k}' --sweep k=1..100 -c 2 python fit.py {k}",
            "burro schedule -o 'res/{i}.txt' -a 0-999 './step {i} > res/{i}.txt'",
            "burro schedule --from jobs.jsonl",
        ),
    )
    return of_table(made, SCHEDULE)


def main(words: list[str], face: Face) -> int:
    """Reserve, submit, and say the numbers."""
    typed, rest = split(words, SCHEDULE, verb="schedule", several=SEVERAL)
    if "help" in typed:
        parser("schedule").print_help()
        return 0
    face = face.at(_text(typed, "queue") or None)
    if face.elsewhere:
        raise UsageError("a job is scheduled where the repository is, into a queue there; its pools may be anywhere")
    dataset = Dataset.at(_text(typed, "dataset") or None)
    wishes = list(_wishes(typed, rest))
    ready = _is_ready(_text(typed, "assume_ready"))
    jobs, remarks = prepared(dataset, wishes, Reach(face.ask, face.queue), ready=ready, dry="dry_run" in typed)
    for remark in remarks:
        note(remark)
    if "dry_run" in typed:
        return _show(jobs, as_json="json" in typed)
    in_slurm(face.ask, jobs)
    said = face.context({}, typed.get("env"))
    return _say(submit_all(face.ask, dataset, jobs, request=face.request, context=said), typed)


def _is_ready(said: str) -> bool:
    """Whether inputs are not to be looked for. Raises UsageError."""
    if said and said not in READY:
        raise UsageError(f"--assume-ready takes {', '.join(READY)}, not '{said}'")
    return said in ("inputs", "both")


def _text(typed: Typed, name: str) -> str:
    return str(typed.get(name) or "")


def _several(typed: Typed, name: str) -> tuple[str, ...]:
    return tuple(str(typed[name]).split("\0")) if name in typed else ()


def _wishes(typed: Typed, rest: list[str]) -> Iterator[Wish]:
    """What was typed: one command, or a file of them, each for every combination of the sweeps."""
    like = Wish(
        command=joined(rest),
        outputs=_several(typed, "outputs"),
        inputs=_several(typed, "inputs"),
        extra_inputs=_several(typed, "extra_inputs"),
        message=_text(typed, "message"),
        overwrite=_text(typed, "overwrite") or "replace",
        alternative=_text(typed, "alternative") and os.path.abspath(os.path.expanduser(_text(typed, "alternative"))),
        container=_text(typed, "container"),
        stay=there(_text(typed, "stay")),
        options={name: value for name, value in typed.items() if name not in NAMES | OURS},
    )
    if "from" in typed and rest:
        raise UsageError(f"'{rest[0]}' stands beside --from, whose lines have the commands; leave one of them out")
    if "from" not in typed and not rest:
        raise UsageError("there is no command; write: burro schedule -o PATH COMMAND, or see: burro schedule --help")
    for wish in from_lines(_lines(_text(typed, "from")), like) if "from" in typed else [like]:
        yield from swept(wish, _several(typed, "sweep"))


def _lines(path: str) -> Iterator[str]:
    if path == "-":
        yield from sys.stdin
        return
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            yield from file
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}; check its name") from None


def _show(jobs: list[dict[str, Any]], *, as_json: bool) -> int:
    if as_json:
        print_json({"jobs": [{**job["provenance"], "command": shown(job), "options": job["options"]} for job in jobs]})
        return 0
    for job in jobs:
        print(clean(shown(job)))
        print(clean(f"  in {job['cwd']}, writes {', '.join(job['provenance']['writes'])}"))
    return 0


def _say(answers: list[dict[str, Any]], typed: Typed) -> int:
    if "json" in typed:
        print_json({"jobs": answers})
        return 0
    if "parsable" in typed:
        remark(answers)
        sys.stdout.writelines(f"{answer['id']}{os.linesep}" for answer in answers)
        return 0
    say_scheduled(answers)
    return 0


def say_scheduled(answers: Sequence[Mapping[str, Any]]) -> None:
    """The numbers, and what is worth knowing of these jobs."""
    remark(answers)
    if len(answers) == 1:
        print(f"Scheduled job {answers[0]['id']}")
    else:
        print(f"Scheduled jobs {answers[0]['id']}-{answers[-1]['id']}")


def remark(answers: Sequence[Mapping[str, Any]]) -> None:
    """What the server noted on these jobs, each sentence once."""
    for sentence in dict.fromkeys(str(one) for answer in answers for one in answer.get("notes") or ()):
        print(f"burro: note: {sentence}", file=sys.stderr)
