"""`burro completion`: the script that lets a shell complete verbs, options, ids and names."""

from __future__ import annotations

import argparse
import re

from ..api.caller import look
from ..base.errors import BurroError, UsageError
from ..model.footprint import OVERWRITE
from ..model.states import STATES
from .face import Face
from .parser import Parser
from .schedule_options import READY
from .verbs import VERBS, module_of

SHELLS = ("bash", "zsh", "fish", "tcsh")
_OFFERED = 200  # jobs
_LONGEST = 2.0  # seconds for the server: somebody has pressed a key
_PLAIN = re.compile(r"[\w.+@%-]+")  # a name that no shell takes apart
_ASK = "burro completion --ids 2>/dev/null"
_ASK_POOLS = "burro completion --pools 2>/dev/null"
_STATES = " ".join(STATES)
# what is offered where an id or a state is wanted, in the words of each shell
_IDS = {"bash": "_burro_ids", "zsh": "_burro_ids", "fish": f"({_ASK})", "tcsh": "`burro completion --ids`"}
_POOLS = {
    "bash": "_burro_pools",
    "zsh": "_burro_pools",
    "fish": f"({_ASK_POOLS})",
    "tcsh": "`burro completion --pools`",
}
_WANTED = {"bash": "_burro_states", "zsh": f"({_STATES})", "fish": _STATES, "tcsh": f"({_STATES})"}
_FUNCTIONS = {
    "bash": f'_burro_ids() {{ compgen -W "$({_ASK})" -- "$1"; }}\n'
    f'_burro_pools() {{ compgen -W "$({_ASK_POOLS})" -- "$1"; }}\n'
    f'_burro_states() {{ compgen -W "{_STATES}" -- "$1"; }}',
    "zsh": f'_burro_ids() {{ compadd -- ${{(f)"$({_ASK})"}} }}\n'
    f'_burro_pools() {{ compadd -- ${{(f)"$({_ASK_POOLS})"}} }}',
}
_FILES = ("output", "error", "input", "file", "script", "outputs", "inputs", "extra_inputs", "from", "files", "targets")
_ONE_OF = {"overwrite": OVERWRITE, "assume_ready": READY}  # what is not parsed by argparse, which has these itself
_DIRECTORIES = ("queue", "chdir", "dir", "dataset", "alternative")


def parser(_verb: str) -> Parser:
    """The parser."""
    examples = (
        "burro completion bash > ~/.local/share/bash-completion/completions/burro",
        "burro completion zsh > ~/.zfunc/_burro",
        "burro completion fish > ~/.config/fish/completions/burro.fish",
        "burro completion tcsh >> ~/.cshrc",
    )
    made = Parser("completion", examples=examples)
    made.add_argument("shell", choices=SHELLS, nargs="?", help="the shell")
    made.add_argument("--ids", action="store_true", help="the jobs' ids and names, for such a script; starts no server")
    made.add_argument("--pools", action="store_true", help="the pools' names, in the same way")
    return made


def main(words: list[str], face: Face) -> int:
    """Print the script, or what it asks for while somebody types."""
    options = parser(face.verb).parse(words)
    if options.ids:
        return _print_ids(face.at(options.queue).queue)
    if options.pools:
        return _print_pools(face.at(options.queue).queue)
    if options.shell is None:
        raise UsageError(f"which shell? write: burro completion SHELL, one of {', '.join(SHELLS)}")
    import shtab

    print(shtab.complete(_everything(), shell=options.shell, preamble=_FUNCTIONS.get(options.shell, "")))
    return 0


def _print_ids(queue: str) -> int:
    """Nobody who presses a key wants a server started or a sentence said: no answer is no word."""
    try:
        with look(queue, timeout=_LONGEST) as end:
            jobs = end.ask({"op": "status", "edges": _OFFERED})["jobs"]
    except BurroError:
        return 0
    names = {job["name"]: None for job in jobs if _PLAIN.fullmatch(job["name"])}
    print("\n".join([*(str(job["id"]) for job in jobs), *names, "last", "all"]))
    return 0


def _print_pools(queue: str) -> int:
    try:
        with look(queue, timeout=_LONGEST) as end:
            print("\n".join([*(row["pool"] for row in end.ask({"op": "pools"})["pools"]), "any", "all"]))
    except BurroError:
        return 0
    return 0


def _everything() -> argparse.ArgumentParser:
    """One parser with all the verbs below it, as shtab wants it."""
    whole = argparse.ArgumentParser(prog="burro")
    whole.add_argument("--version", action="store_true", help="say the version")
    whole.add_argument("--queue", metavar="DIR", help="the queue")
    below = whole.add_subparsers(dest="verb")
    for verb, (_, about) in VERBS.items():
        made = module_of(verb).parser(verb)
        _offer_all(made)
        below.add_parser(verb, help=about, parents=[made], add_help=False)
    return whole


def _offer_all(made: argparse.ArgumentParser) -> None:
    for action in made._actions:  # noqa: SLF001  # argparse has no other way to them, and shtab goes it too
        _offer(action)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # as above
            for below in action.choices.values():
                _offer_all(below)


def _offer(action: argparse.Action) -> None:
    """Say what stands where this is wanted, as shtab looks for it."""
    from shtab import DIRECTORY, FILE

    offered = {
        "state": _WANTED,
        **dict.fromkeys(_DIRECTORIES, DIRECTORY),
        **dict.fromkeys(_FILES, FILE),
    }
    if not action.option_strings and action.dest in ("id", "ids"):
        offered[action.dest] = _IDS
    if action.dest in ("pool", "pools", "words"):
        offered[action.dest] = _POOLS
    if action.dest in offered and action.nargs != 0:
        action.complete = offered[action.dest]  # type: ignore[attr-defined]  # shtab's own way
    action.choices = action.choices or _ONE_OF.get(action.dest)
