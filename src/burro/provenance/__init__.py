"""Floor 5: records of jobs in git repositories. For scripts: `Queue`, which can do this too, and what it tells."""

from __future__ import annotations

_WHERE = {"Queue": "queue", "Recorded": "values", "OpenRecord": "values", "LogRecord": "values"}
__all__ = list(_WHERE)


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'burro.provenance' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"burro.provenance.{_WHERE[name]}"), name)
