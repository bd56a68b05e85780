"""`burro submit` in full: what is not plain, what is wrong, and what found no server."""

from __future__ import annotations

from ..base.errors import UsageError
from .face import Face, print_json
from .forms import command
from .options import FORMS, SUBMIT
from .parser import Parser, of_table
from .submitted import Answer, say
from .words import Typed, split

OURS = frozenset([field for _, _, field, _ in FORMS] + ["parsable", "wait", "json", "queue", "help"])


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
    answer = submit(typed, rest, face)
    if "json" not in typed:
        say(answer, typed)
    if "wait" not in typed:
        return _print(answer, typed)
    from .waiting import wait

    code = wait(face, [str(answer["id"])], timeout=None, as_json=False)
    return _print(answer, typed) or code


def submit(typed: Typed, rest: list[str], face: Face, **options: object) -> Answer:
    """The server's answer to the job that was typed, with `options` over those typed."""
    if "parsable" in typed and "json" in typed:
        raise UsageError("--parsable and --json do not go together; give one of them")
    asked = {name: value for name, value in typed.items() if name not in OURS}
    form = command(typed, rest, verb=face.verb, away=face.elsewhere)
    said = face.context(form, asked.get("env"))
    return face.ask("submit", request=face.request, context=said, options={**asked, **options}, **form)


def _print(answer: Answer, typed: Typed) -> int:
    if "json" in typed:
        print_json(answer)
    return 0


def _text(typed: Typed, name: str) -> str | None:
    value = typed.get(name)
    return value if isinstance(value, str) else None
