"""`burro submit` in full: what is not plain, what is wrong, and what found no server."""

from __future__ import annotations

from collections.abc import Sequence

from ..base.errors import UsageError
from ..model.pool import ALL
from .face import Face, print_json
from .forms import Form, command
from .options import FORMS, STAGE, SUBMIT
from .parser import Parser, of_table
from .submitted import Answer, say
from .words import PATHS, Typed, split

OURS = frozenset([field for _, _, field, _ in (*FORMS, *STAGE)] + ["parsable", "wait", "json", "queue", "help"])


def parser(verb: str) -> Parser:
    """For --help and completion."""
    made = Parser(
        verb,
        usage="[options] COMMAND ARG...  |  SCRIPT ARG...  |  --shell LINE  |  -f FILE  |  -",
        examples=(
            "burro submit -c 2 --mem 4G python train.py --rate 0.1",
            "burro submit --shell 'sort a.txt | uniq > b.txt'",
            "burro submit -a 0-99 -- ./fit.sh one two",
            "burro submit -f commands.txt",
        ),
    )
    return of_table(made, SUBMIT)


def main(words: list[str], face: Face) -> int:
    """Submit, say the id, and wait if that was asked."""
    typed, rest = split(words, SUBMIT, verb="submit")
    if "help" in typed:
        parser("submit").print_help()
        return 0
    face = face.at(_text(typed, "queue"))
    answers = _submit(typed, rest, face)
    if "wait" not in typed:
        return _print(answers, typed)
    from .waiting import wait

    numbers = [str(answer[name]) for answer in answers for name in ("id", "stage_out") if name in answer]
    code = wait(face, numbers, timeout=None, as_json=False)
    return _print(answers, typed) or code


def _submit(typed: Typed, rest: list[str], face: Face) -> list[Answer]:
    """The server's answers, said; one, or one for each pool."""
    everywhere = typed.get("pool") == ALL
    staged = [name for name in PATHS if name in typed]
    if not everywhere and not staged:
        answers = [submit(typed, rest, face)]
    else:
        from .staging import check_stage_out, open_pools, stage_in, stage_out

        pools = open_pools(face) if everywhere else [str(typed.get("pool"))]
        back = "stage_out" in typed and check_stage_out(face, typed)
        if "stage_in" in typed:
            stage_in(face, typed, pools)
        answers = submit_to(pools, typed, rest, face) if everywhere else [submit(typed, rest, face)]
        if back:
            answers[0]["stage_out"] = stage_out(face, typed, answers[0])
    for answer in () if "json" in typed else answers:
        if everywhere and "parsable" not in typed:
            print(f"[{answer['pool']}] ", end="")
        say(answer, typed)
    return answers


def submit(typed: Typed, rest: list[str], face: Face, **options: object) -> Answer:
    """The server's answer to the job that was typed, with `options` over those typed."""
    if "pool" in typed and typed["pool"] == ALL:
        raise UsageError(f"burro {face.verb} takes one pool; one copy to each is for: burro submit -p all")
    asked, form = _asked(typed, rest, face)
    said = face.context(form, asked.get("env"))
    return face.ask("submit", request=face.request, context=said, options={**asked, **options}, **form)


def submit_to(pools: Sequence[str], typed: Typed, rest: list[str], face: Face) -> list[Answer]:
    """The answers to one copy of the job for each pool, all or none."""
    asked, form = _asked(typed, rest, face)
    jobs = []
    for pool in pools:
        key = {"key": f"{asked['key']}@{pool}"} if "key" in asked else {}
        jobs.append({**form, "options": {**asked, **key, "pool": pool}})
    said = face.context(form, asked.get("env"))
    rows = face.ask("submit_many", request=face.request, context=said, jobs=jobs)["ids"]
    return [{**row, "pool": pool} for row, pool in zip(rows, pools, strict=True)]


def _asked(typed: Typed, rest: list[str], face: Face) -> tuple[Form, Form]:
    """The job's options, and what it runs."""
    if "parsable" in typed and "json" in typed:
        raise UsageError("--parsable and --json do not go together; give one of them")
    asked: Form = {name: value for name, value in typed.items() if name not in OURS}
    return asked, command(typed, rest, verb=face.verb, away=face.elsewhere)


def _print(answers: list[Answer], typed: Typed) -> int:
    if "json" in typed:
        print_json({"jobs": answers} if typed.get("pool") == ALL else answers[0])
    return 0


def _text(typed: Typed, name: str) -> str | None:
    value = typed.get(name)
    return value if isinstance(value, str) else None
