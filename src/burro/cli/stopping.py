"""`burro down`."""

from __future__ import annotations

from ..api.ending import end
from .booting import not_at_boot
from .face import Face, note, print_json
from .parser import Parser


def parser(_verb: str) -> Parser:
    """The parser."""
    made = Parser("down", examples=("burro down", "burro down --drain", "burro down --now")).json()
    how = made.add_mutually_exclusive_group()
    how.add_argument("--now", action="store_true", help="stop running tasks")
    how.add_argument("--drain", action="store_true", help="start nothing more, and wait for running tasks")
    made.add_argument("--no-at-boot", action="store_true", help="nor start it at boot any more")
    return made


def main(words: list[str], face: Face) -> int:
    """Stop the server, and return when it is gone."""
    options = parser(face.verb).parse(words)
    face = face.at(options.queue)
    if options.no_at_boot:
        not_at_boot(face)
    found = end(face.queue, "now" if options.now else "drain" if options.drain else "refuse", tell=note)
    for one in found.left:
        note(f"{one} has not left yet; see: burro doctor")
    if options.json:
        print_json({"ended": found.ended, "was": found.was})
    elif found.was == "down":
        print(f"no server runs for the queue {face.queue}")
    else:
        print(f"the server is down{_stopped(found.ended)}")
    return 0


def _stopped(count: int) -> str:
    if not count:
        return ""
    return "; 1 running task was stopped" if count == 1 else f"; {count} running tasks were stopped"
