"""Reads source and says where an import goes up or sideways, and who uses a door that is not theirs.

`test_floors.py` runs it over burro itself, and over small trees with one stray each.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

FLOORS = {"base": 0, "model": 1, "store": 2, "pools": 2, "link": 2, "worker": 3, "server": 3, "api": 4}
FLOORS |= {"inbox": 5, "provenance": 5}
FACE = 6  # cli, tui and whatever else people look at
ROOT = 7  # burro/__init__.py and burro/__main__.py, which only open the way in

# These run where nothing but Python is installed. The second part: all they may import of ours.
BARE = {"base": set(), "model": {"base"}, "link": {"base", "model"}, "worker": {"base", "model", "link"}}

# `commit` alone is also a word of git.
_SQL = re.compile(
    r"\s*(select\s.*\sfrom\s|insert\s+(or\s+\w+\s+)?into\s|replace\s+into\s|update\s+\w+\s+set\s|delete\s+from\s"
    r"|(create|drop|alter)\s+(temp\s+|unique\s+|virtual\s+)?(table|index|view|trigger)\s|pragma\s|vacuum\b"
    r"|with\s+\w+(\s*\([^)]*\))?\s+as\s*\(|begin\s+(immediate|exclusive|deferred)\b|savepoint\s|rollback\b|commit\s*(;|transaction\b))",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Door:
    """Something only a few places use. `places` maps each to its reason; one that ends in `/` is a whole folder."""

    what: str
    names: tuple[str, ...]
    places: dict[str, str]

    def opens_for(self, path: str) -> bool:
        return any(path == place or (place.endswith("/") and path.startswith(place)) for place in self.places)


@dataclass(frozen=True)
class Module:
    """One source file: its place under burro/, and what it says."""

    path: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """`store` for burro/store/db.py; `` for burro/__main__.py."""
        return self.path.split("/")[0] if "/" in self.path else ""


def strays(package: Path, *, doors: tuple[Door, ...], sql: dict[str, str]) -> list[str]:
    """A sentence for every import and every use in the package directory that breaks the plan of the house."""
    found: list[str] = []
    for source in sorted(package.rglob("*.py")):
        module = Module(source.relative_to(package).as_posix(), ast.parse(source.read_text(encoding="utf-8")))
        found += _imports(module)
        found += _uses(module, doors)
        found += _statements(module, sql)
    return found


def _imports(module: Module) -> Iterator[str]:
    for line, name in _imported(module):
        place = f"burro/{module.path}:{line}"
        if name == "burro.__version__":
            continue  # of every floor
        if name == "burro" or name.startswith("burro."):
            yield from _ours(place, module.package, to=_package_of(name))
        elif module.package in BARE and name.split(".")[0] not in sys.stdlib_module_names:
            yield f"{place}: imports {name}, but {module.package} has only the standard library where it runs"


def _ours(place: str, package: str, *, to: str) -> Iterator[str]:
    if package == to:
        return
    if _floor(to) > _floor(package):
        yield f"{place}: imports go down only, and {to or 'burro'} is above {package}"
    elif _floor(to) == _floor(package):
        yield f"{place}: imports do not go sideways, and {to} is on the floor of {package}"
    elif to not in BARE.get(package, {to}):
        yield f"{place}: {package} runs without {to} and may not import it"


def _floor(package: str) -> int:
    return FLOORS.get(package, FACE) if package else ROOT


def _package_of(name: str) -> str:
    """`store` for burro.store.db; `` for burro itself."""
    return name.split(".")[1] if "." in name else ""


def _imported(module: Module) -> Iterator[tuple[int, str]]:
    """Every name that is imported, in full, also where the import is late or only for types."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{_source(module, node)}.{alias.name}") for alias in node.names)


def _source(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    here = ["burro", *module.path.split("/")]
    return ".".join([*here[: len(here) - node.level], *([node.module] if node.module else [])])


def _uses(module: Module, doors: tuple[Door, ...]) -> Iterator[str]:
    for line, name in sorted(set(_named(module))):
        for door in doors:
            if any(fnmatchcase(name, pattern) for pattern in door.names) and not door.opens_for(module.path):
                yield f"burro/{module.path}:{line}: uses {name}; {door.what} only in {', '.join(door.places)}"


def _named(module: Module) -> Iterator[tuple[int, str]]:
    """Every outside thing that is named, by its full name: time.sleep, however time was imported."""
    known = {"print": "print"}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                known[alias.asname or alias.name] = f"{_source(module, node)}.{alias.name}"
    yield from _imported(module)
    for node in ast.walk(module.tree):
        name = _dotted(node, known)
        if name:
            yield node.lineno, name


def _dotted(node: ast.AST, known: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value, known)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def _statements(module: Module, sql: dict[str, str]) -> Iterator[str]:
    if module.path in sql:
        return
    told = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(module.tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in told else None
        if isinstance(text, str) and _SQL.match(text):
            yield f"burro/{module.path}:{node.lineno}: holds SQL, which stands in store/sql/, one statement a file"
