"""Refuse what the house style refuses: `python tools/house_style.py [TREE]`. Each finding names place and rule.

These are the rules of the house that no ready-made tool checks.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FUNCTION_LINES = 40
FILE_LINES = 250
FOLDERS = ("src", "tests", "tools", "bench", "examples")

# What says nothing about the thing it names.
BANNED = {"manager", "handler", "helper", "util", "common", "data", "info", "perform"}

# Where something broad is caught on purpose, with the reason.
BROAD = {
    "src/burro/server/direct.py": "a defect in the errands of one pool must not end those of the others",
    "src/burro/server/turn.py": "a defect in one turn must not end the server for everybody",
    "src/burro/server/gate.py": "one message that cannot be served must not take the others of its turn down",
}

# Names that a library calls us by: not ours to choose.
THEIRS = {"data_received", "pipe_data_received"}

_EVERYTHING = {"Exception", "BaseException"}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_UNFINISHED = re.compile(r"\b(?:[T]ODO|[F]IXME|[X]XX|[H]ACK)\b")  # in brackets, so that they do not find themselves


@dataclass(frozen=True)
class Finding:
    """One place that breaks one rule."""

    path: str
    line: int
    rule: str

    def __str__(self) -> str:
        """`path:line: sentence`, which editors can jump to."""
        return f"{self.path}:{self.line}: {self.rule}"


def findings(tree: Path) -> Iterator[Finding]:
    """Everything in the checkout at `tree` that the house style refuses."""
    for path in _files(tree):
        name = path.relative_to(tree).as_posix()
        text = path.read_text(encoding="utf-8")
        yield from _of_name(name)
        yield from _of_text(name, text)
        if path.suffix == ".py":
            yield from _of_code(name, ast.parse(text, filename=name))


def _files(tree: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((tree / folder).rglob("*")):
            if path.is_file() and (path.suffix in {".py", ".sql", ".sh"} or not path.suffix):
                yield path


def _of_name(name: str) -> Iterator[Finding]:
    for part in Path(name).parts:
        word = banned_in(part)
        if word:
            yield Finding(name, 1, f"'{word}' in the file name '{part}' says nothing; use a noun of docs/words.md")


def _of_text(name: str, text: str) -> Iterator[Finding]:
    lines = text.splitlines()
    if name.startswith("src/") and len(lines) > FILE_LINES:
        yield Finding(name, FILE_LINES, f"a file has at most {FILE_LINES} lines and this has {len(lines)}; split it")
    for number, line in enumerate(lines, start=1):
        mark = _UNFINISHED.search(line)
        if mark:
            yield Finding(name, number, f"'{mark[0]}' marks unfinished work; finish it or write an issue")


def _of_code(name: str, module: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(module):
        yield from _length(name, node)
        yield from _names(name, node)
        yield from _broad(name, node)
        yield from _sleeps(name, node)


def _length(name: str, node: ast.AST) -> Iterator[Finding]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
        lines = node.end_lineno - node.lineno + 1 - _docstring_lines(node)
        if lines > FUNCTION_LINES:
            rule = f"a function has at most {FUNCTION_LINES} lines and '{node.name}' has {lines}; divide it"
            yield Finding(name, node.lineno, rule)


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if ast.get_docstring(node) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def _names(name: str, node: ast.AST) -> Iterator[Finding]:
    for given in _given(node):
        word = banned_in(given)
        if word:
            line = getattr(node, "lineno", 1)
            yield Finding(name, line, f"'{word}' in the name '{given}' says nothing; use a noun of docs/words.md")


def _given(node: ast.AST) -> Iterator[str]:
    """The names that this code gives, not those it uses: other people's names are theirs."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        if not node.name.startswith("test_") and node.name not in THEIRS:  # a sentence, not a name
            yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield node.attr
    elif isinstance(node, ast.alias) and node.asname:
        yield node.asname


def banned_in(name: str) -> str | None:
    """The first banned word in `name`, whose words are divided by case, underscores, hyphens or dots."""
    words = [str(word) for word in _WORDS.findall(name)]
    if words and words[0].lower() == "do":  # `do_submit` says no more than `submit`
        return words[0]
    return next((word for word in words if {word.lower(), word.lower().removesuffix("s")} & BANNED), None)


def _broad(name: str, node: ast.AST) -> Iterator[Finding]:
    if isinstance(node, ast.ExceptHandler) and _catches_all(node) and not _raises_on(node) and name not in BROAD:
        rule = "a broad except hides faults; name what is expected, or list the place in tools/house_style.py"
        yield Finding(name, node.lineno, rule)


def _catches_all(node: ast.ExceptHandler) -> bool:
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _EVERYTHING) for kind in caught)


def _raises_on(node: ast.ExceptHandler) -> bool:
    last = node.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _sleeps(name: str, node: ast.AST) -> Iterator[Finding]:
    if not name.startswith("tests/") or name == "tests/waiting.py":
        return
    called = isinstance(node, ast.Attribute) and node.attr == "sleep" and isinstance(node.value, ast.Name)
    imported = isinstance(node, ast.ImportFrom) and node.module == "time" and any(a.name == "sleep" for a in node.names)
    if called or imported:
        rule = "a test does not sleep; wait for what is expected with tests/waiting.py until()"
        yield Finding(name, getattr(node, "lineno", 1), rule)


def main(arguments: list[str]) -> int:
    """Print what is found in the tree given, or in this checkout; 1 if anything is."""
    tree = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    found = list(findings(tree))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
