"""Floor 4: `Queue`, the one object that faces and scripts hold.

Names are imported late: the quick `submit` takes `burro.api.context` from here and nothing else.
"""

from __future__ import annotations

_WHERE = {
    "Queue": "queue",
    "Job": "job",
    "Pool": "places",
    "Result": "values",
    "Counts": "values",
    "Change": "values",
    "Edited": "values",
    "Status": "values",
    "JobSummary": "values",
    "WorkerSummary": "values",
    "JobRecord": "records",
    "TaskRecord": "records",
    "AttemptRecord": "records",
    "Place": "records",
    "Dependency": "records",
    "Dependent": "records",
    "Event": "told",
    "HistoryRecord": "told",
    "PoolSummary": "told",
    "Allocation": "clusters",
    "Usage": "clusters",
    "DryRun": "clusters",
    "PoolChange": "told",
    "Counter": "told",
    "Cleaned": "told",
    "Kept": "told",
    "Up": "told",
    "Down": "told",
    "Check": "told",
    "Checkup": "told",
}
__all__ = list(_WHERE)


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'burro.api' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"burro.api.{_WHERE[name]}"), name)
