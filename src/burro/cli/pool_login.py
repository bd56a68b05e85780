"""`burro pool login`: ssh asks on the terminal, once, and all our connections to that machine go through that one."""

from __future__ import annotations

from ..base.errors import Failed
from ..pools.machine import log_in, log_out
from .face import Face, print_json
from .fan import say
from .machines import ask, asking, machines
from .parser import Parser


def parser(act: str) -> Parser:
    """The parser."""
    made = Parser("pool", act=act, examples=("burro pool login gpu1", "burro pool login gpu1 --end")).json()
    made.add_argument("pools", metavar="POOL", nargs=1, help="the name of a pool")
    made.add_argument("--end", action="store_true", help="end the connection of an earlier login")
    return made


def main(act: str, words: list[str], face: Face) -> int:
    """Log in, then have the server connect."""
    options = parser(act).parse(words)
    face = face.at(options.queue)
    [row] = machines(face, options.pools, gateways=True)
    pool, host = row["pool"], row["host"]
    if options.end:
        there = log_out(host) == 0
        answer = {"pool": pool, "text": f"{pool}: logged out" if there else f"{pool}: there was no login"}
    else:
        code = log_in(host, env=asking(face, row))
        if code:
            raise Failed(f"ssh could not log in to {host}, it said why above; try: ssh {host}")
        answer = ask(face, "check", pool)
    if options.json:
        print_json(answer)
    else:
        say(answer["text"])
    return 1 if answer.get("state") == "down" else 0
