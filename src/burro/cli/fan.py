"""The same asked of several pools at once: one that fails or is slow does not hold up the others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..base.errors import BurroError, NotFound
from .clean import clean
from .face import Face, print_json

Answer = dict[str, Any]
Row = Mapping[str, Any]
WIDEST = 16  # asked at a time


def chosen(face: Face, names: Sequence[str], *, everyone: bool, kinds: Sequence[str] = ("local", "ssh")) -> list[Row]:
    """The rows of the pools that are named, or of all of these kinds. Raises NotFound."""
    rows = {row["pool"]: row for row in face.ask("pools")["pools"]}
    if everyone:
        return [row for row in rows.values() if row.get("kind", "local") in kinds]
    for name in names:
        if name not in rows:
            raise NotFound(f"there is no pool '{name}'; there is: {', '.join(rows)}")
    return [rows[name] for name in dict.fromkeys(names)]


def spread(
    pools: Sequence[str],
    ask: Callable[[str], Answer],
    *,
    as_json: bool,
    well: Callable[[Answer], bool] = bool,
) -> int:
    """Ask each, and say what each answers; exit 1 if one of several failed.

    One alone answers as any verb does. Raises the error of one alone.
    """
    if len(pools) == 1:
        answer = ask(pools[0])
        if as_json:
            print_json(answer)
        else:
            say(answer["text"])
        return 0 if well(answer) else 1
    from concurrent.futures import ThreadPoolExecutor, as_completed

    with ThreadPoolExecutor(WIDEST) as threads:
        asked = {threads.submit(_answer, ask, pool): pool for pool in pools}
        answers = {}
        for done in as_completed(asked):
            answers[asked[done]] = done.result()
            if not as_json:
                _say_of(asked[done], done.result())
    if as_json:
        print_json({"pools": [answers[pool] for pool in pools]})
    return 0 if all("error" not in answer and well(answer) for answer in answers.values()) else 1


def _answer(ask: Callable[[str], Answer], pool: str) -> Answer:
    try:
        return ask(pool)
    except BurroError as error:
        return {"pool": pool, "error": {"code": error.code, "message": str(error)}}


def _say_of(pool: str, answer: Answer) -> None:
    if "error" in answer:
        sys.stdout.flush()
        print(f"[{pool}] {clean(answer['error']['message'])}", file=sys.stderr)
    else:
        say(answer["text"].removeprefix(f"{pool}: "), pool=pool)


def say(text: str, *, pool: str | None = None, aside: bool = False) -> None:
    """Lines on standard output, each with the pool it is of where there are several; `aside`: they are no result."""
    head = f"[{pool}] " if pool else ""
    lines = "\n".join(head + clean(line) for line in text.splitlines() or [""])
    print(lines, flush=True, file=sys.stderr if aside else sys.stdout)
